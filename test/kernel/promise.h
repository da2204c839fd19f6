/* SPDX-License-Identifier: MIT */
/*
 * Shared by the programs that test the module's promises. Each program has a mount of its own.
 * Each promise has a topic and a process of its own, so that none leaves descriptors or children
 * to the next.
 */
#ifndef PROMISE_H
#define PROMISE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fanout.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

extern char mount_point[sizeof("/tmp/fanout.XXXXXX")];
extern char path[128]; /* path of the current test's topic */
extern const char *failed_at;
extern int failed_line, failed_errno;

/* In a test: if @condition is false, the promise is broken. */
#define EXPECT(condition)                       \
	do {                                    \
		errno = 0;                      \
		if (!(condition)) {             \
			failed_errno = errno;   \
			failed_at = #condition; \
			failed_line = __LINE__; \
			return false;           \
		}                               \
	} while (0)

/* In a test: @call must fail with errno @number. */
#define EXPECT_ERRNO(call, number) EXPECT((call) == -1 && errno == (number))

static inline int open_topic(int flags)
{
	return open(path, flags | O_CLOEXEC, 0600);
}

static inline bool make_topic(uint64_t capacity)
{
	int fd = open_topic(O_WRONLY | O_CREAT);
	bool made = fd >= 0 && ftruncate(fd, (off_t)capacity) == 0;

	close(fd);
	return made;
}

static inline int reader(void)
{
	int fd = open_topic(O_RDONLY);

	/* Not at open: publishers would not wait for it yet. */
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static inline int writer(void)
{
	return open_topic(O_WRONLY);
}

static inline int publisher(uint64_t patience, uint32_t flags)
{
	struct fanout_publish terms = { .patience = patience, .flags = flags };
	int fd = writer();

	return fd >= 0 && ioctl(fd, FANOUT_IOC_PUBLISH, &terms) == 0 ? fd : -1;
}

static inline bool put(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Whether a read returns exactly this. */
static inline bool gets(int fd, const char *text)
{
	char buffer[65536];
	ssize_t n = read(fd, buffer, sizeof(buffer));

	return n == (ssize_t)strlen(text) && memcmp(buffer, text, (size_t)n) == 0;
}

static inline short events(int fd, short wanted, int timeout)
{
	struct pollfd poll_fd = { .fd = fd, .events = wanted };

	return poll(&poll_fd, 1, timeout) < 0 ? -1 : poll_fd.revents;
}

static inline uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* Whether a child exited with this status, by itself. */
static inline bool ended(pid_t child, int status)
{
	int how;

	return waitpid(child, &how, 0) == child && WIFEXITED(how) && WEXITSTATUS(how) == status;
}

/* Waits until the process sleeps in the kernel. */
static inline bool is_asleep(pid_t process)
{
	uint64_t deadline = now() + 20 * SECOND;
	char name[64], line[256];

	snprintf(name, sizeof(name), "/proc/%d/stat", process);
	while (now() < deadline) {
		int fd = open(name, O_RDONLY);
		ssize_t n = read(fd, line, sizeof(line) - 1);
		char *state;

		close(fd);
		line[n > 0 ? n : 0] = '\0';
		state = strrchr(line, ')');
		if (state && state[2] == 'S')
			return true;
		sched_yield();
	}
	return false;
}

static inline bool query(int fd, struct fanout_query *answer)
{
	memset(answer, 0xff, sizeof(*answer));
	return ioctl(fd, FANOUT_IOC_QUERY, answer) == 0;
}

static inline struct fanout_loss loss_of(int fd)
{
	struct fanout_loss loss;

	memset(&loss, 0xff, sizeof(loss));
	(void)ioctl(fd, FANOUT_IOC_LOSS, &loss);
	return loss;
}

static inline int subscribe(int fd, uint32_t flags, uint32_t start, uint64_t value)
{
	struct fanout_subscribe where = { .flags = flags, .start = start, .value = value };

	return ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where);
}

struct promise {
	const char *name;
	bool (*keep)(void);
};

/*
 * Declares a function that checks a promise: it returns whether the promise was kept. The linker
 * puts all of them, from all files of a program, one after another, where keep_promises() finds
 * them.
 */
#define PROMISE(function)                                                                     \
	static bool function(void);                                                           \
	static const struct promise promise_##function = { #function, function };             \
	static const struct promise *const entry_##function                                   \
		__attribute__((used, no_reorder, section("promises"))) = &promise_##function; \
	static bool function(void)

/*
 * Checks the promises whose name contains one of @wanted, or all if @wanted is empty. A promise
 * that takes longer than @seconds hangs. Writes TAP to stdout; returns the exit status.
 */
int keep_promises(char **wanted, unsigned int seconds);

#endif /* PROMISE_H */
