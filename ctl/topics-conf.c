/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/topics-conf.h"
#include "ctl/transport-name.h"
#include "util/buffer.h"
#include "util/fail.h"
#include "util/parse.h"
#include "util/topic-directory.h"

/* Settings: each function takes a value, and returns whether it is valid. */

static bool take_size(struct declaration *topic, const char *value)
{
	return parse_capacity(value, &topic->options.capacity);
}

static bool take_mode(struct declaration *topic, const char *value)
{
	mode_t mode = 0;
	bool taken = parse_mode(value, &mode);

	topic->options.mode = BAF_MODE(mode);
	return taken;
}

static bool take_owner(struct declaration *topic, const char *value)
{
	uid_t owner = 0;
	bool taken = parse_user(value, &owner);

	topic->options.owner = BAF_OWNER(owner);
	return taken;
}

static bool take_group(struct declaration *topic, const char *value)
{
	gid_t group = 0;
	bool taken = parse_group(value, &group);

	topic->options.group = BAF_GROUP(group);
	return taken;
}

static bool take_transport(struct declaration *topic, const char *value)
{
	return transport_parse(value, &topic->transport);
}

struct setting {
	const char *key;
	bool (*take)(struct declaration *topic, const char *value);
	const char *right;
};

#define SETTING_NAMES "size, mode, owner, group or transport"

static const struct setting settings[] = {
	{ "size", take_size,
	  "a number of bytes, also with K, M or G, such as 64K or 4M, up to 1024G" },
	{ "mode", take_mode, "octal digits, such as 640" },
	{ "owner", take_owner, "the name or number of a user who exists" },
	{ "group", take_group, "the name or number of a group that exists" },
	{ "transport", take_transport, TRANSPORT_NAMES },
};

enum { N_SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static int find_setting(const char *key)
{
	for (int i = 0; i < N_SETTINGS; i++)
		if (strcmp(settings[i].key, key) == 0)
			return i;
	return -1;
}

/* Takes one KEY=VALUE. @given has a bit for each setting of the line so far. */
static void take_word(struct topics_conf *conf, struct declaration *topic, char *word,
		      unsigned int *given)
{
	char *equals = strchr(word, '=');
	int i;

	if (!equals) {
		conf_complain(&conf->errors, "'%s' is not a setting: give KEY=VALUE", word);
		return;
	}
	*equals = '\0';
	i = find_setting(word);
	if (i < 0)
		conf_complain(&conf->errors, "unknown setting '%s': give " SETTING_NAMES, word);
	else if (*given & 1U << i)
		conf_complain(&conf->errors, "%s is given twice: give it once", word);
	else if (!settings[i].take(topic, equals + 1))
		conf_complain(&conf->errors, "%s=%s: give %s", word, equals + 1, settings[i].right);
	if (i >= 0)
		*given |= 1U << i;
}

/*
 * Lines.
 */

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct declaration *)a)->name, ((const struct declaration *)b)->name);
}

/* Returns whether no earlier line declares the topic. */
static bool is_first(struct topics_conf *conf, struct declaration *topic)
{
	struct declaration **found =
		or_out_of_memory(tsearch(topic, &conf->by_name, compare_names));

	if (*found == topic)
		return true;
	conf_complain(&conf->errors, "'%s' is already declared in %s:%u: remove one of them",
		      topic->name, (*found)->file, (*found)->line);
	return false;
}

static void free_topic(struct declaration *topic)
{
	free(topic->name);
	free(topic);
}

static void add(struct topics_conf *conf, struct declaration *topic)
{
	if (!is_first(conf, topic)) {
		free_topic(topic);
		return;
	}
	conf->topics = or_out_of_memory(
		reallocarray(conf->topics, conf->n_topics + 1, sizeof(*conf->topics)));
	conf->topics[conf->n_topics++] = topic;
}

