# SPDX-License-Identifier: MIT
#
# A unit file of units/ as a definition of systemd.services, so that a service is on NixOS what it
# is elsewhere, with the same sandbox. It is read, not built: nothing is imported from a derivation.
{ lib }:

let
  # What NixOS has options for that can be added to, by what the file calls them.
  lists = {
    After = "after";
    Before = "before";
    Conflicts = "conflicts";
    Documentation = "documentation";
    Requires = "requires";
    WantedBy = "wantedBy";
    Wants = "wants";
  };

  words = text: builtins.filter (word: word != "") (lib.splitString " " text);

  # { section; settings; }, of one line more.
  addLine =
    read: line:
    let
      header = builtins.match "\\[(.*)]" line;
      setting = builtins.match "([A-Za-z]+)=(.*)" line;
      name = builtins.head setting;
      value = builtins.elemAt setting 1;
      before = read.settings.${read.section} or { };
      # A setting that is there twice is a list.
      all = lib.optionals (before ? ${name}) (lib.toList before.${name}) ++ [ value ];
    in
    if header != null then
      read // { section = builtins.head header; }
    else if setting != null then
      read
      // {
        settings = read.settings // {
          ${read.section} = before // {
            ${name} = if before ? ${name} then all else value;
          };
        };
      }
    else if builtins.match "(#.*)?" line != null then
      read
    else
      throw "a unit file has the line \"${line}\"";

  parse =
    text:
    (builtins.foldl' addLine {
      section = "";
      settings = { };
    } (lib.splitString "\n" text)).settings;

  asLists =
    section:
    lib.mapAttrs' (name: value: {
      name = lists.${name};
      value = words (toString value);
    }) (lib.filterAttrs (name: _: lists ? ${name}) section);

  others = lib.filterAttrs (name: _: !lists ? ${name} && name != "Description");
in
# values: what stands in the file between @.
file: values:

let
  names = builtins.attrNames values;
  settings = parse (
    builtins.replaceStrings (map (name: "@${name}@") names) (map (name: values.${name}) names) (
      builtins.readFile file
    )
  );
in
asLists (settings.Unit // settings.Install)
// {
  description = settings.Unit.Description;
  unitConfig = others settings.Unit;
  serviceConfig = settings.Service;
}
