# SPDX-License-Identifier: MIT
#
# What can be said in a configuration. Types say what kind of thing a value is; what values make
# sense is in rules.nix, whose messages say what to do.
{ lib, pkgs, ... }:

let
  inherit (lib) literalExpression mkOption types;

  size = types.nullOr (types.either types.int types.str);

  topic = types.submodule {
    options = {
      name = mkOption {
        type = types.str;
        example = "telemetry";
        description = ''
          Letters, digits, `_` and `-` in segments joined by dots.
        '';
      };
      size = mkOption {
        type = size;
        default = null;
        example = "1M";
        description = ''
          How much of what was published the topic holds: bytes, or a text with K, M or G. A power
          of two is taken. `null`: {option}`baf.services.baf-setup.bufferSize`. With
          `backend = "kernel-static"` all topics have the same.
        '';
      };
      mode = mkOption {
        type = types.str;
        default = "0664";
        example = "0640";
        description = ''
          Who may read the topic's file may subscribe, who may write it may publish; in octal.
        '';
      };
      owner = mkOption {
        type = types.str;
        default = "root";
        example = "gateway";
        description = "The user that the topic belongs to.";
      };
      group = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "operators";
        description = ''
          The group that the topic belongs to. `null`: {option}`baf.services.baf-setup.group`.
        '';
      };
    };
  };

  pipe = types.submodule {
    options = {
      from = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [
          "sensor.*"
          "weather"
        ];
        description = ''
          Topics, or patterns of their names, that the command gets on its stdin. None: its stdin is
          empty.
        '';
      };
      command = mkOption {
        type = types.str;
        default = "";
        example = literalExpression '' "''${pkgs.jq}/bin/jq --unbuffered .temperature" '';
        description = ''
          What runs in between, for `sh -c`. It sees little more of the machine than its topics; see
          {manpage}`baf-systemd(7)`.
        '';
      };
      to = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "temperature";
        description = ''
          The topic that the command's stdout is published to. `null`: nothing is published.
        '';
      };
      framing = mkOption {
        type = types.enum [
          "line"
          "nul"
          "len"
          "raw"
          "one"
        ];
        default = "line";
        example = "nul";
        description = "How messages are told apart on the command's stdin and stdout.";
      };
    };
  };
in
{
  options.baf.services.baf-setup = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Whether to set up {file}`/dev/baf`, the topics of the whole machine, and to install the
        programs. There is always a topic `baf-test`, to try things with.
      '';
    };

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ../package.nix { };
      defaultText = literalExpression "inputs.baf.packages.\${pkgs.system}.baf";
      example = literalExpression "pkgs.baf.overrideAttrs { patches = [ ./my.patch ]; }";
      description = "The programs.";
    };

    backend = mkOption {
      type = types.enum [
        "shared-memory"
        "kernel"
        "kernel-static"
      ];
      default = "shared-memory";
      example = "kernel";
      description = ''
        Where topics are.

        - `shared-memory`: a tmpfs. It needs nothing.
        - `kernel`: a file system of the kernel module fanout. Users need not trust one another.
        - `kernel-static`: devices of that module, {file}`/dev/fanout` and so on, and links to them.
          Only topics that are declared exist.

        The module is part of the system that is booted: a change to or from a kernel's backend
        takes effect at the next boot.
      '';
    };

    topics = mkOption {
      type = types.listOf (types.coercedTo types.str (name: { inherit name; }) topic);
      default = [ ];
      example = literalExpression ''
        [
          "telemetry"
          { name = "orders"; size = "64M"; mode = "0660"; group = "traders"; }
        ]
      '';
      description = ''
        Topics that are there from the start: names, or attribute sets. Others come into being when
        they are first used, except with `backend = "kernel-static"`.
      '';
    };

    bufferSize = mkOption {
      type = size;
      default = null;
      example = 16384;
      description = ''
        The size of topics for which none is declared: bytes, or a text with K, M or G. `null`: what
        the backend takes by itself, 4 MiB in shared memory, 1 MiB in the kernel and 16 KiB for
        devices.
      '';
    };

    size = mkOption {
      type = types.either types.int types.str;
      default = "256M";
      example = "1G";
      description = ''
        How much memory all topics may take: bytes, or a text with K, M or G. It is a limit; memory
        is taken when something is published. For devices it has no meaning.
      '';
    };

    group = mkOption {
      type = types.str;
      default = "baf";
      example = "users";
      description = ''
        Members of this group, which is made, may create topics, and publish to those that are
        declared. All users may subscribe, unless a topic's mode says otherwise.
      '';
    };

    pipes = mkOption {
      type = types.attrsOf pipe;
      default = { };
      example = literalExpression ''
        {
          temperature = {
            from = [ "sensor.*" ];
            command = "''${pkgs.jq}/bin/jq --unbuffered .temperature";
            to = "temperature";
          };
        }
      '';
      description = ''
        Commands between topics, each a service `baf-pipe@NAME.service`.
      '';
    };
  };
}
