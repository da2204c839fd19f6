/* SPDX-License-Identifier: MIT */
/*
 * Devices of the original fanout module, and of others like it. They carry a byte stream without
 * message boundaries: what is written comes out for each reader, until the reader is overrun.
 *
 * So messages are made of the bytes, by a framing that both ends have to agree on. Nobody can know
 * what the device does not say: how much was lost, what was there before, who reads, who publishes.
 * Here is what both ends share, and the publisher's; the subscriber's is source-foreign.c.
 */
#ifndef BAF_FOREIGN_DEVICE_H
#define BAF_FOREIGN_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"

/* The largest message, in bytes. */
enum { FOREIGN_MESSAGE_MAX = 1 << 20 };

/* The framing that an option gives; -EINVAL: there is no such one. */
int foreign_framing(uint32_t option);

/* The byte that ends a message in BAF_FRAMING_LINE or BAF_FRAMING_NUL. */
static inline char foreign_delimiter(enum baf_framing framing)
{
	return framing == BAF_FRAMING_LINE ? '\n' : '\0';
}

/* Keeps other publishers from the device, or finds that one does. 0; -EBUSY; another negative errno. */
int foreign_publish(int fd, bool shared);

/*
 * Writes the messages of a record, framed as @to says, at one stretch: no other shared publisher
 * gets in between. 0; -EINTR: nothing was written; or another negative errno.
 */
int foreign_write(int fd, bool shared, const void *payload, size_t length, enum baf_framing framing,
		  enum baf_framing to);

#endif /* BAF_FOREIGN_DEVICE_H */
