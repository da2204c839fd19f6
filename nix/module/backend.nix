# SPDX-License-Identifier: MIT
#
# /dev/baf: a tmpfs, a file system of the kernel module fanout, or a folder with links to that
# module's devices.
#
# The devices are made by our module, and not by nixpkgs' services.fanout, for which the layout
# was invented: that one makes nodes which only root can write, in a service that fails when it is
# started a second time.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.baf.services.baf-setup;
  topics = import ./all-topics.nix cfg;
  inherit (import ./size.nix) bytes;

  isStatic = cfg.backend == "kernel-static";
  isKernel = cfg.backend != "shared-memory";

  mount = {
    description = "Topics of this machine";
    documentation = [ "man:baf(7)" ];
    what = "baf";
    where = "/dev/baf";
    type = if isKernel then "fanout" else "tmpfs";
    options = "mode=2775,gid=${cfg.group},size=${toString cfg.size},nosuid,nodev,noexec";
    # Whatever makes the group, and loads the module.
    after = [
      "systemd-modules-load.service"
      "systemd-sysusers.service"
      "userborn.service"
    ];
  };
in
{
  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      (lib.mkIf isKernel {
        boot.extraModulePackages = [ (config.boot.kernelPackages.callPackage ../fanout.nix { }) ];
        boot.kernelModules = [ "fanout" ];
      })

      (lib.mkIf (!isStatic) {
        systemd.mounts = [ mount ];
      })

      (lib.mkIf isStatic {
        boot.extraModprobeConfig = ''
          options fanout numberofdevs=${toString (builtins.length topics)} buffersize=${
            toString (if cfg.bufferSize == null then 16384 else bytes cfg.bufferSize)
          }
        '';
        # Not a rule for tmpfiles: those for /dev are not looked at when a running system changes.
        systemd.services.baf-setup.serviceConfig.ExecStartPre =
          "${pkgs.coreutils}/bin/install -d -m 2775 -g ${cfg.group} /dev/baf";
      })
    ]
  );
}
