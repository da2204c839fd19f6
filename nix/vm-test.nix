# SPDX-License-Identifier: MIT
#
# baf on NixOS machines, one for each backend: two services with a topic between them, users who may
# publish and users who may not, a pipe, and a service that is restarted. It needs nixpkgs, KVM if
# it is to be quick, and some minutes:
#
#   nix build --print-build-logs .#checks.x86_64-linux.baf-test
#
# To look around in one of the machines, with its prompt of Python:
#
#   nix run .#checks.x86_64-linux.baf-test.driverInteractive
#
# `make check` evaluates it, with a stand-in for nixpkgs that boots nothing; `make check-kernel`
# does in a guest of its own what the module would do in these.
module:

let
  machine =
    backend:
    { config, ... }:
    let
      baf = config.baf.services.baf-setup.package;
    in
    {
      imports = [ module ];

      baf.services.baf-setup = {
        enable = true;
        inherit backend;
        topics = [
          "numbers"
          "words"
          "shouts"
        ];
        pipes.shout = {
          from = [ "words" ];
          command = "sed -u 's/$/!/'";
          to = "shouts";
        };
      };

      users.users = {
        alice = {
          isNormalUser = true;
          extraGroups = [ "baf" ];
        };
        bob.isNormalUser = true;
      };

      # Topics are there before any service starts: nothing has to be ordered.
      systemd.services = {
        # It begins when the other one is there, and waits for it as long as that takes.
        counter = {
          description = "Counts to a thousand";
          wantedBy = [ "multi-user.target" ];
          path = [ baf ];
          script = "seq 1000 | pubmsg --wait-subs=1 --patience=inf numbers";
        };
        collector = {
          description = "Writes down what is counted";
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            Type = "notify";
            ExecStart = "${baf}/bin/submsg --from=oldest --count=1000 numbers";
            StandardOutput = "file:/run/numbers";
          };
        };
      };
    };
in
{
  name = "baf";

  nodes = {
    memory = machine "shared-memory";
    kernel = machine "kernel";
    devices = machine "kernel-static";
  };

  testScript = ''
    def user(name, command):
        return f"su - {name} -c '{command}'"


    def exchange(machine, topic):
        """What a member of the group publishes, everybody can read."""
        machine.succeed(user("alice", f"echo hello | pubmsg {topic}"))
        for reader in ["alice", "bob"]:
            said = machine.succeed(user(reader, f"submsg --last=1 --drain {topic}"))
            assert said == "hello\n", f"{reader} reads {said!r} from {topic}"


    start_all()
    for machine in [memory, kernel, devices]:
        # The original's name for it.
        machine.wait_for_unit("baf.service")

        with subtest(f"{machine.name}: a service gets what another one publishes, in order"):
            machine.wait_until_succeeds("seq 1000 | cmp - /run/numbers")

        with subtest(f"{machine.name}: there is always a topic to try things with"):
            exchange(machine, "baf-test")

        with subtest(f"{machine.name}: who is not in the group cannot publish"):
            machine.fail(user("bob", "echo hello | pubmsg baf-test"))

        with subtest(f"{machine.name}: the pipe works"):
            machine.wait_for_unit("baf-pipe@shout.service")
            machine.succeed(user("alice", "echo hello | pubmsg words"))
            machine.wait_until_succeeds("submsg --last=1 --drain shouts | grep -x hello!")

        with subtest(f"{machine.name}: the set-up can be restarted"):
            machine.succeed("systemctl restart baf-setup.service")
            exchange(machine, "words")

    with subtest("members of the group make topics, where topics are files"):
        exchange(memory, "new")
        exchange(kernel, "new")

    with subtest("devices are linked in the order of the declarations"):
        links = devices.succeed("cd /dev/baf && readlink baf-test numbers words shouts")
        assert links == "/dev/fanout\n/dev/fanout1\n/dev/fanout2\n/dev/fanout3\n", links
  '';
}
