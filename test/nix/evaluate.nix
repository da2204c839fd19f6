# SPDX-License-Identifier: MIT
#
# What the tests look at, for `nix-instantiate --eval --strict --json`:
#
#   -A good, -A bad     the cases with what came of them
#   -A wrong.N          a case that cannot be evaluated; -A names.wrong says what it is
#   -A options          all options of the module, each with what it lacks
#   -A packages         what the packages are made of
#   -A guests           backends, as `make check-kernel` tries them
#   -A testScript       of the VM test
{
  lib ? import ./stand-in/lib.nix,
  packages ? import ./stand-in/packages.nix lib "x86_64-linux",
}:

let
  pkgs = packages.extend (import ../../nix/overlay.nix);
  cases = import ./cases.nix pkgs;
  module = import ../../nix/module.nix;

  machine = configuration: import ./stand-in/nixos.nix lib pkgs [ module configuration ];

  listed = names: lib.concatMapStrings (name: "${name}\n") names;
  nameOf = package: package.name + lib.optionalString (package.meta.broken or false) " (broken)";

  files =
    machine:
    machine.units
    // lib.mapAttrs' (name: file: {
      name = "/etc/${name}";
      value = file.text;
    }) machine.etc
    // {
      links = listed machine.links;
      packages = listed (map nameOf machine.config.environment.systemPackages);
      "kernel modules" = listed machine.config.boot.kernelModules;
      "module packages" = listed (map nameOf machine.config.boot.extraModulePackages);
      modprobe = machine.config.boot.extraModprobeConfig;
      groups = listed (builtins.attrNames machine.config.users.groups);
    };

  evaluated =
    case:
    let
      made = machine case.configuration;
    in
    {
      inherit (case) name;
      expected = case.files;
      inherit (made) failed;
      files = files made;
    };

  optionsOf =
    path: tree:
    if tree._type or "" == "option" then
      [
        {
          name = path;
          lacks = builtins.filter (key: !tree ? ${key}) [
            "type"
            "default"
            "example"
            "description"
          ];
        }
      ]
      ++ optionsOf path tree.type.nested
    else
      builtins.concatLists (
        lib.mapAttrsToList (name: optionsOf (if path == "" then name else "${path}.${name}")) tree
      );

  guest =
    backend:
    let
      made = machine {
        baf.services.baf-setup = {
          enable = true;
          inherit backend;
          topics = [
            "topic1"
            "topic2"
          ];
          bufferSize = 16384;
        };
      };
    in
    {
      inherit (made) units etc;
      modprobe = made.config.boot.extraModprobeConfig;
    };
in
{
  good = map evaluated cases.good;
  bad = map (case: {
    inherit (case) name message;
    inherit (machine case.configuration) failed;
  }) cases.bad;
  wrong = map (case: files (machine case.configuration)) cases.wrong;
  names.wrong = map (case: { inherit (case) name message; }) cases.wrong;

  options = optionsOf "" (machine { }).options.baf;

  packages = builtins.mapAttrs (_: package: package.attributes) {
    inherit (pkgs) baf;
    inherit (pkgs.linuxPackages) fanout;
  };

  guests = lib.genAttrs [ "shared-memory" "kernel" "kernel-static" ] guest;

  inherit (import ../../nix/vm-test.nix module) testScript;
}
