/* SPDX-License-Identifier: MIT */
/* baf set: changes the properties of topics. */
#include <limits.h>

#include "ctl/command.h"
#include "ctl/topic-options.h"

static int set_topic(const struct command_line *line, const char *topic, const void *context)
{
	return baf_topic_set(line->directory.path, topic, context);
}

static enum status run(int argc, char **argv)
{
	struct baf_topic_options topic = BAF_TOPIC_OPTIONS_INIT;
	struct command_line line;
	int key;

	command_start(&line, &set_command, argc, argv);
	while ((key = command_next(&line)) >= 0)
		topic_take_option(&topic, &line.options, key);
	command_need_topics(&line, 1, INT_MAX);
	if (!topic.capacity && !topic.mode && !topic.owner && !topic.group)
		usage_error("nothing to change: give --size, --mode, --owner or --group");
	return command_each_topic(&line, set_topic, &topic);
}

static const struct option_row rows[] = {
	TOPIC_OPTION_ROWS,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf set --mode=640 --group=adm log", "let members of adm subscribe" },
	{ "baf set --size=64M events", "a larger ring; subscribers follow" },
	{ NULL, NULL },
};

const struct command set_command = {
	.name = "set",
	.program = {
		.usage = "baf set [OPTIONS] TOPIC...",
		.summary = "Changes the size, mode, owner and group of topics.",
		.rows = rows,
		.examples = examples,
		.notes = "A new size replaces the ring by an empty one. This needs a topic\n"
			 "without a publisher. Programs that have the topic open keep their\n"
			 "access.\n",
	},
	.run = run,
};
