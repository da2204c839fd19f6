// SPDX-License-Identifier: MIT
#include "ring/wait.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "baf.h"

#define SECOND UINT64_C(1000000000)

bool wait_register(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

bool wait_barrier(void)
{
	/* The system call itself is a fence here; if it fails, it is not. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0)
		return true;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return false;
}

static struct timespec *timespec_of(uint64_t nanoseconds, struct timespec *time)
{
	if (nanoseconds == BAF_INFINITE)
		return NULL;
	time->tv_sec = (time_t)(nanoseconds / SECOND);
	time->tv_nsec = (long)(nanoseconds % SECOND);
	return time;
}

/* The result of a futex call, for a caller that will check again anyway. */
static int outcome(long r)
{
	if (r >= 0 || errno == EAGAIN)
		return 0;
	return -errno;
}

int wait_futex(const uint32_t *word, uint32_t value, uint64_t timeout)
{
	struct timespec time;

	return outcome(
		syscall(SYS_futex, word, FUTEX_WAIT, value, timespec_of(timeout, &time), NULL, 0));
}

int wait_nap(uint64_t timeout)
{
	struct timespec time = { .tv_nsec = NAP_NANOSECONDS };

	if (timeout < NAP_NANOSECONDS)
		time.tv_nsec = (long)timeout;
	return -clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

int wait_poll(int fd, uint64_t timeout)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	struct timespec time;
	int r = ppoll(&poll, 1, timespec_of(timeout, &time), NULL);

	return r < 0 ? -errno : r;
}

void wait_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

uint64_t wait_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

uint64_t wait_deadline(uint64_t timeout)
{
	uint64_t now;

	if (timeout == BAF_INFINITE)
		return BAF_INFINITE;
	now = wait_now();
	return timeout < BAF_INFINITE - now ? now + timeout : BAF_INFINITE;
}

uint64_t wait_left(uint64_t deadline)
{
	uint64_t now;

	if (deadline == BAF_INFINITE)
		return BAF_INFINITE;
	now = wait_now();
	return deadline > now ? deadline - now : 0;
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

enum { SPIN_POLLS = 50, SPIN_YIELDS_BUSY = 100, SPIN_YIELDS_IDLE = 3 };

#define SPIN_BUSY UINT64_C(250000) /* nanoseconds between two waits */

void wait_spin_start(struct wait_spin *spin)
{
	uint64_t now = wait_now();
	bool busy = now - spin->started < SPIN_BUSY;

	spin->started = now;
	spin->polls = SPIN_POLLS;
	spin->yields = busy ? SPIN_YIELDS_BUSY : SPIN_YIELDS_IDLE;
}

bool wait_spin(struct wait_spin *spin)
{
	if (spin->polls) {
		spin->polls--;
		relax();
	} else if (spin->yields) {
		spin->yields--;
		sched_yield();
	} else {
		return false;
	}
	return true;
}
