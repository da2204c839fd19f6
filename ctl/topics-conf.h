/* SPDX-License-Identifier: MIT */
/*
 * topics.conf(5): the topics that a machine should have, one a line.
 *
 *     NAME [KEY=VALUE]...
 *
 * Several files are read into one list, in which no topic may occur twice. A wrong line is reported
 * with file and line number, and reading continues: people see all errors at once. The list records
 * whether there were errors; do not act on it if there were.
 */
#ifndef BAF_CTL_TOPICS_CONF_H
#define BAF_CTL_TOPICS_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"
#include "ctl/conf-errors.h"

#define TOPICS_CONF_FOLDER "/etc/baf"

/** A line of topics.conf. */
struct declaration {
	char *name;
	/** Capacity, mode, owner and group; 0: not declared. */
	struct baf_topic_options options;
	uint32_t transport; /**< enum baf_transport; 0: whatever the directory offers */
	const char *file;
	unsigned int line;
};

struct topics_conf {
	struct declaration **topics; /**< in the order of their declarations */
	size_t n_topics;
	size_t n_files; /**< files that were read */
	struct conf_errors errors;
	char **files; /**< their names */
	void *by_name; /**< a tree of tsearch(3) */
};

/** Reads declarations from a text; messages call it @p file. */
void topics_conf_parse(struct topics_conf *conf, const char *file, const char *text, size_t size);

/** Reads declarations from a file; "-" is stdin. */
void topics_conf_read(struct topics_conf *conf, const char *file);

/** Reads topics.conf and topics.conf.d/\*.conf of a folder, as far as they exist. */
void topics_conf_read_folder(struct topics_conf *conf, const char *folder);

/** Returns the declaration of a topic; NULL if there is none. */
const struct declaration *topics_conf_find(const struct topics_conf *conf, const char *name);

void topics_conf_free(struct topics_conf *conf);

#endif /* BAF_CTL_TOPICS_CONF_H */
