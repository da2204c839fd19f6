/* SPDX-License-Identifier: MIT */
#ifndef BAF_MAP_H
#define BAF_MAP_H

#include <linux/fanout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/**
 * struct ring_map - a ring in memory: its header, the data, and the data again
 * @ring:     the header
 * @data:     the data; data + capacity + i is the same byte as data + i
 * @capacity: bytes of data, checked once and never read from the ring again
 * @size:     bytes of the whole mapping
 */
struct ring_map {
	struct fanout_ring *ring;
	unsigned char *data;
	uint64_t capacity;
	size_t size;
};

/*
 * Reads and checks the header of a ring in a file, without mapping it. A publisher may move head
 * and tail while they are read, so a header counts as damaged only if it stays wrong. 0;
 * -EBADMSG: no ring, or damaged; -EPROTONOSUPPORT: another version; or another negative errno.
 */
int ring_header_read(int fd, uint64_t file_size, struct fanout_ring *header);

/*
 * Maps the ring whose header the caller has read and checked. 0; -ENOMEM; or another negative
 * errno.
 */
int ring_map_init(struct ring_map *map, int fd, const struct fanout_ring *header, bool writable);

/* The same for a ring in a file; reads the header itself. */
int ring_map_file(struct ring_map *map, int fd, const struct stat *status, bool writable);

void ring_map_deinit(struct ring_map *map);

/* Whether an address is in the mapping. */
bool ring_map_contains(const struct ring_map *map, const void *address);

/*
 * Puts a page of zeros where the file has a hole because somebody truncated it.
 * Async-signal-safe. Returns whether it worked.
 */
bool ring_map_patch(const void *address);

#endif /* BAF_MAP_H */
