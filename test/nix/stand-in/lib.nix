# SPDX-License-Identifier: MIT
let
  lib = {
    inherit (builtins) concatMap concatStringsSep filter;

    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    optionalString = condition: text: if condition then text else "";
    concatMapStrings = f: values: lib.concatStringsSep "" (map f values);
    mapAttrsToList = f: set: map (name: f name set.${name}) (builtins.attrNames set);
    genAttrs =
      names: f:
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = f name;
        }) names
      );
    mapAttrs' = f: set: builtins.listToAttrs (lib.mapAttrsToList f set);
    filterAttrs =
      keep: set:
      removeAttrs set (builtins.filter (name: !keep name set.${name}) (builtins.attrNames set));
    unique = builtins.foldl' (
      found: value: if builtins.elem value found then found else found ++ [ value ]
    ) [ ];
    hasPrefix =
      prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    splitString =
      separator: text: builtins.filter builtins.isString (builtins.split separator text);
    toList = value: if builtins.isList value then value else [ value ];
    versionOlder = a: b: builtins.compareVersions a b < 0;

    mesonEnable = feature: flag: "-D${feature}=${if flag then "enabled" else "disabled"}";

    # The source is a text here, the names of what is in it, so that no checkout is copied.
    fileset = {
      unions = paths: paths;
      toSource =
        { root, fileset }: builtins.seq root (lib.concatStringsSep " " (map toString fileset));
    };

    licenses = {
      gpl2Only = "GPL-2.0-only";
      mit = "MIT";
    };
    platforms.linux = [
      "x86_64-linux"
      "aarch64-linux"
    ];

    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    types = import ./types.nix lib;
  }
  // import ./modules.nix lib;
in
lib
