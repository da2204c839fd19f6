/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "sub/output.h"
#include "util/io.h"
#include "util/signals.h"

static enum status fail_to_write(int error)
{
	switch (error) {
	case -EINTR:
		return STATUS_FAILED; /* ends by the signal */
	case -EPIPE:
		signals_die(SIGPIPE); /* even if SIGPIPE was ignored at the start */
	case -EBADF:
		return fail(STATUS_FAILED, "stdout is closed: connect it");
	case -ENOSPC:
		return fail(STATUS_FAILED, "stdout: no space left: free space, or write elsewhere");
	}
	return fail(STATUS_FAILED, "stdout: %s", strerror(-error));
}

enum status output_flush(struct buffer *output)
{
	int r = io_write_all(STDOUT_FILENO, output->data, output->size);

	output->size = 0;
	return r < 0 ? fail_to_write(r) : STATUS_DONE;
}

enum status output_check(short revents)
{
	if (revents & POLLNVAL)
		return fail_to_write(-EBADF);
	if (revents & (POLLERR | POLLHUP))
		signals_die(SIGPIPE);
	return STATUS_DONE;
}
