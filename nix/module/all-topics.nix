# SPDX-License-Identifier: MIT
#
# All topics that a configuration declares, with what holds for those that do not say otherwise.
cfg:

let
  complete =
    topic:
    topic
    // {
      size = if topic.size == null then cfg.bufferSize else topic.size;
      group = if topic.group == null then cfg.group else topic.group;
    };

  # Always there, and first.
  test = {
    name = "baf-test";
    size = null;
    mode = "0664";
    owner = "root";
    group = null;
  };
in
map complete ([ test ] ++ cfg.topics)
