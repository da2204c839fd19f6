/* SPDX-License-Identifier: MIT */
/*
 * The processes of a pipe between topics.
 */
#ifndef BAF_CTL_PIPELINE_H
#define BAF_CTL_PIPELINE_H

#include "ctl/pipe-conf.h"

/**
 * Runs `submsg FROM | sh -c COMMAND | pubmsg TO`, on the topics of @p directory, until one of them
 * ends. Reports which one failed, and how. Returns the status to exit with. If a signal asked it to
 * stop, it dies by that signal instead.
 */
enum status pipeline_run(const struct pipe_conf *conf, const char *directory);

#endif /* BAF_CTL_PIPELINE_H */
