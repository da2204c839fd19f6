/* SPDX-License-Identifier: MIT */
/*
 * The content of a file /etc/baf/pipes/NAME.conf: source topics, a command, and the topic that its
 * output goes to.
 *
 *     from=TOPIC[,TOPIC]...
 *     command=SHELL COMMAND
 *     to=TOPIC
 *     framing=FRAMING
 *
 * command= is required, and at least one of from= and to=. Lines that begin with '#' are comments.
 */
#ifndef BAF_CTL_PIPE_CONF_H
#define BAF_CTL_PIPE_CONF_H

#include <stddef.h>

#include "util/fail.h"

#define PIPE_CONF_FOLDER "/etc/baf/pipes"

struct pipe_conf {
	char **from; /**< topics and patterns; NULL: none */
	size_t n_from;
	char *command;
	char *to; /**< NULL: nothing is published */
	char *framing; /**< of both ends; NULL: the default, line */
};

/**
 * Reads @p file, and reports errors with their line numbers. Returns STATUS_DONE or the status to
 * exit with. Free the structure in either case.
 */
enum status pipe_conf_read(struct pipe_conf *conf, const char *file);

void pipe_conf_free(struct pipe_conf *conf);

#endif /* BAF_CTL_PIPE_CONF_H */
