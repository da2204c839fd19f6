/* SPDX-License-Identifier: MIT */
/*
 * baf setup: topics that are links to devices of the module.
 */
#ifndef BAF_CTL_SETUP_DEVICE_H
#define BAF_CTL_SETUP_DEVICE_H

#include "ctl/setup-report.h"

/**
 * Says what is wrong if there are fewer devices of the kernel's than topics that are to be devices.
 * Whether there are as many.
 */
bool setup_has_devices(struct setup *setup, const struct topics_conf *conf);

/** The same as setup_topic() for all topics that are links to devices of the kernel's. */
void setup_devices(struct setup *setup, const struct topics_conf *conf);

#endif /* BAF_CTL_SETUP_DEVICE_H */
