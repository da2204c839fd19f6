/* SPDX-License-Identifier: MIT */
/*
 * Devices that are called fanout and are not of baf's module: the original one's. They know bytes
 * only, no messages: what is written comes out for each reader, until it is overrun.
 *
 * So messages are made of the bytes here, by a framing that both ends have to agree on. A reader
 * puts what it gets into a ring of its own, which nobody else sees, and goes on from there as from
 * any other ring. What the device does not say, nobody can: how much was lost, what was there
 * before, who reads, who publishes.
 */
#ifndef BAF_FOREIGN_DEVICE_H
#define BAF_FOREIGN_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"
#include "ring/ring.h"
#include "ring/topic.h"

/* The largest message, in bytes; more of them make no difference to a device. */
enum { FOREIGN_MESSAGE_MAX = 1 << 20 };

/* What cannot be kept there, for people to read. */
#define FOREIGN_LACKS                                                                            \
	"a device without baf's requests: no patience, no history, losses are not counted, and " \
	"messages over a quarter of its buffer may be torn"

/* The framing that an option gives; -EINVAL: there is no such one. */
int foreign_framing(uint32_t option);

/*
 * Publishing.
 */

/* Keeps other publishers from the device, or finds that one does. 0; -EBUSY; another negative errno. */
int foreign_publish(int fd, bool shared);

/*
 * Writes the messages of a record, framed as @to says, at one stretch: no other shared publisher
 * gets in between. 0; -EINTR: nothing was written; or another negative errno.
 */
int foreign_write(int fd, bool shared, const void *payload, size_t length, enum baf_framing framing,
		  enum baf_framing to);

/*
 * Subscribing.
 */

/**
 * struct foreign_device - the reader's end
 * @map:     of the ring of its own, from which the subscription reads
 * @writer:  of that ring
 * @framing: how bytes are messages
 * @begun:   bytes of a message whose end has not come; they stand where the next record's payload
 *           goes
 * @lost:    it lost bytes: all up to the next delimiter is not to be had
 */
struct foreign_device {
	struct ring_map map;
	struct fanout_writer writer;
	enum baf_framing framing;
	size_t begun;
	bool lost;
};

/* Makes it. 0 or a negative errno. */
int foreign_open(struct foreign_device *device, enum baf_framing framing);

/* Whether the device has something that was not taken. */
bool foreign_ready(int fd);

/*
 * Takes some of what the device has, if anything, without waiting. To be called when all of the
 * ring was read. 0; -EPIPE: an unknown number of messages was lost, and the device is to be opened again;
 * -EBADMSG: it cannot go on, since lengths can be found no more; or another negative errno.
 */
int foreign_take(struct foreign_device *device, int fd);

/* The same device once more, from its newest byte on. A descriptor or a negative errno. */
int foreign_reopen(int fd);

#endif /* BAF_FOREIGN_DEVICE_H */
