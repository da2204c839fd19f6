/* SPDX-License-Identifier: MIT */
/* baf setup: topics that are links to devices of the kernel module. */
#ifndef BAF_CTL_SETUP_DEVICE_H
#define BAF_CTL_SETUP_DEVICE_H

#include "ctl/setup-report.h"

/**
 * Returns whether the kernel has enough devices for the topics that are declared as devices;
 * reports an error if not.
 */
bool setup_has_devices(struct setup *setup, const struct topics_conf *conf);

/** Like setup_topic(), for all topics that are links to kernel devices. */
void setup_devices(struct setup *setup, const struct topics_conf *conf);

#endif /* BAF_CTL_SETUP_DEVICE_H */
