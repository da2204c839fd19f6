/* SPDX-License-Identifier: MIT */
/* Ring capacities on this machine. */
#ifndef BAF_CAPACITY_H
#define BAF_CAPACITY_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "ring/ring.h"

static inline size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Rounds a requested size up to a capacity: a power of two, and at least a page, because the data
 * is mapped twice. Returns 0 if @size is too large.
 */
static inline uint64_t capacity_round(uint64_t size)
{
	uint64_t least = page_size();

	return fanout_ring_capacity(size > least ? size : least);
}

#endif /* BAF_CAPACITY_H */
