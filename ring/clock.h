/* SPDX-License-Identifier: MIT */
/*
 * Cheap publish times. Reading the time costs more than publishing a small message. The
 * processor's tick counter is cheaper, and shows well enough that hardly any time has passed
 * since the last reading. So a time is used again until CLOCK_TICKS have gone by: 5 to 20
 * microseconds on today's processors. Otherwise the speed of the ticks does not matter, and
 * another processor may count differently: if the difference is too large, or negative, the time
 * is read anew.
 */
#ifndef BAF_CLOCK_H
#define BAF_CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
	uint64_t ticks;
	uint64_t time;
};

enum { CLOCK_TICKS = 20000 };

/* CLOCK_REALTIME in nanoseconds. */
static inline uint64_t clock_exact(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* The same, up to CLOCK_TICKS late. */
static inline uint64_t clock_now(struct clock *clock)
{
#if defined(__x86_64__)
	uint64_t ticks = __builtin_ia32_rdtsc();

	if (ticks - clock->ticks >= CLOCK_TICKS || !clock->time) {
		clock->ticks = ticks;
		clock->time = clock_exact();
	}
	return clock->time;
#else
	(void)clock;
	return clock_exact();
#endif
}

#endif /* BAF_CLOCK_H */
