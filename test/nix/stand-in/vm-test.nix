# SPDX-License-Identifier: MIT
#
# Stands in for testers.runNixOSTest: evaluates the machines of a test, and their services, as that
# does; the driver and its machines exist only there.
lib: pkgs:
{
  name,
  nodes,
  testScript,
}:

derivation {
  name = "vm-test-${name}";
  inherit (pkgs) system;
  inherit testScript;
  builder = "/bin/sh";
  machines = builtins.attrValues (
    builtins.mapAttrs (
      _: node: (import ./nixos.nix lib pkgs [ node ]).config.system.build.toplevel
    ) nodes
  );
}
