/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "pub/source.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/signals.h"

static void tick_if_due(struct source *source)
{
	if (source->tick_due != NEVER && clock_monotonic() >= source->tick_due)
		source->tick_due = source->tick(source->tick_context);
}

void source_wait(struct source *source)
{
	while (!signals_stopping()) {
		uint64_t timeout = source->tick_due == NEVER ?
					   NEVER :
					   clock_until(source->tick_due, clock_monotonic());

		if (io_wait(STDIN_FILENO, POLLIN, timeout) > 0)
			return;
		tick_if_due(source);
	}
}

/* The copy is optional: if stdout dies, the topic still gets everything. */
static void copy_to_stdout(struct source *source, const void *data, size_t size)
{
	int r = io_write_all(STDOUT_FILENO, data, size);

	if (r == 0)
		return;
	source->tee = false;
	if (r != -EPIPE && r != -EINTR)
		say("stdout: %s: continuing without --tee", strerror(-r));
}

ssize_t source_read(struct source *source, void *buffer, size_t size)
{
	ssize_t n;

	if (source->tick_due != NEVER) {
		source_wait(source);
		tick_if_due(source);
	}
	n = io_read(STDIN_FILENO, buffer, size);
	if (n > 0 && source->tee)
		copy_to_stdout(source, buffer, (size_t)n);
	return n;
}

size_t source_pending(const struct source *source)
{
	return io_pending(STDIN_FILENO);
}

enum status source_failed(const char *topic, int error)
{
	if (error == -EINTR)
		return STATUS_DONE;
	if (error == -EBADF)
		return fail(STATUS_FAILED,
			    "stdin is closed: connect it, or give a message with -m");
	/* read(2) into a part of the ring that was truncated away. */
	if (error == -EFAULT)
		return fail(STATUS_FAILED,
			    "%s: the topic was truncated: remove it and publish again", topic);
	return fail(STATUS_FAILED, "stdin: %s: connect a file or a pipe", strerror(-error));
}
