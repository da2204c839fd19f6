# SPDX-License-Identifier: MIT
#
# baf on NixOS: the topics of the whole machine, in /dev/baf.
#
# Whoever reads a file of module/ for the first time begins with options.nix. From the options
# come
#
#   topics.nix    the declared topics: topics.conf, and the service that makes them
#   backend.nix   where they are kept: a mount, or devices
#   pipes.nix     commands between topics, as services
#   rules.nix     what is wrong with a configuration, and what to do then
{
  imports = [
    ./module/options.nix
    ./module/topics.nix
    ./module/backend.nix
    ./module/pipes.nix
    ./module/rules.nix
  ];
}
