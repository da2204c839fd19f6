# SPDX-License-Identifier: MIT
#
# Sizes as they may be written in a configuration: bytes, or a text such as "4M".
let
  units = {
    K = 1024;
    M = 1024 * 1024;
    G = 1024 * 1024 * 1024;
  };
  number = builtins.fromJSON;
in
{
  inherit units;

  # In bytes; null: it is no size. So many digits do not overflow an integer.
  bytes =
    size:
    let
      plain = builtins.match "0*([0-9]{1,13})" size;
      withUnit = builtins.match "0*([0-9]{1,9})([KMG])" size;
    in
    if builtins.isInt size then
      size
    else if plain != null then
      number (builtins.head plain)
    else if withUnit != null then
      number (builtins.head withUnit) * units.${builtins.elemAt withUnit 1}
    else
      null;
}
