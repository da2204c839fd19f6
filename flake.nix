# SPDX-License-Identifier: MIT
#
# What there is, for whom; everything else is in nix/.
#
# There is no flake.lock beside this file: Nix takes the newest nixpkgs, and writes a lock into a
# checkout of yours. A flake that uses this one pins nixpkgs for both:
#
#   inputs.baf.inputs.nixpkgs.follows = "nixpkgs";
{
  description = "Topics that connect programs, with Unix pipes";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      forEachSystem =
        outputs:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: outputs nixpkgs.legacyPackages.${system});
    in
    {
      packages = forEachSystem (
        pkgs:
        let
          baf = pkgs.callPackage ./nix/package.nix { };
          # The same package, of which `nix run` starts another program.
          startedAs = program: baf // { meta = baf.meta // { mainProgram = program; }; };
        in
        {
          inherit baf;
          default = baf;
          pubmsg = startedAs "pubmsg";
          submsg = startedAs "submsg";
          fanout = pkgs.linuxPackages.callPackage ./nix/fanout.nix { };
        }
      );

      overlays.default = import ./nix/overlay.nix;

      nixosModules.default = import ./nix/module.nix;

      devShells = forEachSystem (pkgs: {
        default = pkgs.callPackage ./nix/shell.nix { };
      });

      checks = forEachSystem (pkgs: {
        baf-test = pkgs.testers.runNixOSTest (import ./nix/vm-test.nix self.nixosModules.default);
      });
    };
}
