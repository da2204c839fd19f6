# SPDX-License-Identifier: MIT
#
# Packages: derivations that say how they would be built, and are not.
lib: system:

let
  inherit (builtins) functionArgs intersectAttrs;

  package =
    attributes:
    let
      name = attributes.name or "${attributes.pname}-${attributes.version}";
      built = removeAttrs attributes [ "meta" ];
    in
    derivation (
      built
      // {
        inherit name system;
        builder = "/bin/sh";
        outputs = attributes.outputs or [ "out" ];
      }
    )
    // {
      inherit attributes;
      meta = attributes.meta or { };
    };

  named = name: package { inherit name; };

  callWith =
    scope: file: arguments:
    let
      function = if builtins.isFunction file then file else import file;
      wanted = functionArgs function;
      lacking = builtins.filter (
        name: !wanted.${name} && !scope ? ${name} && !arguments ? ${name}
      ) (builtins.attrNames wanted);
    in
    if lacking != [ ] then
      throw "there is no package ${builtins.head lacking}"
    else
      function (intersectAttrs wanted scope // arguments);

  kernelPackages =
    pkgs: version:
    let
      kernel = named "linux-${version}" // {
        inherit version;
        modDirVersion = version;
        dev = "/kernel-${version}-dev";
        moduleBuildDependencies = [ (named "kmod") ];
      };
      base = {
        inherit kernel;
        kernelModuleMakeFlags = [ "KBUILD_OUTPUT=${kernel.dev}/lib/modules/${version}/build" ];
        callPackage = callWith (pkgs // extended);
      };
      extended = builtins.foldl' (
        set: extension: set // extension extended set
      ) base pkgs.kernelPackagesExtensions;
    in
    extended;

  names = [
    "bats"
    "binutils"
    "clang-tools"
    "cmocka"
    "codespell"
    "coreutils"
    "cppcheck"
    "fish"
    "jq"
    "mandoc"
    "meson"
    "ninja"
    "pkg-config"
    "procps"
    "python3"
    "scdoc"
    "shellcheck"
    "strace"
    "util-linux"
    "zsh"
  ];

  packages =
    pkgs:
    lib.genAttrs names named
    // {
      inherit lib pkgs system;
      callPackage = callWith pkgs;
      stdenv = {
        mkDerivation = package;
        buildPlatform.canExecute = platform: platform.system == system;
        hostPlatform = { inherit system; };
      };
      mkShell =
        { inputsFrom, packages }:
        package {
          name = "shell";
          inherit inputsFrom packages;
        };
      writeText = name: text: package { inherit name text; };
      kernelPackagesExtensions = [ ];
      linuxPackages = kernelPackages pkgs "6.12.9";
      linuxPackagesOld = kernelPackages pkgs "5.10.1";
      testers.runNixOSTest = import ./vm-test.nix lib pkgs;
      extend = extendedBy;
    };

  extendedBy =
    overlay:
    let
      extended = packages extended // overlay extended (packages extended);
    in
    extended;
in
extendedBy (_: _: { })
