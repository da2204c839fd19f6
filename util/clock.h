/* SPDX-License-Identifier: MIT */
/*
 * Time, in nanoseconds.
 */
#ifndef BAF_UTIL_CLOCK_H
#define BAF_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)
#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)

/** A point in time that never comes, and a span that never ends. */
#define NEVER UINT64_MAX

static inline uint64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/** The monotonic clock, for spans and deadlines. */
static inline uint64_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

/** The time of day: nanoseconds since 1970. */
static inline uint64_t clock_realtime(void)
{
	return clock_read(CLOCK_REALTIME);
}

static inline uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** Returns the point in time @p span after @p now; NEVER if that overflows. */
static inline uint64_t clock_after(uint64_t now, uint64_t span)
{
	return span > NEVER - now ? NEVER : now + span;
}

/** Returns the span from @p now to @p deadline: 0 if it has passed, NEVER if it is NEVER. */
static inline uint64_t clock_until(uint64_t deadline, uint64_t now)
{
	if (deadline == NEVER)
		return NEVER;
	return deadline > now ? deadline - now : 0;
}

#endif /* BAF_UTIL_CLOCK_H */
