/* SPDX-License-Identifier: MIT */
/*
 * The processes of a pipe between topics.
 */
#ifndef BAF_CTL_PIPELINE_H
#define BAF_CTL_PIPELINE_H

#include "ctl/pipe-conf.h"

/**
 * Runs `submsg FROM | sh -c COMMAND | pubmsg TO`, on the topics of @p directory, until one of them
 * ends. Says which failed, and how. Returns the status to exit with; dies by the signal that it was
 * asked to stop by, if it was.
 */
enum status pipeline_run(const struct pipe_conf *conf, const char *directory);

#endif /* BAF_CTL_PIPELINE_H */
