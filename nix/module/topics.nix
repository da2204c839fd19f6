# SPDX-License-Identifier: MIT
#
# The declared topics: a topics.conf, which `baf setup` makes true.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.baf.services.baf-setup;
  topics = import ./all-topics.nix cfg;
  unit = import ./unit.nix { inherit lib; } ../../units/baf-setup.service.in {
    bindir = "${cfg.package}/bin";
  };

  transport =
    {
      shared-memory = "shared-memory";
      kernel = "kernel";
      kernel-static = "device";
    }
    .${cfg.backend};

  setting = key: value: lib.optionalString (value != null) " ${key}=${toString value}";

  # The size of devices is a parameter of the module.
  line =
    topic:
    topic.name
    + setting "size" (if transport == "device" then null else topic.size)
    + setting "mode" topic.mode
    + setting "owner" topic.owner
    + setting "group" topic.group
    + setting "transport" transport
    + "\n";

  topicsConf = pkgs.writeText "topics.conf" (lib.concatMapStrings line topics);
in
{
  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    environment.etc."baf/topics.conf".source = topicsConf;

    users.groups.${cfg.group} = { };

    systemd.services.baf-setup = unit // {
      # The original waits for this name.
      aliases = [ "baf.service" ];
      # There is no mount of devices.
      requires = lib.optionals (transport != "device") unit.requires;
      # Whatever makes the group, and loads the module.
      after = unit.after ++ [
        "systemd-modules-load.service"
        "userborn.service"
      ];
      reloadTriggers = [ topicsConf ];
    };
  };
}
