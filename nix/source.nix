# SPDX-License-Identifier: MIT
#
# What the packages are made from: parts of this repository, so that a change to a test or a text
# builds nothing anew; and the version, which stands in meson.build only.
{ lib }:

let
  root = ../.;
  versions = builtins.match ".*[[:space:]]version: '([0-9.]+)',.*" (
    builtins.readFile ../meson.build
  );
in
{
  version = builtins.head versions;

  # of: names of files and folders at the top.
  of =
    names:
    lib.fileset.toSource {
      inherit root;
      fileset = lib.fileset.unions (map (name: root + "/${name}") names);
    };
}
