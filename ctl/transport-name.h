/* SPDX-License-Identifier: MIT */
/* Names of transports, in output and in topics.conf(5). */
#ifndef BAF_CTL_TRANSPORT_NAME_H
#define BAF_CTL_TRANSPORT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define TRANSPORT_NAMES "shared-memory, kernel or device"

/** Returns the name of an enum baf_transport; NULL if the value is unknown. */
const char *transport_name(uint32_t transport);

/** Stores the transport called @p name. Returns false if there is none. */
bool transport_parse(const char *name, uint32_t *transportp);

#endif /* BAF_CTL_TRANSPORT_NAME_H */
