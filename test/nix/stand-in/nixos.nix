# SPDX-License-Identifier: MIT
#
# A machine with NixOS: `import ./nixos.nix lib pkgs MODULES` evaluates modules together with the
# options of NixOS that they may set, and says what comes out:
#
#   config    the values of all options, and config.system.build.toplevel
#   failed    what assertions say
#   units     unit files, as names and texts
#   links     names of units that lead to others: aliases, and what targets want
#   etc       files, as names, paths in the store and texts
lib: pkgs: modules:

let
  inherit (lib) mkOption types;
  inherit (builtins) isBool isList;

  option = default: type: mkOption { inherit default type; };
  names = option [ ] (types.listOf types.str);
  texts = option "" types.str;

  unit = {
    description = texts;
    documentation = names;
    aliases = names;
    wantedBy = names;
    requires = names;
    wants = names;
    after = names;
    before = names;
    conflicts = names;
    unitConfig = option { } (types.attrsOf types.unitSetting);
  };

  service = types.submodule {
    options = unit // {
      environment = option { } (types.attrsOf types.str);
      path = option [ ] (types.listOf types.package);
      script = option "" types.lines;
      reloadTriggers = option [ ] (types.listOf types.anything);
      restartTriggers = option [ ] (types.listOf types.anything);
      serviceConfig = option { } (types.attrsOf types.unitSetting);
    };
  };

  mount = types.submodule {
    options = unit // {
      what = mkOption { type = types.str; };
      where = mkOption { type = types.str; };
      type = texts;
      options = texts;
      mountConfig = option { } (types.attrsOf types.unitSetting);
    };
  };

  file = types.submodule {
    options = {
      source = mkOption { type = types.package; };
    };
  };

  nixos = {
    options = {
      assertions = option [ ] (types.listOf types.anything);
      boot.extraModprobeConfig = option "" types.lines;
      boot.extraModulePackages = option [ ] (types.listOf types.package);
      boot.kernelModules = names;
      boot.kernelPackages = option pkgs.linuxPackages types.anything;
      environment.etc = option { } (types.attrsOf file);
      environment.systemPackages = option [ ] (types.listOf types.package);
      services.fanout.enable = option false types.bool;
      systemd.mounts = option [ ] (types.listOf mount);
      systemd.services = option { } (types.attrsOf service);
      users.groups = option { } (types.attrsOf types.anything);
      users.users = option { } (types.attrsOf types.anything);
      virtualisation = option { } (types.attrsOf types.anything);
    };
    config.users = {
      groups.root = { };
      users.root = { };
    };
  };

  evaluated = lib.evalModules {
    modules = [ nixos ] ++ modules;
    specialArgs = { inherit pkgs; };
  };
  inherit (evaluated) options;
  config = evaluated.config // {
    system.build = { inherit toplevel; };
  };

  # Unit files.
  show = value: if isBool value then (if value then "true" else "false") else toString value;
  lines = key: value: map (one: "${key}=${show one}\n") (if isList value then value else [ value ]);
  section =
    name: settings:
    "[${name}]\n"
    + lib.concatStringsSep "" (builtins.concatLists (lib.mapAttrsToList lines settings));
  given = lib.filterAttrs (_: value: value != "" && value != [ ]);

  # A unit with a section of its own kind.
  unitText =
    unit: kind: own:
    section "Unit" (
      given {
        Description = unit.description;
        Documentation = unit.documentation;
        Requires = unit.requires;
        Wants = unit.wants;
        After = unit.after;
        Before = unit.before;
        Conflicts = unit.conflicts;
      }
      // unit.unitConfig
    )
    + section kind own;

  serviceText =
    service:
    unitText service "Service" (
      given {
        Environment = lib.mapAttrsToList (name: value: "\"${name}=${value}\"") service.environment;
      }
      // service.serviceConfig
    );

  mountText =
    mount:
    unitText mount "Mount" (
      given {
        What = mount.what;
        Where = mount.where;
        Type = mount.type;
        Options = mount.options;
      }
      // mount.mountConfig
    );

  # Good enough for the paths that are used: no byte in them has to be escaped.
  mountName =
    where:
    lib.concatStringsSep "-" (builtins.filter (part: part != "") (lib.splitString "/" where))
    + ".mount";

  units =
    builtins.listToAttrs (
      map (mount: {
        name = mountName mount.where;
        value = mount // { text = mountText mount; };
      }) config.systemd.mounts
    )
    // lib.mapAttrs' (name: service: {
      name = "${name}.service";
      value = service // { text = serviceText service; };
    }) config.systemd.services;

  failed = map (assertion: assertion.message) (
    builtins.filter (assertion: !assertion.assertion) config.assertions
  );

  toplevel =
    if failed != [ ] then
      throw "Failed assertions:\n${lib.concatStringsSep "\n" failed}"
    else
      derivation {
        name = "nixos";
        inherit (pkgs) system;
        builder = "/bin/sh";
        units = builtins.toJSON (builtins.mapAttrs (_: unit: unit.text) units);
      };
in
{
  inherit config failed options;

  units = builtins.mapAttrs (_: unit: unit.text) units;

  links = builtins.concatLists (
    lib.mapAttrsToList (
      name: unit:
      map (alias: "${alias} -> ${name}") unit.aliases
      ++ map (target: "${target}.wants/${name} -> ../${name}") unit.wantedBy
    ) units
  );

  etc = builtins.mapAttrs (_: file: {
    path = toString file.source;
    inherit (file.source.attributes) text;
  }) config.environment.etc;
}
