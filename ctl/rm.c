/* SPDX-License-Identifier: MIT */
/*
 * baf rm: removes topics.
 */
#include <limits.h>

#include "ctl/command.h"

static int remove_topic(const struct command_line *line, const char *topic, const void *context)
{
	return baf_topic_remove(line->directory.path, topic);
}

static enum status run(int argc, char **argv)
{
	struct command_line line;

	command_start(&line, &rm_command, argc, argv);
	while (command_next(&line) >= 0)
		;
	command_need_topics(&line, 1, INT_MAX);
	return command_each_topic(&line, remove_topic, NULL);
}

static const struct option_row rows[] = {
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf rm events", "subscribers still read the rest" },
	{ NULL, NULL },
};

const struct command rm_command = {
	.name = "rm",
	.program = {
		.usage = "baf rm [OPTIONS] TOPIC...",
		.summary = "Removes topics that have no publisher.",
		.rows = rows,
		.examples = examples,
		.notes = "Damaged topics are removed, too.\n",
	},
	.run = run,
};
