/* SPDX-License-Identifier: MIT */
#ifndef BAF_SUB_RECEIVED_H
#define BAF_SUB_RECEIVED_H

#include <stddef.h>
#include <stdint.h>

/** A received message. */
struct received {
	const char *topic;
	const void *data;
	size_t size;
	uint64_t sequence;
	uint64_t time; /**< when it was published, in nanoseconds since 1970 */
};

#endif /* BAF_SUB_RECEIVED_H */
