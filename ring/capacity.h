/* SPDX-License-Identifier: MIT */
/*
 * How large rings are on this machine.
 */
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
 * The capacity that a wish for @size bytes gives: a power of two, and at least a page, since the data
 * is mapped twice. 0: too large.
 */
static inline uint64_t capacity_round(uint64_t size)
{
	uint64_t least = page_size();

	return fanout_ring_capacity(size > least ? size : least);
}

#endif /* BAF_CAPACITY_H */
