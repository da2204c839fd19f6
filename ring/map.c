// SPDX-License-Identifier: MIT
/*
 * A ring in memory. Its data is mapped twice, back to back, so that each record is contiguous
 * wherever it begins:
 *
 *     | header | data | data |
 */
#include "ring/map.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring/capacity.h"
#include "ring/ring.h"

/* A working publisher can spoil a read, but not that many in a row. */
enum { READS = 1000 };

int ring_header_read(int fd, uint64_t file_size, struct fanout_ring *header)
{
	struct fanout_ring before = { 0 };

	for (int i = 0;; i++) {
		ssize_t n = pread(fd, header, sizeof(*header), 0);
		int r;

		if (n != sizeof(*header))
			return n < 0 ? -errno : -EBADMSG;
		r = fanout_ring_check(header, file_size, page_size());
		if (r != -EBADMSG || i == READS || memcmp(&before, header, sizeof(before)) == 0)
			return r;
		before = *header;
	}
}

static bool map_at(void *address, size_t size, int protection, int fd, size_t offset)
{
	return mmap(address, size, protection, MAP_SHARED | MAP_FIXED, fd, (off_t)offset) !=
	       MAP_FAILED;
}

int ring_map_init(struct ring_map *map, int fd, const struct fanout_ring *header, bool writable)
{
	int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t once, size;
	unsigned char *base;
	int r;

	if (header->capacity > (SIZE_MAX - header->header_size) / 2)
		return -ENOMEM;
	once = header->header_size + header->capacity;
	size = once + header->capacity;
	base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	if (!map_at(base, once, protection, fd, 0) ||
	    !map_at(base + once, header->capacity, protection, fd, header->header_size)) {
		r = -errno;
		munmap(base, size);
		return r;
	}
	*map = (struct ring_map){
		.ring = (struct fanout_ring *)base,
		.data = base + header->header_size,
		.capacity = header->capacity,
		.size = size,
	};
	return 0;
}

int ring_map_file(struct ring_map *map, int fd, const struct stat *status, bool writable)
{
	struct fanout_ring header;
	int r = ring_header_read(fd, (uint64_t)status->st_size, &header);

	return r ? r : ring_map_init(map, fd, &header, writable);
}

void ring_map_deinit(struct ring_map *map)
{
	if (map->ring)
		munmap(map->ring, map->size);
	*map = (struct ring_map){ 0 };
}

bool ring_map_contains(const struct ring_map *map, const void *address)
{
	return map->ring && (uintptr_t)address - (uintptr_t)map->ring < map->size;
}

bool ring_map_patch(const void *address)
{
	size_t size = page_size();
	void *page = (void *)((uintptr_t)address & ~(uintptr_t)(size - 1));

	return mmap(page, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) != MAP_FAILED;
}
