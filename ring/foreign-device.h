/* SPDX-License-Identifier: MIT */
/*
 * Devices of the original fanout module, and similar ones. They carry a byte stream without
 * message boundaries: each reader gets all bytes that are written, until it is overrun.
 *
 * So messages are cut from the bytes by a framing on which both ends have to agree. Such a device
 * does not tell how much was lost, what was written earlier, who reads and who publishes, so
 * nobody can know that. This file is what both ends share: publisher-foreign.c and
 * source-foreign.c.
 */
#ifndef BAF_FOREIGN_DEVICE_H
#define BAF_FOREIGN_DEVICE_H

#include <errno.h>
#include <stdint.h>

#include "baf.h"

/* The largest message, in bytes. */
enum { FOREIGN_MESSAGE_MAX = 1 << 20 };

/* The framing for an option's value; -EINVAL: there is none. */
static inline int foreign_framing(uint32_t option)
{
	if (!option)
		return BAF_FRAMING_LINE;
	return option <= BAF_FRAMING_LENGTH ? (int)option : -EINVAL;
}

/* The byte that ends a message in BAF_FRAMING_LINE or BAF_FRAMING_NUL. */
static inline char foreign_delimiter(enum baf_framing framing)
{
	return framing == BAF_FRAMING_LINE ? '\n' : '\0';
}

#endif /* BAF_FOREIGN_DEVICE_H */
