/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "util/explain.h"

void command_start(struct command_line *line, const struct command *command, int argc, char **argv)
{
	*line = (struct command_line){ .argc = argc, .argv = argv };
	options_init(&line->options, &command->program);
}

int command_next(struct command_line *line)
{
	int key, r;

	do
		key = options_next(&line->options, line->argc, line->argv);
	while (key >= 0 && topic_directory_take_option(&line->directory, &line->options, key));
	if (key >= 0)
		return key;
	line->operands = line->argv + optind;
	r = topic_directory_find(&line->directory);
	if (r < 0)
		exit(fail(STATUS_FAILED, "no topic directory: %s: give one with --dir",
			  strerror(-r)));
	return -1;
}

void command_need_topics(const struct command_line *line, int least, int most)
{
	int n = 0;

	for (; line->operands[n]; n++)
		if (!baf_name_valid(line->operands[n]))
			usage_error("'%s' is not a topic name: give " NAME_RULE, line->operands[n]);
	if (n < least)
		usage_error("a topic is missing: give its name");
	if (n > most)
		usage_error("unexpected argument '%s': give one topic", line->operands[most]);
}

struct explanation explain_managing(int error)
{
	switch (error) {
	case -ENOENT:
		return (struct explanation){ error, STATUS_NO_TOPIC, "there is no such topic",
					     "see 'baf ls'" };
	case -EEXIST:
		return (struct explanation){ error, STATUS_FAILED, "the topic already exists",
					     "remove it first (baf rm), or change it (baf set)" };
	case -EBUSY:
		return (struct explanation){ error, STATUS_BUSY, "a publisher has the topic",
					     "stop it; 'baf info' shows its process" };
	}
	return explain(error);
}

enum status command_fail(const struct command_line *line, const char *topic, int error)
{
	return command_fail_as(line, topic, explain_managing(error));
}

enum status command_fail_as(const struct command_line *line, const char *topic,
			    struct explanation explanation)
{
	char missing[PATH_MAX];

	if (explanation.error == -ENOENT &&
	    topic_directory_lacks_folder(line->directory.path, missing))
		return topic_directory_fail(line->directory.path, explanation.error);
	return fail(explanation.status, "%s: %s (in %s): %s", topic, explanation.wrong,
		    line->directory.path, explanation.advice);
}

enum status command_fail_directory(const struct command_line *line, int error)
{
	return topic_directory_fail(line->directory.path, error);
}

bool command_directory_is_not_made_yet(const struct command_line *line, int error)
{
	char missing[PATH_MAX];

	return error == -ENOENT && !line->directory.given &&
	       line->directory.which != BAF_DIRECTORY_SYSTEM &&
	       !topic_directory_lacks_folder(line->directory.path, missing);
}

enum status command_each_topic(const struct command_line *line, command_topic_function *function,
			       const void *context)
{
	enum status status = STATUS_DONE;

	for (char **topic = line->operands; *topic; topic++) {
		int r = function(line, *topic, context);
		enum status failed = r < 0 ? command_fail(line, *topic, r) : STATUS_DONE;

		status = status ? status : failed;
	}
	return status;
}
