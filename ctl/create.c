/* SPDX-License-Identifier: MIT */
/*
 * baf create: makes topics.
 */
#include <limits.h>

#include "ctl/command.h"
#include "ctl/topic-options.h"

static int create_topic(const struct command_line *line, const char *topic, const void *context)
{
	return baf_topic_create(line->directory.path, topic, context);
}

static enum status run(int argc, char **argv)
{
	struct baf_topic_options topic = BAF_TOPIC_OPTIONS_INIT;
	struct command_line line;
	int key;

	command_start(&line, &create_command, argc, argv);
	while ((key = command_next(&line)) >= 0)
		topic_take_option(&topic, &line.options, key);
	command_need_topics(&line, 1, INT_MAX);
	return command_each_topic(&line, create_topic, &topic);
}

static const struct option_row rows[] = {
	TOPIC_OPTION_ROWS,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf create --size=16M events", "a topic of 16 MiB" },
	{ "baf create --mode=640 --group=adm log", "members of adm may subscribe" },
	{ NULL, NULL },
};

const struct command create_command = {
	.name = "create",
	.program = {
		.usage = "baf create [OPTIONS] TOPIC...",
		.summary = "Creates topics in advance.",
		.rows = rows,
		.examples = examples,
		.notes = "Without --size a topic holds 4 MiB. Without --mode the umask applies.\n",
	},
	.run = run,
};
