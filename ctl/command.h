/* SPDX-License-Identifier: MIT */
/*
 * A command of baf: `baf NAME [OPTIONS] ...`. Each is in a file of its own, which defines one of
 * these structures; the table in commands.c lists them.
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
	enum status (*run)(int argc, char **argv); /**< argv[0] is the name */
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

/** The command line of a command. */
struct command_line {
	struct options options;
	struct topic_directory directory; /**< where topics are */
	int argc;
	char **argv;
	char **operands; /**< what is left, ends with NULL; once all options were taken */
};

/** Begins to read the command line that run() was given. */
void command_start(struct command_line *line, const struct command *command, int argc, char **argv);

/**
 * Takes the next option of the command's own, as options_next() does; those of the topic directory
 * it takes by itself. In the end the directory has been found; exits if there is none.
 *
 * Returns the key; -1 when only operands are left.
 */
int command_next(struct command_line *line);

/** Exits with an error unless the operands are @p least or more names of topics. */
void command_need_topics(const struct command_line *line, int least, int most);

/**
 * Says that @p error, a negative errno of libbaf, hit @p topic, and what to do. Returns the status
 * to exit with.
 */
enum status command_fail(const struct command_line *line, const char *topic, int error);

/** The same, with an explanation. */
enum status command_fail_as(const struct command_line *line, const char *topic,
			    struct explanation explanation);

/** What an error means to somebody who manages topics, where that differs from explain(). */
struct explanation explain_managing(int error);

/** The same for the directory as a whole. */
enum status command_fail_directory(const struct command_line *line, int error);

/**
 * Says whether @p error only means that the user's own directory is not there, which is made when
 * it is first used: there is nothing in it.
 */
bool command_directory_is_not_made_yet(const struct command_line *line, int error);

/** What a function does with one topic. 0 or a negative errno. */
typedef int command_topic_function(const struct command_line *line, const char *topic,
				   const void *context);

/**
 * Calls a function for each operand, also after one failed, and says what was wrong. Returns the
 * status of the first that failed.
 */
enum status command_each_topic(const struct command_line *line, command_topic_function *function,
			       const void *context);

#endif /* BAF_CTL_COMMAND_H */
