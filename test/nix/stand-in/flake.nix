# SPDX-License-Identifier: MIT
#
# Stands in for nixpkgs where that is not to be had: what baf's own expressions take from it, and no
# more. What they take otherwise is an error here, so that a slip in a name is found.
#
#   lib.nix        functions
#   modules.nix    the module system
#   types.nix      types of options
#   packages.nix   packages, which have names and nothing in them
#   nixos.nix      the options of NixOS, and the units that come out
{
  outputs =
    { self }:
    let
      lib = import ./lib.nix;
    in
    {
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (import ./packages.nix lib);
      lib = lib // {
        nixosSystem =
          { system, modules }: import ./nixos.nix lib self.legacyPackages.${system} modules;
      };
    };
}
