/* SPDX-License-Identifier: MIT */
/*
 * topics.conf(5): the topics that are to exist on a machine, one a line.
 *
 *     NAME [KEY=VALUE]...
 *
 * Several files are read into one list, in which no topic may be twice. A line that is wrong is
 * told, with file and number, and the next one is read: who mends a file sees all that is wrong in
 * it at once. Whether anything was wrong is in the list; nothing must be made of it then.
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
	/** Capacity, mode, owner and group; what is 0 was not declared. */
	struct baf_topic_options options;
	uint32_t transport; /**< enum baf_transport; 0: whatever the directory holds */
	const char *file;
	unsigned int line;
};

struct topics_conf {
	struct declaration **topics; /**< in the order in which they were declared */
	size_t n_topics;
	size_t n_files; /**< that were read */
	struct conf_errors errors;
	char **files; /**< their names */
	void *by_name; /**< of tsearch(3) */
};

/** Reads a text; @p file is what it is called in messages. */
void topics_conf_parse(struct topics_conf *conf, const char *file, const char *text, size_t size);

/** Reads a file; "-" is stdin. */
void topics_conf_read(struct topics_conf *conf, const char *file);

/** Reads topics.conf and topics.conf.d/\*.conf of a folder; neither has to exist. */
void topics_conf_read_folder(struct topics_conf *conf, const char *folder);

/** The declaration of a topic; NULL: there is none. */
const struct declaration *topics_conf_find(const struct topics_conf *conf, const char *name);

void topics_conf_free(struct topics_conf *conf);

#endif /* BAF_CTL_TOPICS_CONF_H */
