/* SPDX-License-Identifier: MIT */
/*
 * Devices of the original fanout module, and of others like it. They carry a byte stream without
 * message boundaries: what is written comes out for each reader, until the reader is overrun.
 *
 * So messages are made of the bytes, by a framing that both ends have to agree on. Nobody can know
 * what the device does not say: how much was lost, what was there before, who reads, who publishes.
 * Here is what both ends share; they are publisher-foreign.c and source-foreign.c.
 */
#ifndef BAF_FOREIGN_DEVICE_H
#define BAF_FOREIGN_DEVICE_H

#include <errno.h>
#include <stdint.h>

#include "baf.h"

/* The largest message, in bytes. */
enum { FOREIGN_MESSAGE_MAX = 1 << 20 };

/* The framing that an option gives; -EINVAL: there is no such one. */
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
