/* SPDX-License-Identifier: MIT */
/* baf pipe: runs a command between topics. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/pipe-conf.h"
#include "ctl/pipeline.h"

/* A path stays as it is; a name stands for a file in the system's folder. */
static void find_file(char *path, size_t size, const char *operand)
{
	if (strchr(operand, '/')) {
		if (strlen(operand) >= size)
			usage_error("%.40s...: the path is too long: give a shorter one", operand);
		strcpy(path, operand);
		return;
	}
	if (!baf_name_valid(operand))
		usage_error("'%s' is not the name of a pipe: give " NAME_RULE ", or a path",
			    operand);
	snprintf(path, size, PIPE_CONF_FOLDER "/%s.conf", operand);
}

static enum status run(int argc, char **argv)
{
	struct command_line line;
	struct pipe_conf conf;
	char path[PATH_MAX];
	enum status status;

	command_start(&line, &pipe_command, argc, argv);
	while (command_next(&line) >= 0)
		;
	if (!line.operands[0])
		usage_error("no pipe: give its name, or a file that describes it");
	if (line.operands[1])
		usage_error("unexpected argument '%s': give one pipe", line.operands[1]);
	find_file(path, sizeof(path), line.operands[0]);
	status = pipe_conf_read(&conf, path);
	if (!status)
		status = pipeline_run(&conf, line.directory.path);
	pipe_conf_free(&conf);
	return status;
}

static const struct option_row rows[] = {
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf pipe errors", "see /etc/baf/pipes/errors.conf" },
	{ "baf pipe ./errors.conf", "a file in this directory" },
	{ NULL, NULL },
};

const struct command pipe_command = {
	.name = "pipe",
	.program = {
		.usage = "baf pipe [OPTIONS] NAME|FILE",
		.summary = "Runs a command between topics.",
		.rows = rows,
		.examples = examples,
		.notes = "In the file: command=SHELL COMMAND, and from=TOPIC[,TOPIC]...,\n"
			 "to=TOPIC or both; framing=FRAMING if messages are not lines.\n"
			 "SIGTERM ends the source first; messages on their way are still\n"
			 "published.\n",
	},
	.run = run,
};
