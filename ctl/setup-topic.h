/* SPDX-License-Identifier: MIT */
/*
 * baf setup: topics that are files.
 */
#ifndef BAF_CTL_SETUP_TOPIC_H
#define BAF_CTL_SETUP_TOPIC_H

#include "ctl/setup-report.h"

/** Makes a topic in shared memory or on the kernel's file system, or changes it, as declared. */
void setup_topic(struct setup *setup, const struct declaration *topic);

#endif /* BAF_CTL_SETUP_TOPIC_H */
