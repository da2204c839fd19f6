/* SPDX-License-Identifier: MIT */
/*
 * A command of baf: `baf NAME [OPTIONS] ...`. Each is in a file of its own, which defines one
 * struct command; the table in commands.c lists them.
 */
#ifndef BAF_CTL_COMMAND_H
#define BAF_CTL_COMMAND_H

#include <stdbool.h>

#include "util/explain.h"
#include "util/fail.h"
#include "util/options.h"
#include "util/topic-directory.h"

struct command {
	const char *name;
	struct program program; /**< its --help; the rows end with COMMAND_COMMON_ROWS */
	enum status (*run)(int argc, char **argv); /**< argv[0] is the command's name */
};

/** All commands, in the order of --help; ends with NULL. */
extern const struct command *const commands[];

extern const struct command create_command, gc_command, info_command, ls_command, pipe_command;
extern const struct command doctor_command, rm_command, set_command, setup_command, wait_command;

/** The last rows of each command's table of options. */
#define COMMAND_COMMON_ROWS                                          \
	TOPIC_DIRECTORY_OPTION_ROWS, { .name = "Information" },      \
		{ 'h', 0, "help", NULL, "show this help and exit" }, \
	{                                                            \
		0                                                    \
	}

/** The row of --json, for each command that prints. */
#define COMMAND_JSON_ROW                                                                \
	{                                                                               \
		'J', 0, "json", NULL, "print a JSON object for each line of the output" \
	}

/** The command line of a command, while it is parsed. */
struct command_line {
	struct options options;
	struct topic_directory directory; /**< the topic directory */
	int argc;
	char **argv;
	char **operands; /**< ends with NULL; valid once all options were taken */
};

/** Begins to parse the command line that run() was given. */
void command_start(struct command_line *line, const struct command *command, int argc, char **argv);

/**
 * Takes the next option of the command, as options_next() does. Handles the options for the topic
 * directory itself. After the last option it finds the directory; exits if there is none.
 *
 * Returns the key; -1 when only operands are left.
 */
int command_next(struct command_line *line);

/** Exits with a usage error unless the operands are @p least to @p most topic names. */
void command_need_topics(const struct command_line *line, int least, int most);

/**
 * Reports that @p error, a negative errno of libbaf, hit @p topic, and what to do. Returns the
 * status to exit with.
 */
enum status command_fail(const struct command_line *line, const char *topic, int error);

/** Like command_fail(), with an explanation of the caller's. */
enum status command_fail_as(const struct command_line *line, const char *topic,
			    struct explanation explanation);

/** Like explain(), for somebody who manages topics: some errors have another explanation then. */
struct explanation explain_managing(int error);

/** Like command_fail(), for the directory as a whole. */
enum status command_fail_directory(const struct command_line *line, int error);

/**
 * Returns whether @p error only means that the user's own directory does not exist yet. It is made
 * on first use; until then there are no topics in it.
 */
bool command_directory_is_not_made_yet(const struct command_line *line, int error);

/** Acts on one topic. Returns 0 or a negative errno. */
typedef int command_topic_function(const struct command_line *line, const char *topic,
				   const void *context);

/**
 * Calls a function for each operand, even after one failed, and reports the failures. Returns the
 * status of the first failure, or STATUS_DONE.
 */
enum status command_each_topic(const struct command_line *line, command_topic_function *function,
			       const void *context);

#endif /* BAF_CTL_COMMAND_H */
