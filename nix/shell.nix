# SPDX-License-Identifier: MIT
#
# A shell to work on baf in: what the build, `make check` and `make lint` need. The tests of the
# module take packages of Debian, see test/kernel/README.md.
{
  bats,
  binutils,
  callPackage,
  clang-tools,
  cmocka,
  codespell,
  cppcheck,
  fish,
  jq,
  mandoc,
  mkShell,
  pkg-config,
  procps,
  python3,
  shellcheck,
  strace,
  util-linux,
  zsh,
}:

mkShell {
  inputsFrom = [ (callPackage ./package.nix { }) ];
  packages = [
    bats
    binutils
    clang-tools
    cmocka
    codespell
    cppcheck
    fish
    jq
    mandoc
    pkg-config
    procps
    python3
    shellcheck
    strace
    util-linux
    zsh
  ];
}
