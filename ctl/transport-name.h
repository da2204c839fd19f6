/* SPDX-License-Identifier: MIT */
/*
 * What transports are called, in output and in topics.conf(5).
 */
#ifndef BAF_CTL_TRANSPORT_NAME_H
#define BAF_CTL_TRANSPORT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define TRANSPORT_NAMES "shared-memory, kernel or device"

/** The name of an enum baf_transport; NULL: it is none. */
const char *transport_name(uint32_t transport);

/** The other way round. False: it is no name. */
bool transport_parse(const char *name, uint32_t *transportp);

#endif /* BAF_CTL_TRANSPORT_NAME_H */
