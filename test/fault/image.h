/* SPDX-License-Identifier: MIT */
/*
 * The files of a topic as bytes, to be changed and put in place again.
 */
#ifndef TEST_FAULT_IMAGE_H
#define TEST_FAULT_IMAGE_H

#include <linux/fanout.h>
#include <stddef.h>

enum {
	IMAGE_CAPACITY = 4096,
	IMAGE_HEADER = 4096,
	IMAGE_SIZE = IMAGE_HEADER + IMAGE_CAPACITY,
	IMAGE_SLOTS = 4,
};

/**
 * struct image - a topic
 * @ring:   its header
 * @bytes:  its file
 * @size:   of its file
 * @roster: the beginning of its roster
 */
struct image {
	union {
		struct fanout_ring ring;
		unsigned char bytes[IMAGE_SIZE];
	};
	size_t size;
	union {
		struct fanout_subscribers roster;
		unsigned char roster_bytes[sizeof(struct fanout_subscribers) +
					   IMAGE_SLOTS * sizeof(struct fanout_slot)];
	};
};

/*
 * A sound topic with so many messages: one by one, batches, lines, of all sizes. Each bears its
 * sequence number, see message.h.
 */
void image_make(struct image *image, unsigned int n_messages);

/* So many go round the ring several times. */
#define IMAGE_MESSAGES 200U

/* Writes the files of the topic into the scratch directory; what was there is gone. */
void image_plant(const struct image *image);

/* The record at a position. */
struct fanout_record *image_record(struct image *image, __u64 position);

#endif /* TEST_FAULT_IMAGE_H */
