/* SPDX-License-Identifier: MIT */
/*
 * What goes to stdout: collected, and written in large pieces. Whoever is about to sleep flushes.
 */
#ifndef BAF_SUB_OUTPUT_H
#define BAF_SUB_OUTPUT_H

#include <stdbool.h>

#include "util/buffer.h"
#include "util/fail.h"

/** How much is collected before it is written. */
#define OUTPUT_SIZE (256 << 10)

/** Says whether enough is collected. */
static inline bool output_is_full(const struct buffer *output)
{
	return output->size >= OUTPUT_SIZE;
}

/**
 * Writes what is collected. Dies by SIGPIPE if nobody reads it any more. Returns the status to exit
 * with, after the error was told; STATUS_DONE: all is well.
 */
enum status output_flush(struct buffer *output);

/**
 * Says whether stdout still leads somewhere, as revents of poll(2) tell; dies by SIGPIPE if the
 * reader is gone.
 */
enum status output_check(short revents);

#endif /* BAF_SUB_OUTPUT_H */
