/* SPDX-License-Identifier: MIT */
/*
 * What a file /etc/baf/pipes/NAME.conf says: from which topics, through which command, to which
 * topic.
 *
 *     from=TOPIC[,TOPIC]...
 *     command=SHELL COMMAND
 *     to=TOPIC
 *     framing=FRAMING
 *
 * command= and one of from= and to= have to be there. A line that begins with '#' says nothing.
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
	char *framing; /**< of both ends; NULL: line */
};

/**
 * Reads @p file, and says what is wrong in it, with its lines. Returns STATUS_DONE, or what to exit
 * with; the structure is to be freed in any case.
 */
enum status pipe_conf_read(struct pipe_conf *conf, const char *file);

void pipe_conf_free(struct pipe_conf *conf);

#endif /* BAF_CTL_PIPE_CONF_H */
