/* SPDX-License-Identifier: MIT */
/*
 * baf: inspects and manages topics. A command that is not in the table may be a program: `baf foo`
 * runs `baf-foo`.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/command.h"
#include "util/buffer.h"
#include "util/io.h"

static const struct option_row rows[] = {
	{ .name = "Information" },
	{ 'h', 0, "help", NULL,
	  "show this help and exit; after a command, the help of that command" },
	{ 'V', 0, "version", NULL, "show the version and exit" },
	{ 0 },
};

static const struct option_example examples[] = {
	{ "baf ls", "list topics and their publishers" },
	{ "baf info --json telemetry | jq .", "everything about one topic" },
	{ "baf create --size=16M --mode=640 telemetry", "a topic for others to read" },
	{ NULL, NULL },
};

static struct program program = {
	.usage = "baf COMMAND [OPTIONS] ...",
	.summary = "Shows and manages topics.",
	.rows = rows,
	.examples = examples,
	.notes = "'baf NAME' also runs a program baf-NAME in PATH.\n",
};

static const struct command *find_command(const char *name)
{
	for (const struct command *const *command = commands; *command; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	return NULL;
}

/* Returns the commands for --help. */
static const struct option_example *list_commands(void)
{
	struct option_example *list;
	size_t n = 0;

	while (commands[n])
		n++;
	list = or_out_of_memory(calloc(n + 1, sizeof(*list)));
	for (size_t i = 0; i < n; i++)
		list[i] =
			(struct option_example){ commands[i]->name, commands[i]->program.summary };
	return list;
}

static bool is_own_option(const char *word)
{
	static const char *const own[] = { "-h", "--help", "-V", "--version" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(word, own[i]) == 0)
			return true;
	return false;
}

/* Handles options before the command: --help and --version, which exit. */
static void take_options(char **argv)
{
	struct options options;

	if (!is_own_option(argv[1]))
		usage_error("option '%s' precedes the command: give the command first, then its "
			    "options",
			    argv[1]);
	program.commands = list_commands();
	options_init(&options, &program);
	options_next(&options, 2, argv);
}

/* Sets the program's name: messages say "baf NAME: ..." and refer to the command's help. */
static void take_name(const struct command *command)
{
	struct buffer name = { 0 };

	buffer_append(&name, "baf ", 4);
	buffer_append(&name, command->name, strlen(command->name) + 1);
	program_invocation_short_name = name.data;
}

/* Replaces this process by the program baf-NAME, if there is one. */
static void run_external(char **argv)
{
	struct buffer name = { 0 };
	char *command = argv[0];

	if (strchr(command, '/'))
		return;
	buffer_append(&name, "baf-", 4);
	buffer_append(&name, command, strlen(command) + 1);
	argv[0] = name.data;
	execvp(name.data, argv);
	argv[0] = command;
	if (errno != ENOENT)
		exit(fail(errno == EACCES ? STATUS_PERMISSION : STATUS_FAILED,
			  "%s: %s: repair it, or remove it from PATH", name.data, strerror(errno)));
	buffer_free(&name);
}

int main(int argc, char **argv)
{
	const struct command *command;

	io_fill_standard_descriptors();
	if (argc < 2)
		usage_error("no command: give one, such as ls");
	if (argv[1][0] == '-')
		take_options(argv);
	command = find_command(argv[1]);
	if (command) {
		take_name(command);
		return command->run(argc - 1, argv + 1);
	}
	run_external(argv + 1);
	usage_error(
		"unknown command '%s', and no program baf-%s in PATH: give a command that --help "
		"lists",
		argv[1], argv[1]);
}
