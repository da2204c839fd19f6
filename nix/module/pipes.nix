# SPDX-License-Identifier: MIT
#
# Commands between topics: for each a description, /etc/baf/pipes/NAME.conf, and an instance of
# baf-pipe@.service, which reads it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.baf.services.baf-setup;
  readUnit = import ./unit.nix { inherit lib; };

  # A device is somewhere else than its link, and does not have to be hidden for that: the service
  # can open these, and no others.
  devices = {
    PrivateDevices = "no";
    DevicePolicy = "closed";
    DeviceAllow = "char-fanout rw";
  };

  template = readUnit (../../units + "/baf-pipe@.service.in") { bindir = "${cfg.package}/bin"; };

  description =
    name: pipe:
    pkgs.writeText "${name}.conf" (
      lib.optionalString (pipe.from != [ ]) "from=${toString pipe.from}\n"
      + "command=${pipe.command}\n"
      + lib.optionalString (pipe.to != null) "to=${pipe.to}\n"
      + "framing=${pipe.framing}\n"
    );
in
{
  config = lib.mkIf cfg.enable {
    environment.etc = lib.mapAttrs' (name: pipe: {
      name = "baf/pipes/${name}.conf";
      value.source = description name pipe;
    }) cfg.pipes;

    systemd.services = lib.mapAttrs' (name: pipe: {
      name = "baf-pipe@${name}";
      value = template // {
        restartTriggers = [ (description name pipe) ];
        serviceConfig =
          template.serviceConfig
          // {
            SupplementaryGroups = cfg.group;
          }
          // lib.optionalAttrs (cfg.backend == "kernel-static") devices;
      };
    }) cfg.pipes;
  };
}
