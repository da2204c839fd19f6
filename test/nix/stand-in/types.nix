# SPDX-License-Identifier: MIT
#
# A type says what it is (description), what it takes (check), which options there are inside of it
# (nested), and makes one value of several definitions (merge).
lib:

let
  inherit (builtins)
    all
    attrNames
    concatMap
    elem
    head
    isAttrs
    isInt
    isList
    isString
    length
    ;

  type =
    description: check: merge:
    let
      merged =
        loc: values:
        if all check values then
          merge loc values
        else
          throw "A definition for option `${lib.showLoc loc}' is not of type `${description}'.";
    in
    {
      inherit check description;
      nested = { };
      merge = merged;
    };

  one =
    loc: values:
    if all (value: value == head values) values then
      head values
    else
      throw "The option `${lib.showLoc loc}' has conflicting definition values.";

  simple = description: check: type description check one;

  containing = inner: type: type // { inherit (inner) nested; };

  types = {
    anything = simple "anything" (_: true);
    bool = simple "boolean" builtins.isBool;
    int = simple "signed integer" isInt;
    str = simple "string" isString;
    lines = type "strings concatenated with \"\\n\"" isString (_: lib.concatStringsSep "\n");
    package = simple "package" (value: isAttrs value && value.type or "" == "derivation");
    path = simple "path" (value: isString value || builtins.isPath value || value ? outPath);

    enum = values: simple "one of ${builtins.toJSON values}" (value: elem value values);

    nullOr =
      inner:
      type "null or ${inner.description}" (value: value == null || inner.check value) (
        loc: values: if elem null values then one loc values else inner.merge loc values
      );

    either =
      a: b:
      type "${a.description} or ${b.description}" (value: a.check value || b.check value) (
        loc: values: if all a.check values then a.merge loc values else b.merge loc values
      );

    coercedTo =
      from: coerce: to:
      let
        coerced = value: if from.check value then coerce value else value;
      in
      containing to (
        type "${to.description} or ${from.description} convertible to it" (
          value: from.check value || to.check value
        ) (loc: values: to.merge loc (map coerced values))
      );

    listOf =
      inner:
      containing inner (
        type "list of ${inner.description}" isList (
          loc: lists:
          map (value: inner.merge (loc ++ [ "*" ]) [ value ]) (
            concatMap lib.discharge (builtins.concatLists lists)
          )
        )
      );

    attrsOf =
      inner:
      containing inner (
        type "attribute set of ${inner.description}" isAttrs (
          loc: values:
          let
            sets = concatMap lib.push values;
            definitions = name: concatMap lib.discharge (lib.ofMember name sets);
            names = builtins.filter (name: definitions name != [ ]) (
              lib.unique (concatMap attrNames sets)
            );
          in
          lib.genAttrs names (name: inner.merge (loc ++ [ name ]) (definitions name))
        )
      );

    submodule =
      module:
      type "submodule" isAttrs (
        loc: values:
        (lib.evalModules {
          inherit loc;
          modules = [ module ] ++ map (value: { config = value; }) values;
        }).config
      )
      // {
        nested = module.options;
      };

    # As the settings of a unit are: lists are added, other values must be the same.
    unitSetting =
      type "systemd option" (_: true) (
        loc: values: if isList (head values) then builtins.concatLists values else one loc values
      );
  };
in
types
