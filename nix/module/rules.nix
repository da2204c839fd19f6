# SPDX-License-Identifier: MIT
#
# What is wrong with a configuration. All of it is said at once, each with what to do.
{ config, lib, ... }:

let
  cfg = config.baf.services.baf-setup;
  topics = import ./all-topics.nix cfg;
  inherit (import ./size.nix) bytes units;
  inherit (import ./names.nix) isName isPattern nameRule;
  inherit (lib) concatMap unique;
  inherit (builtins) filter length;

  isShared = cfg.backend == "shared-memory";
  isStatic = cfg.backend == "kernel-static";

  option = "baf.services.baf-setup";
  show = value: if builtins.isString value then "\"${value}\"" else toString value;

  # A list of one message, or of none.
  unless =
    condition: where: what: advice:
    lib.optional (!condition) "${where}: ${what}: ${advice}";

  sizeRule =
    least: most: example:
    "take ${least} to ${most} bytes, as a number or a text such as \"${example}\"";
  isBetween =
    least: most: size:
    let
      n = bytes size;
    in
    n != null && n >= least && n <= most;

  # Sizes of topics.
  most = if isShared then 1024 * units.G else units.G;
  isCapacity = isBetween 1 most;
  capacityRule = sizeRule "1" (if isShared then "1024G" else "1G") "4M";

  ofTopic =
    topic:
    let
      name = show topic.name;
      unlessTopic = condition: what: unless condition "${option}.topics" "${name} ${what}";
    in
    unlessTopic (isName topic.name) "is no name of a topic" "take ${nameRule}"
    ++
      unlessTopic (topic.size == null || isStatic || isCapacity topic.size)
        "cannot have the size ${show topic.size}"
        capacityRule
    ++
      unlessTopic (topic.size == null || !isStatic)
        "cannot have a size of its own with backend = \"kernel-static\""
        "set ${option}.bufferSize for all topics, or take backend = \"kernel\""
    ++
      unlessTopic (builtins.match "0?[0-7]{3}" topic.mode != null)
        "cannot have the mode ${show topic.mode}"
        "take three octal digits, such as \"0660\""
    ++
      unlessTopic (config.users.users ? ${topic.owner})
        "cannot belong to the user ${show topic.owner}, whom nobody declared"
        "declare users.users.${show topic.owner}, or take another owner"
    ++
      unlessTopic (topic.group == null || config.users.groups ? ${topic.group})
        "cannot belong to the group ${show topic.group}, which nobody declared"
        "declare users.groups.${show topic.group}, or take another group";

  names = map (topic: topic.name) topics;
  isTwice = name: length (filter (other: other == name) names) > 1;

  ofDuplicate =
    name:
    if name == "baf-test" then
      unless false "${option}.topics" "\"baf-test\" is always there" "remove it from the list"
    else
      unless false "${option}.topics" "${show name} is declared more than once" "keep one";

  ofSizes =
    unless (isBetween 4096 (1024 * units.G) cfg.size) "${option}.size"
      "${show cfg.size} is no size for all topics"
      (sizeRule "4096" "1024G" "256M")
    ++
      unless (cfg.bufferSize == null || isCapacity cfg.bufferSize) "${option}.bufferSize"
        "${show cfg.bufferSize} is no size of a topic"
        capacityRule;

  ofDevices =
    unless (!isStatic || length topics <= 255) "${option}.topics"
      "with baf-test these are ${toString (length topics)} topics, and 255 devices are the most"
      "declare fewer, or take backend = \"kernel\""
    ++
      unless (isShared || !config.services.fanout.enable or false) "services.fanout.enable"
        "${option} loads a module of that name itself"
        "set services.fanout.enable = false, or take ${option}.backend = \"shared-memory\"";

  ofGroup =
    unless (builtins.match "[a-z_][a-z0-9_-]{0,30}" cfg.group != null) "${option}.group"
      "${show cfg.group} is no name of a group"
      "take small letters, digits, _ and -, at most 31";

  ofPipe =
    name: pipe:
    let
      unlessPipe = condition: unless condition "${option}.pipes.${show name}";
      ofPattern =
        pattern:
        unlessPipe (isPattern pattern)
          "${show pattern} in `from` is no topic, and no pattern of topics"
          "take ${nameRule}, with * for one segment and > for the rest";
    in
    unlessPipe (isName name) "no pipe can have this name" "take ${nameRule}"
    ++
      unlessPipe (pipe.from != [ ] || pipe.to != null) "there is no topic"
        "name some in `from`, or one in `to`"
    ++ concatMap ofPattern pipe.from
    ++
      unlessPipe (builtins.match "[^\n]*[^[:space:]][^\n]*" pipe.command != null)
        "there is no command, or more than one line of it"
        "give one line for `sh -c` in `command`"
    ++
      unlessPipe (pipe.to == null || isName pipe.to) "${show pipe.to} in `to` is no name of a topic"
        "take ${nameRule}";

  ofParts =
    concatMap ofTopic cfg.topics
    ++ concatMap ofDuplicate (filter isTwice (unique names))
    ++ ofSizes
    ++ ofDevices
    ++ ofGroup
    ++ builtins.concatLists (lib.mapAttrsToList ofPipe cfg.pipes);

  # What all topics take together, once each of them is as it should be.
  capacity =
    topic:
    let
      size = if topic.size == null then (if isShared then 4 else 1) * units.M else bytes topic.size;
      roundedUp = power: if power >= size then power else roundedUp (2 * power);
    in
    roundedUp 4096;
  needed = builtins.foldl' (sum: topic: sum + capacity topic) 0 topics;
  neededText = "\"${toString ((needed + units.M - 1) / units.M)}M\"";

  ofSum =
    unless (isStatic || needed <= bytes cfg.size) "${option}.size"
      "${show cfg.size} is less than the declared topics take when they are full"
      "set it to ${neededText} or more, or declare smaller topics";
in
{
  config = lib.mkIf cfg.enable {
    assertions = map (message: {
      assertion = false;
      inherit message;
    }) (if ofParts != [ ] then ofParts else ofSum);
  };
}
