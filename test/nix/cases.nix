# SPDX-License-Identifier: MIT
#
# Configurations, and what comes of them:
#
#   good    files: a text is all of the file, a list is lines that are in it, null means that there
#           is no such file. Names in the store begin with STORE.
#   bad     what the message says, each of the lines in this order
#   wrong   what a message of the module system has in it: values of another type
#
# Files beside those of /etc and units: `links`, `kernel modules`, `module packages`, `modprobe`,
# `packages` and `groups`.
pkgs:

let
  setup = settings: {
    baf.services.baf-setup = {
      enable = true;
    }
    // settings;
  };

  # Of the original's README, and that plus a backend.
  original = {
    topics = [
      "topic1"
      "topic2"
    ];
    bufferSize = 16384;
  };

  setUpLinks = ''
    baf.service -> baf-setup.service
    sysinit.target.wants/baf-setup.service -> ../baf-setup.service
  '';

  topics = topics: setup { inherit topics; };
  static = settings: setup (settings // { backend = "kernel-static"; });
  pipe = pipe: setup { pipes.p = pipe; };

  option = "baf.services.baf-setup";
  nameRule =
    "take letters, digits, _ and - in segments joined by dots, at most 200 bytes, no - in "
    + "front";
  capacityRule = "take 1 to 1024G bytes, as a number or a text such as \"4M\"";
in
{
  good = [
    {
      name = "the original's configuration works unchanged, and makes topics in shared memory";
      configuration = setup original;
      files = {
        "/etc/baf/topics.conf" = ''
          baf-test size=16384 mode=0664 owner=root group=baf transport=shared-memory
          topic1 size=16384 mode=0664 owner=root group=baf transport=shared-memory
          topic2 size=16384 mode=0664 owner=root group=baf transport=shared-memory
        '';
        "dev-baf.mount" = ''
          [Unit]
          After=systemd-modules-load.service
          After=systemd-sysusers.service
          After=userborn.service
          Description=Topics of this machine
          Documentation=man:baf(7)
          [Mount]
          Options=mode=2775,gid=baf,size=256M,nosuid,nodev,noexec
          Type=tmpfs
          What=baf
          Where=/dev/baf
        '';
        "baf-setup.service" = [
          "Requires=dev-baf.mount"
          "After=dev-baf.mount"
          "After=userborn.service"
          "Type=oneshot"
          "RemainAfterExit=yes"
          "ExecStart=STORE-baf-0.1.0/bin/baf setup --system"
          "NoNewPrivileges=yes"
        ];
        links = setUpLinks;
        packages = "baf-0.1.0\n";
        groups = "baf\nroot\n";
        "kernel modules" = "";
        "module packages" = "";
        modprobe = "";
      };
    }
    {
      name = "the original's configuration with backend = \"kernel\" mounts the kernel's topics";
      configuration = setup (original // { backend = "kernel"; });
      files = {
        "/etc/baf/topics.conf" = ''
          baf-test size=16384 mode=0664 owner=root group=baf transport=kernel
          topic1 size=16384 mode=0664 owner=root group=baf transport=kernel
          topic2 size=16384 mode=0664 owner=root group=baf transport=kernel
        '';
        "dev-baf.mount" = [
          "Type=fanout"
          "Where=/dev/baf"
          "Options=mode=2775,gid=baf,size=256M,nosuid,nodev,noexec"
        ];
        "baf-setup.service" = [ "Requires=dev-baf.mount" ];
        links = setUpLinks;
        "kernel modules" = "fanout\n";
        "module packages" = "fanout-0.1.0-6.12.9\n";
        modprobe = "";
      };
    }
    {
      name =
        "the original's configuration with backend = \"kernel-static\" links topics to devices";
      configuration = static original;
      files = {
        "/etc/baf/topics.conf" = ''
          baf-test mode=0664 owner=root group=baf transport=device
          topic1 mode=0664 owner=root group=baf transport=device
          topic2 mode=0664 owner=root group=baf transport=device
        '';
        "dev-baf.mount" = null;
        "baf-setup.service" = [
          "After=systemd-modules-load.service"
          "ExecStartPre=STORE-coreutils/bin/install -d -m 2775 -g baf /dev/baf"
          "ExecStart=STORE-baf-0.1.0/bin/baf setup --system"
        ];
        links = setUpLinks;
        "kernel modules" = "fanout\n";
        "module packages" = "fanout-0.1.0-6.12.9\n";
        modprobe = "options fanout numberofdevs=3 buffersize=16384\n";
      };
    }
    {
      name = "what is not enabled changes nothing, whatever else is said";
      configuration.baf.services.baf-setup = {
        topics = [
          "a"
          "a"
        ];
        backend = "kernel";
        pipes.p.from = [ "a" ];
      };
      files = {
        "/etc/baf/topics.conf" = null;
        "dev-baf.mount" = null;
        "baf-setup.service" = null;
        links = "";
        packages = "";
        groups = "root\n";
        "kernel modules" = "";
        "module packages" = "";
      };
    }
    {
      name = "topics may be attribute sets beside names";
      configuration = setup {
        topics = [
          "plain"
          {
            name = "full.of-settings";
            size = "64M";
            mode = "0640";
            owner = "root";
            group = "root";
          }
          { name = "bytes"; size = 4096; }
        ];
      };
      files."/etc/baf/topics.conf" = ''
        baf-test mode=0664 owner=root group=baf transport=shared-memory
        plain mode=0664 owner=root group=baf transport=shared-memory
        full.of-settings size=64M mode=0640 owner=root group=root transport=shared-memory
        bytes size=4096 mode=0664 owner=root group=baf transport=shared-memory
      '';
    }
    {
      name = "the group and the size of everything can be chosen";
      configuration = setup {
        group = "telemetry";
        size = 1048576;
        bufferSize = "64K";
        pipes.p = {
          from = [ "a" ];
          command = "cat";
        };
      };
      files = {
        "/etc/baf/topics.conf" = ''
          baf-test size=64K mode=0664 owner=root group=telemetry transport=shared-memory
        '';
        "dev-baf.mount" = [ "Options=mode=2775,gid=telemetry,size=1048576,nosuid,nodev,noexec" ];
        "baf-pipe@p.service" = [ "SupplementaryGroups=telemetry" ];
        groups = "root\ntelemetry\n";
      };
    }
    {
      name = "devices have the original's size if none is given";
      configuration = static { };
      files.modprobe = "options fanout numberofdevs=1 buffersize=16384\n";
    }
    {
      name = "a text is a size for devices, too, and they take no part in the sum";
      configuration = static {
        bufferSize = "1G";
        topics = [ "a" ];
      };
      files.modprobe = "options fanout numberofdevs=2 buffersize=1073741824\n";
    }
    {
      name = "a pipe is an instance of the unit that is installed elsewhere, and its description";
      configuration = setup {
        pipes.temperature = {
          from = [
            "sensor.*"
            "weather.>"
          ];
          command = "${pkgs.jq}/bin/jq --unbuffered '.temperature # C'";
          to = "temperature";
          framing = "nul";
        };
        pipes.log = {
          from = [ "temperature" ];
          command = "cat";
        };
      };
      files = {
        "/etc/baf/pipes/temperature.conf" = ''
          from=sensor.* weather.>
          command=STORE-jq/bin/jq --unbuffered '.temperature # C'
          to=temperature
          framing=nul
        '';
        "/etc/baf/pipes/log.conf" = ''
          from=temperature
          command=cat
          framing=line
        '';
        "baf-pipe@temperature.service" = [
          "Description=Pipe %i between topics"
          "After=baf-setup.service"
          "ExecStart=STORE-baf-0.1.0/bin/baf pipe %i"
          "Type=notify"
          "CapabilityBoundingSet="
          "DynamicUser=yes"
          "SupplementaryGroups=baf"
          "PrivateDevices=yes"
          "SystemCallFilter=@system-service"
          "SystemCallFilter=~@privileged @resources"
        ];
        links =
          ''
            multi-user.target.wants/baf-pipe@log.service -> ../baf-pipe@log.service
            multi-user.target.wants/baf-pipe@temperature.service -> ../baf-pipe@temperature.service
          ''
          + setUpLinks;
      };
    }
    {
      name = "a pipe may open devices of the module, where topics are these, and no others";
      configuration = static {
        pipes.p = {
          command = "date";
          to = "dates";
        };
        topics = [ "dates" ];
      };
      files = {
        "/etc/baf/pipes/p.conf" = ''
          command=date
          to=dates
          framing=line
        '';
        "baf-pipe@p.service" = [
          "PrivateDevices=no"
          "DevicePolicy=closed"
          "DeviceAllow=char-fanout rw"
        ];
      };
    }
    {
      name = "nixpkgs' own module may be used beside topics in shared memory";
      configuration = setup { } // {
        services.fanout.enable = true;
      };
      files."kernel modules" = "";
    }
    {
      name = "the module is built for the kernel of the configuration";
      configuration = setup { backend = "kernel"; } // {
        boot.kernelPackages = pkgs.linuxPackagesOld;
      };
      files."module packages" = "fanout-0.1.0-5.10.1 (broken)\n";
    }
  ];

  bad = [
    {
      name = "a topic that is declared twice";
      configuration = topics [
        "a"
        "b"
        { name = "a"; }
      ];
      message = "${option}.topics: \"a\" is declared more than once: keep one";
    }
    {
      name = "a topic baf-test";
      configuration = topics [ "baf-test" ];
      message = "${option}.topics: \"baf-test\" is always there: remove it from the list";
    }
    {
      name = "names that lead out of the directory, have spaces, begin with a dash, or are empty";
      configuration = topics [
        "x/../y"
        ".."
        "a b"
        "-a"
        ""
        "a..b"
      ];
      message = ''
        ${option}.topics: "x/../y" is no name of a topic: ${nameRule}
        ${option}.topics: ".." is no name of a topic: ${nameRule}
        ${option}.topics: "a b" is no name of a topic: ${nameRule}
        ${option}.topics: "-a" is no name of a topic: ${nameRule}
        ${option}.topics: "" is no name of a topic: ${nameRule}
        ${option}.topics: "a..b" is no name of a topic: ${nameRule}'';
    }
    {
      name = "a name that would add a line or a setting to topics.conf";
      configuration = topics [
        "a\nb"
        "a mode=0777"
        "a#"
      ];
      message = ''
        ${option}.topics: "a
        b" is no name of a topic: ${nameRule}
        ${option}.topics: "a mode=0777" is no name of a topic: ${nameRule}
        ${option}.topics: "a#" is no name of a topic: ${nameRule}'';
    }
    {
      name = "a negative bufferSize";
      configuration = setup { bufferSize = -3; };
      message = "${option}.bufferSize: -3 is no size of a topic: ${capacityRule}";
    }
    {
      name = "sizes that are none, and absurd ones";
      configuration = setup {
        topics = [
          { name = "a"; size = 0; }
          { name = "b"; size = "4MB"; }
          { name = "c"; size = "1025G"; }
          { name = "d"; size = "99999999999999999999G"; }
        ];
      };
      message = ''
        ${option}.topics: "a" cannot have the size 0: ${capacityRule}
        ${option}.topics: "b" cannot have the size "4MB": ${capacityRule}
        ${option}.topics: "c" cannot have the size "1025G": ${capacityRule}
        ${option}.topics: "d" cannot have the size "99999999999999999999G": ${capacityRule}'';
    }
    {
      name = "a topic that is larger than the kernel's may be";
      configuration = setup {
        backend = "kernel";
        bufferSize = "2G";
      };
      message =
        "${option}.bufferSize: \"2G\" is no size of a topic: take 1 to 1G bytes, as a number "
        + "or a text such as \"4M\"";
    }
    {
      name = "a size of everything that is none";
      configuration = setup { size = "lots"; };
      message =
        "${option}.size: \"lots\" is no size for all topics: take 4096 to 1024G bytes, as a "
        + "number or a text such as \"256M\"";
    }
    {
      name = "topics that do not fit";
      configuration = setup {
        size = "8M";
        topics = [
          { name = "a"; size = "3M"; }
          { name = "b"; size = 1; }
        ];
      };
      message =
        "${option}.size: \"8M\" is less than the declared topics take when they are full: set "
        + "it to \"9M\" or more, or declare smaller topics";
    }
    {
      name = "modes, users and groups that do not exist";
      configuration = topics [
        { name = "a"; mode = "0888"; }
        { name = "b"; mode = "rw-r--r--"; }
        { name = "c"; owner = "nobody-knows"; }
        { name = "d"; group = "no such group"; }
      ];
      message = builtins.concatStringsSep "\n" [
        (
          "${option}.topics: \"a\" cannot have the mode \"0888\": take three octal digits, "
          + "such as \"0660\""
        )
        (
          "${option}.topics: \"b\" cannot have the mode \"rw-r--r--\": take three octal "
          + "digits, such as \"0660\""
        )
        (
          "${option}.topics: \"c\" cannot belong to the user \"nobody-knows\", whom nobody "
          + "declared: declare users.users.\"nobody-knows\", or take another owner"
        )
        (
          "${option}.topics: \"d\" cannot belong to the group \"no such group\", which "
          + "nobody declared: declare users.groups.\"no such group\", or take another group"
        )
      ];
    }
    {
      name = "a group that cannot be made";
      configuration = setup { group = "Baf users"; };
      message =
        "${option}.group: \"Baf users\" is no name of a group: take small letters, digits, _ "
        + "and -, at most 31";
    }
    {
      name = "a size of one device";
      configuration = static { topics = [ { name = "a"; size = "4M"; } ]; };
      message =
        "${option}.topics: \"a\" cannot have a size of its own with backend = "
        + "\"kernel-static\": set ${option}.bufferSize for all topics, or take backend = "
        + "\"kernel\"";
    }
    {
      name = "more topics than there are devices";
      configuration = static { topics = builtins.genList (n: "t${toString n}") 255; };
      message =
        "${option}.topics: with baf-test these are 256 topics, and 255 devices are the most: "
        + "declare fewer, or take backend = \"kernel\"";
    }
    {
      name = "another module of the same name";
      configuration = static { } // {
        services.fanout.enable = true;
      };
      message =
        "services.fanout.enable: ${option} loads a module of that name itself: set "
        + "services.fanout.enable = false, or take ${option}.backend = \"shared-memory\"";
    }
    {
      name = "a pipe from nowhere to nowhere, of no command";
      configuration = pipe { };
      message = builtins.concatStringsSep "\n" [
        "${option}.pipes.\"p\": there is no topic: name some in `from`, or one in `to`"
        (
          "${option}.pipes.\"p\": there is no command, or more than one line of it: give one "
          + "line for `sh -c` in `command`"
        )
      ];
    }
    {
      name = "a pipe of topics that cannot be, whose command would add a line to its description";
      configuration = pipe {
        from = [
          "a"
          "a.>.b"
        ];
        command = "cat\nto=b";
        to = "b/c";
      };
      message = builtins.concatStringsSep "\n" [
        (
          "${option}.pipes.\"p\": \"a.>.b\" in `from` is no topic, and no pattern of topics: "
          + "${nameRule}, with * for one segment and > for the rest"
        )
        (
          "${option}.pipes.\"p\": there is no command, or more than one line of it: give one "
          + "line for `sh -c` in `command`"
        )
        "${option}.pipes.\"p\": \"b/c\" in `to` is no name of a topic: ${nameRule}"
      ];
    }
    {
      name = "a pipe whose name is none";
      configuration = setup {
        pipes."a b" = {
          from = [ "a" ];
          command = "cat";
        };
      };
      message = "${option}.pipes.\"a b\": no pipe can have this name: ${nameRule}";
    }
  ];

  wrong = [
    {
      name = "a backend that does not exist";
      configuration = setup { backend = "shm"; };
      message =
        "`${option}.backend' is not of type `one of "
        + "[\"shared-memory\",\"kernel\",\"kernel-static\"]'";
    }
    {
      name = "topics that are no list";
      configuration = setup { topics = "a"; };
      message = "`${option}.topics' is not of type `list of ";
    }
    {
      name = "a setting of a topic that does not exist";
      configuration = topics [ { name = "a"; capacity = 3; } ];
      message = "The option `${option}.topics.*.capacity' does not exist";
    }
  ];
}
