# SPDX-License-Identifier: MIT
#
# The kernel module, for a kernel:
#
#   boot.extraModulePackages = [ (config.boot.kernelPackages.callPackage ./fanout.nix { }) ];
{
  lib,
  stdenv,
  kernel,
  # nixpkgs before 24.11 knows these flags by other names.
  kernelModuleMakeFlags ? kernel.moduleMakeFlags or kernel.makeFlags,
}:

let
  source = import ./source.nix { inherit lib; };
in
stdenv.mkDerivation {
  pname = "fanout";
  version = "${source.version}-${kernel.version}";

  # It includes the ring, which the library is made of, too.
  src = source.of [
    "LICENSES"
    "include/uapi"
    "kernel"
    "ring"
  ];

  nativeBuildInputs = kernel.moduleBuildDependencies;

  # The kernel's own makefiles say what is to be hardened, and these flags contradict them.
  hardeningDisable = [
    "format"
    "pic"
  ];

  enableParallelBuilding = true;
  makeFlags = kernelModuleMakeFlags ++ [
    "--directory=kernel"
    "KERNELDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
  ];
  buildFlags = [ "modules" ];
  installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];
  installTargets = [ "modules_install" ];

  meta = {
    description = "One-to-many rings of messages as devices and as a file system";
    license = [
      lib.licenses.gpl2Only
      lib.licenses.mit
    ];
    platforms = lib.platforms.linux;
    broken = lib.versionOlder kernel.version "5.15";
  };
}
