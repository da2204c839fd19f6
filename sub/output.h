/* SPDX-License-Identifier: MIT */
/* stdout: output is collected, and written in large pieces. Flush it before sleeping. */
#ifndef BAF_SUB_OUTPUT_H
#define BAF_SUB_OUTPUT_H

#include <stdbool.h>

#include "util/buffer.h"
#include "util/fail.h"

/** How much is collected before it is written. */
#define OUTPUT_SIZE (256 << 10)

/** Returns whether enough is collected for a write. */
static inline bool output_is_full(const struct buffer *output)
{
	return output->size >= OUTPUT_SIZE;
}

/**
 * Writes what is collected. Dies by SIGPIPE if nobody reads stdout any more. Returns STATUS_DONE,
 * or reports the error and returns the status to exit with.
 */
enum status output_flush(struct buffer *output);

/**
 * Checks the revents of poll(2) for stdout. Dies by SIGPIPE if the reader is gone; else returns
 * like output_flush().
 */
enum status output_check(short revents);

#endif /* BAF_SUB_OUTPUT_H */
