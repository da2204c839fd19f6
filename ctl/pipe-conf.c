/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baf.h"
#include "ctl/conf-errors.h"
#include "ctl/pipe-conf.h"
#include "util/framing.h"
#include "util/topic-directory.h"

#define SPACES " \t\r\v\f\n"
#define KEY_NAMES "from, command, to or framing"

static char *copy(const char *text)
{
	return or_out_of_memory(strdup(text));
}

/*
 * Keys: each takes its value.
 */

static void take_from(struct pipe_conf *conf, struct conf_errors *errors, char *value)
{
	char *rest, *topic;

	for (topic = strtok_r(value, "," SPACES, &rest); topic;
	     topic = strtok_r(NULL, "," SPACES, &rest)) {
		if (!baf_pattern_valid(topic))
			conf_complain(errors,
				      "from: '%s' is not a topic or pattern: give " NAME_RULE,
				      topic);
		conf->from = or_out_of_memory(
			reallocarray(conf->from, conf->n_from + 1, sizeof(*conf->from)));
		conf->from[conf->n_from++] = copy(topic);
	}
	if (!conf->from)
		conf_complain(errors, "from: no topic: give at least one, or remove the line");
}

static void take_command(struct pipe_conf *conf, struct conf_errors *errors, char *value)
{
	if (!*value)
		conf_complain(errors, "command: empty: give a command for sh -c");
	conf->command = copy(value);
}

static void take_to(struct pipe_conf *conf, struct conf_errors *errors, char *value)
{
	if (!baf_name_valid(value))
		conf_complain(errors, "to: '%s' is not a topic name: give " NAME_RULE, value);
	conf->to = copy(value);
}

static void take_framing(struct pipe_conf *conf, struct conf_errors *errors, char *value)
{
	enum framing framing;

	if (!framing_parse(value, &framing))
		conf_complain(errors, "framing: '%s': give " FRAMING_NAMES, value);
	conf->framing = copy(value);
}

static const struct key {
	const char *name;
	void (*take)(struct pipe_conf *conf, struct conf_errors *errors, char *value);
} keys[] = {
	{ "from", take_from },
	{ "command", take_command },
	{ "to", take_to },
	{ "framing", take_framing },
};

enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };

/*
 * Lines.
 */

/* Returns the text without the blanks around it. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, SPACES);
	length = strlen(text);
	while (length > 0 && strchr(SPACES, text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* @given has a bit for each key that an earlier line had. */
static void take_line(struct pipe_conf *conf, struct conf_errors *errors, char *line,
		      unsigned int *given)
{
	char *name = trim(line), *equals = strchr(name, '=');
	size_t i;

	if (!*name || *name == '#')
		return;
	if (!equals) {
		conf_complain(errors, "'%s' is not a setting: give KEY=VALUE", name);
		return;
	}
	*equals = '\0';
	name = trim(name);
	for (i = 0; i < N_KEYS && strcmp(keys[i].name, name) != 0; i++)
		;
	if (i == N_KEYS) {
		conf_complain(errors, "unknown key '%s': give " KEY_NAMES, name);
	} else if (*given & 1U << i) {
		conf_complain(errors, "%s is given twice: give it once", name);
	} else {
		*given |= 1U << i;
		keys[i].take(conf, errors, trim(equals + 1));
	}
}

static void read_lines(struct pipe_conf *conf, struct conf_errors *errors, FILE *stream)
{
	unsigned int given = 0;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t n;

	while ((n = getline(&line, &capacity, stream)) >= 0) {
		errors->line++;
		if (strlen(line) != (size_t)n)
			conf_complain(
				errors,
				"the file contains a NUL byte: give a text file that describes a "
				"pipe");
		else
			take_line(conf, errors, line, &given);
	}
	free(line);
}

/* Checks what depends on the whole file. */
static void check(const struct pipe_conf *conf, struct conf_errors *errors)
{
	if (errors->n)
		return;
	errors->line = 0;
	if (!conf->command)
		conf_complain(errors, "no command: add a line command=...");
	else if (!conf->from && !conf->to)
		conf_complain(errors, "no topic: add a line from=... or to=...");
}

enum status pipe_conf_read(struct pipe_conf *conf, const char *file)
{
	struct conf_errors errors = { .file = file };
	FILE *stream = fopen(file, "re");
	int error = errno;

	*conf = (struct pipe_conf){ 0 };
	if (stream) {
		errno = 0;
		read_lines(conf, &errors, stream);
		error = ferror(stream) ? errno : 0;
		fclose(stream);
	}
	if (error)
		return fail(error == EACCES ? STATUS_PERMISSION : STATUS_USAGE,
			    "cannot read %s: %s: see 'baf pipe' in baf(1)", file, strerror(error));
	check(conf, &errors);
	return errors.n ? STATUS_USAGE : STATUS_DONE;
}

void pipe_conf_free(struct pipe_conf *conf)
{
	for (size_t i = 0; i < conf->n_from; i++)
		free(conf->from[i]);
	free(conf->from);
	free(conf->command);
	free(conf->to);
	free(conf->framing);
}
