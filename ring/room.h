/* SPDX-License-Identifier: MIT */
/*
 * Room for a record in a ring in shared memory: storage for its bytes, and a tail that is far
 * enough. That may include waiting for subscribers within the patience.
 */
#ifndef BAF_ROOM_H
#define BAF_ROOM_H

#include <stdint.h>

#include "ring/publisher.h"

/*
 * Takes storage for the record that the writer begins at its head and that ends at position @end.
 * 0; -ENOSPC or the like. In a shared topic: only during our turn.
 */
int room_store(struct baf_publisher *publisher, uint64_t end);

/*
 * Waits for subscribers that still need the oldest records, then moves the tail so that a record
 * of @length bytes fits. 0 or -EINTR. In a shared topic: only during our turn.
 */
int room_make(struct baf_publisher *publisher, uint64_t length);

/* For struct publisher_transport. */
int room_count_subscribers(struct baf_publisher *publisher);
int room_sleep_for_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
			       uint64_t timeout);

#endif /* BAF_ROOM_H */
