/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking between processes that share memory.
 *
 * A process that is going to sleep says so in a word that the other side checks after each step;
 * it then checks once more whether it must sleep at all. This is Dekker's pattern: on both sides
 * the store must be visible before the load, which takes a full fence on both sides. On the
 * publisher's side that would be one fence for each message. So the sleeper, which is about to
 * lose microseconds anyway, makes the other side's processors pass a fence with membarrier(2). If
 * that system call is not available, a publisher uses a fence of its own, and a sleeper that
 * cannot rely on either sleeps in naps of NAP_NANOSECONDS.
 */
#ifndef BAF_WAIT_H
#define BAF_WAIT_H

#include <stdbool.h>
#include <stdint.h>

enum { NAP_NANOSECONDS = 50 * 1000 * 1000 };

/*
 * Makes this process one that others' wait_barrier() reaches. Returns whether it worked; if not,
 * the process must use a full fence where it would rely on it.
 */
bool wait_register(void);

/*
 * A full fence here and in every running thread of every registered process. Returns whether it
 * worked.
 */
bool wait_barrier(void);

/*
 * Sleeps while *word is @value, at most @timeout nanoseconds (BAF_INFINITE: no limit). The word
 * may be in memory that is mapped read-only. 0: woken, or not equal; -ETIMEDOUT; -EINTR.
 */
int wait_futex(const uint32_t *word, uint32_t value, uint64_t timeout);

/*
 * How long a process sleeps before it checks for events that wake nobody, for example a death:
 * NAP_FIRST at first, then twice as long each time, up to NAP_LAST.
 */
#define NAP_FIRST UINT64_C(1000000)
#define NAP_LAST UINT64_C(1000000000)

static inline uint64_t nap_longer(uint64_t nap)
{
	return nap < NAP_LAST ? nap * 2 : NAP_LAST;
}

/*
 * Sleeps until a descriptor is readable, at most @timeout nanoseconds (BAF_INFINITE: no limit). A
 * negative descriptor never is. 1; 0: time-out; or a negative errno, such as -EINTR.
 */
int wait_poll(int fd, uint64_t timeout);

/* Sleeps for NAP_NANOSECONDS, at most @timeout. 0 or -EINTR. */
int wait_nap(uint64_t timeout);

/* Wakes everybody who sleeps on the word. */
void wait_wake(uint32_t *word);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t wait_now(void);

/* The point in time @timeout nanoseconds from now; BAF_INFINITE stays BAF_INFINITE. */
uint64_t wait_deadline(uint64_t timeout);

/* Time left until @deadline: 0 when it has passed; BAF_INFINITE stays BAF_INFINITE. */
uint64_t wait_left(uint64_t deadline);

/*
 * How to wait for something before sleeping: first some polls, then some yields to the process
 * that can make it happen on this processor. A wake-up costs more than all of these. But on an
 * idle stream nothing ever comes so soon, so there are many yields only if the previous wait was
 * a short time ago.
 */
struct wait_spin {
	uint64_t started; /* the last wait, by wait_now(); 0: none yet */
	unsigned int polls;
	unsigned int yields;
};

/* Call this before the first moment of each wait. */
void wait_spin_start(struct wait_spin *spin);

/* Passes a moment. False: that was enough, sleep now. */
bool wait_spin(struct wait_spin *spin);

#endif /* BAF_WAIT_H */