static void take_line(struct topics_conf *conf, char *line)
{
	static const char spaces[] = " \t\r\v\f";
	unsigned int given = 0;
	struct declaration *topic;
	char *rest, *word;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, spaces, &rest);
	if (!word)
		return;
	topic = or_out_of_memory(calloc(1, sizeof(*topic)));
	*topic = (struct declaration){
		.name = or_out_of_memory(strdup(word)),
		.options = BAF_TOPIC_OPTIONS_INIT,
		.file = conf->errors.file,
		.line = conf->errors.line,
	};
	if (!baf_name_valid(topic->name))
		conf_complain(&conf->errors, "'%s' is not a topic name: give " NAME_RULE,
			      topic->name);
	while ((word = strtok_r(NULL, spaces, &rest)))
		take_word(conf, topic, word, &given);
	add(conf, topic);
}

/* Keeps a copy of the name, which lives as long as the list. */
static const char *keep_name(struct topics_conf *conf, const char *file)
{
	conf->files = or_out_of_memory(
		reallocarray(conf->files, conf->n_files + 1, sizeof(*conf->files)));
	return conf->files[conf->n_files++] = or_out_of_memory(strdup(file));
}

void topics_conf_parse(struct topics_conf *conf, const char *file, const char *text, size_t size)
{
	const char *end = text + size;

	conf->errors.file = keep_name(conf, file);
	for (conf->errors.line = 1; text < end; conf->errors.line++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char *line = or_out_of_memory(strndup(text, length));

		if (memchr(text, '\0', length))
			conf_complain(
				&conf->errors,
				"the file contains a NUL byte: give a text file in the format of "
				"topics.conf(5)");
		else
			take_line(conf, line);
		free(line);
		text += length + 1;
	}
}

/*
 * Files.
 */

static void complain_of_file(struct topics_conf *conf, const char *file, const char *what,
			     int error)
{
	conf->errors.file = file;
	conf->errors.line = 0;
	conf_complain(&conf->errors, "%s: %s", what, strerror(error));
}

static void read_descriptor(struct topics_conf *conf, const char *name, int fd)
{
	struct buffer buffer = { 0 };
	int r = buffer_read_to_end(&buffer, fd);

	if (r)
		complain_of_file(conf, name, "cannot be read", -r);
	else
		topics_conf_parse(conf, name, buffer.data, buffer.size);
	buffer_free(&buffer);
}

/* Reads a file. It may be missing unless @must_exist; other failures to read are reported. */
static void read_file(struct topics_conf *conf, const char *file, bool must_exist)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		read_descriptor(conf, file, fd);
		close(fd);
	} else if (must_exist || errno != ENOENT) {
		complain_of_file(conf, file, "cannot be opened", errno);
	}
}

void topics_conf_read(struct topics_conf *conf, const char *file)
{
	if (strcmp(file, "-") == 0)
		read_descriptor(conf, "stdin", STDIN_FILENO);
	else
		read_file(conf, file, true);
}

static int is_conf(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(".conf") &&
	       strcmp(entry->d_name + length - strlen(".conf"), ".conf") == 0;
}

/* Ignores the locale, so that the order is the same everywhere. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void topics_conf_read_folder(struct topics_conf *conf, const char *folder)
{
	char path[PATH_MAX], file[PATH_MAX + NAME_MAX + 2];
	struct dirent **entries;
	int n;

	snprintf(path, sizeof(path), "%s/topics.conf", folder);
	read_file(conf, path, false);
	snprintf(path, sizeof(path), "%s/topics.conf.d", folder);
	n = scandir(path, &entries, is_conf, compare_entries);
	if (n < 0 && errno != ENOENT)
		complain_of_file(conf, path, "cannot be opened", errno);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		read_file(conf, file, true);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

const struct declaration *topics_conf_find(const struct topics_conf *conf, const char *name)
{
	const struct declaration key = { .name = (char *)(uintptr_t)name };
	struct declaration *const *found = tfind(&key, &conf->by_name, compare_names);

	return found ? *found : NULL;
}

static void free_nothing(void *node)
{
}

void topics_conf_free(struct topics_conf *conf)
{
	tdestroy(conf->by_name, free_nothing);
	for (size_t i = 0; i < conf->n_topics; i++)
		free_topic(conf->topics[i]);
	for (size_t i = 0; i < conf->n_files; i++)
		free(conf->files[i]);
	free(conf->topics);
	free(conf->files);
	*conf = (struct topics_conf){ 0 };
}
