# SPDX-License-Identifier: MIT
#
# The module system. Conditions (mkIf) are pushed down to single options before they are looked at,
# since they depend on other options: who asks for `a` must not have to know whether `b` holds.
lib:

let
  inherit (builtins)
    attrNames
    concatMap
    filter
    functionArgs
    intersectAttrs
    isAttrs
    isFunction
    isPath
    isString
    mapAttrs
    ;

  typeOf = value: if isAttrs value then value._type or "" else "";

  # A definition of a set, as a list of plain sets whose members bear the conditions.
  push =
    value:
    if typeOf value == "if" then
      map (mapAttrs (_: lib.mkIf value.condition)) (push value.content)
    else if typeOf value == "merge" then
      concatMap push value.contents
    else
      [ value ];

  # What is left of a definition once the conditions are looked at.
  discharge =
    value:
    if typeOf value == "if" then
      (if value.condition then discharge value.content else [ ])
    else if typeOf value == "merge" then
      concatMap discharge value.contents
    else
      [ value ];

  # The definitions of a member.
  ofMember = name: sets: concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets;

  showLoc = lib.concatStringsSep ".";

  evalOption =
    loc: option: definitions:
    let
      values = concatMap discharge definitions;
    in
    if values != [ ] then
      option.type.merge loc values
    else if option ? default then
      option.default
    else
      throw "The option `${showLoc loc}' is used but not defined.";

  evalTree =
    loc: tree: definitions:
    let
      sets = concatMap push definitions;
      unknown = filter (name: !tree ? ${name}) (concatMap attrNames sets);
    in
    if typeOf tree == "option" then
      evalOption loc tree definitions
    else if unknown != [ ] then
      throw "The option `${showLoc (loc ++ [ (builtins.head unknown) ])}' does not exist."
    else
      mapAttrs (name: subtree: evalTree (loc ++ [ name ]) subtree (ofMember name sets)) tree;

  mergeTrees =
    a: b:
    if typeOf a == "option" || typeOf b == "option" then
      throw "an option is declared twice"
    else
      a
      // mapAttrs (name: subtree: if a ? ${name} then mergeTrees a.${name} subtree else subtree) b;

  # A module and what it imports, each as { options; config; }.
  load =
    arguments: module:
    let
      read = if isPath module || isString module then import module else module;
      set = if isFunction read then read (intersectAttrs (functionArgs read) arguments) else read;
      isLong = set ? options || set ? config;
    in
    concatMap (load arguments) (set.imports or [ ])
    ++ [
      {
        options = set.options or { };
        config = if isLong then set.config or { } else removeAttrs set [ "imports" ];
      }
    ];
in
{
  inherit
    discharge
    ofMember
    push
    showLoc
    ;

  mkOption = option: option // { _type = "option"; };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };

  # loc: where the options are, in messages.
  evalModules =
    {
      modules,
      specialArgs ? { },
      loc ? [ ],
    }:
    let
      loaded = concatMap (load (specialArgs // { inherit config lib; })) modules;
      options = builtins.foldl' mergeTrees { } (map (module: module.options) loaded);
      config = evalTree loc options (map (module: module.config) loaded);
    in
    {
      inherit config options;
    };
}
