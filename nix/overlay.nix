# SPDX-License-Identifier: MIT
#
# pkgs.baf, and fanout for each kernel: `boot.kernelPackages.fanout`. That name is nixpkgs' own for
# the module that ours is a drop-in for.
final: prev:

{
  baf = final.callPackage ./package.nix { };

  kernelPackagesExtensions = (prev.kernelPackagesExtensions or [ ]) ++ [
    (kernelPackages: _: {
      fanout = kernelPackages.callPackage ./fanout.nix { };
    })
  ];
}
