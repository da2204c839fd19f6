/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "pub/input.h"

enum status input_failed(const struct sink *sink, int error)
{
	if (error == -EINTR)
		return STATUS_DONE;
	if (error == -EBADF)
		return fail(STATUS_FAILED,
			    "stdin is closed: connect it, or give a message with -m");
	/* read(2) into a part of the ring that is no longer there. */
	if (error == -EFAULT)
		return fail(STATUS_FAILED,
			    "%s: the topic was truncated: remove it, and publish anew",
			    sink->settings->topic);
	return fail(STATUS_FAILED, "stdin: %s: connect a file or a pipe", strerror(-error));
}

enum status input_publish(struct source *source, struct sink *sink)
{
	enum framing framing = sink->settings->framing;

	switch (framing) {
	case FRAMING_LINE:
	case FRAMING_NUL:
		return input_delimited(source, sink, framing);
	case FRAMING_LEN:
		return input_prefixed(source, sink);
	case FRAMING_RAW:
		return input_raw(source, sink);
	case FRAMING_ONE:
		return input_one(source, sink);
	}
	return STATUS_USAGE;
}
