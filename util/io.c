/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/signals.h"

/* With larger pipes and batches, data leave the processor's caches on the way from end to end. */
#define PIPE_SIZE (256 << 10)

void io_fill_standard_descriptors(void)
{
	/*
	 * open(2) takes the lowest free number. The access mode is wrong on purpose: using the
	 * descriptor must fail.
	 */
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void io_enlarge_pipe(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	/* This fails if the user already has many large pipes. A small pipe works too. */
	if (size >= 0 && size < PIPE_SIZE)
		fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

int io_wait(int fd, short events, uint64_t timeout)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	struct timespec span = { .tv_sec = (time_t)(timeout / NANOSECONDS_PER_SECOND),
				 .tv_nsec = (long)(timeout % NANOSECONDS_PER_SECOND) };
	int n = ppoll(&poll_fd, 1, timeout == NEVER ? NULL : &span, NULL);

	if (n < 0)
		return -errno;
	return n == 0 ? 0 : poll_fd.revents;
}

ssize_t io_read(int fd, void *buffer, size_t size)
{
	for (;;) {
		ssize_t n;

		/* A signal that comes after this check still interrupts read(2): see signals.c. */
		if (signals_stopping())
			return -EINTR;
		n = read(fd, buffer, size);
		if (n >= 0)
			return n;
		if (errno == EAGAIN)
			io_wait(fd, POLLIN, NEVER);
		else if (errno != EINTR)
			return -errno;
	}
}

size_t io_pending(int fd)
{
	int n = 0;

	if (ioctl(fd, FIONREAD, &n) < 0)
		return 0;
	/* A file of several gigabytes does not fit an int. */
	return n < 0 ? INT_MAX : (size_t)n;
}

int io_write_all(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n >= 0) {
			signals_progress();
			bytes += n;
			size -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return -errno;
		} else if (signals_urgent()) {
			return -EINTR;
		} else if (errno == EAGAIN) {
			io_wait(fd, POLLOUT, NEVER);
		}
	}
	return 0;
}
