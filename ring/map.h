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
 * @data:     the data; the byte at data + capacity + i is that at data + i
 * @capacity: bytes of data, checked once and never read from the ring again
 * @size:     of the whole mapping
 */
struct ring_map {
	struct fanout_ring *ring;
	unsigned char *data;
	uint64_t capacity;
	size_t size;
};

/*
 * Reads and checks the header of a ring in a file, without mapping it. A publisher may move its head
 * and tail while they are read, so only a header that stays as it is counts as damaged. 0; -EBADMSG:
 * no ring, or damaged; -EPROTONOSUPPORT: of another version; or another negative errno.
 */
int ring_header_read(int fd, uint64_t file_size, struct fanout_ring *header);

/* Maps the ring whose header was read, and checked, by the caller. 0; -ENOMEM; or another errno. */
int ring_map_init(struct ring_map *map, int fd, const struct fanout_ring *header, bool writable);

/* The same for a ring in a file, whose header it reads. */
int ring_map_file(struct ring_map *map, int fd, const struct stat *status, bool writable);

void ring_map_deinit(struct ring_map *map);

/* Whether an address is in the mapping. */
bool ring_map_contains(const struct ring_map *map, const void *address);

/*
 * Puts a page of zeros where the file has a hole because somebody truncated it.
 * Async-signal-safe. Whether it worked.
 */
bool ring_map_patch(const void *address);

#endif /* BAF_MAP_H */
