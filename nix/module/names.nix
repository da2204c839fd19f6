# SPDX-License-Identifier: MIT
#
# What names and patterns of topics look like; the rules are those of baf.h.
let
  segment = "[A-Za-z0-9_-]+";
  anySegment = "([*+]|${segment})";
  fits =
    pattern: name:
    builtins.match pattern name != null
    && builtins.stringLength name <= 200
    && builtins.substring 0 1 name != "-";
in
{
  isName = fits "${segment}(\\.${segment})*";

  isPattern = fits "([>#]|${anySegment}(\\.${anySegment})*(\\.[>#])?)";

  nameRule =
    "letters, digits, _ and - in segments joined by dots, "
    + "at most 200 bytes, no - in front";
}
