# SPDX-License-Identifier: MIT
#
# The programs, the library, the manual and the completions.
{
  lib,
  stdenv,
  meson,
  ninja,
  scdoc,
}:

let
  source = import ./source.nix { inherit lib; };
in
stdenv.mkDerivation {
  pname = "baf";
  inherit (source) version;

  src = source.of [
    "bench"
    "completion"
    "ctl"
    "examples"
    "include"
    "man"
    "meson.build"
    "meson_options.txt"
    "pub"
    "ring"
    "sub"
    "test/meson.build"
    "units"
    "util"
  ];

  outputs = [
    "out"
    "dev"
    "man"
  ];

  nativeBuildInputs = [
    meson
    ninja
    scdoc
  ];

  # As the project builds it, -O2; nixpkgs' own choice, "plain", leaves that open.
  mesonBuildType = "debugoptimized";

  # The tests want more shells and tools than a build needs; they are what `make check` is for.
  mesonFlags = [
    (lib.mesonEnable "man" true)
    (lib.mesonEnable "tests" false)
  ];

  # That it works where it was built is worth the tenth of a second.
  doInstallCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
  installCheckPhase = ''
    runHook preInstallCheck
    export BAF_DIR=$TMPDIR/topics
    echo hello | $out/bin/pubmsg greetings
    test "$($out/bin/submsg --drain greetings)" = hello
    runHook postInstallCheck
  '';

  meta = {
    description = "Topics that connect programs, with Unix pipes";
    longDescription = ''
      What a program prints, pubmsg publishes to a topic; whoever wants it reads it with submsg.
      Every subscriber gets every message, whole and in order. There is no broker: a topic is a
      ring in shared memory, or in the memory of the kernel module fanout.
    '';
    license = lib.licenses.mit;
    platforms = lib.platforms.linux;
    mainProgram = "baf";
  };
}
