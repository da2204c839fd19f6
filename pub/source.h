/* SPDX-License-Identifier: MIT */
/* The input of pubmsg: stdin. --tee copies it to stdout on the way. */
#ifndef BAF_PUB_SOURCE_H
#define BAF_PUB_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/fail.h"

struct source {
	bool tee; /**< stdout gets a copy */
	/** Called when tick_due has come, even if there is no input; returns the next time. */
	uint64_t (*tick)(void *context);
	void *tick_context;
	uint64_t tick_due; /**< NEVER: do not call it */
};

/**
 * Reads once, waiting for input. Returns the number of bytes; 0 at the end; -EINTR if the program
 * was asked to stop; else a negative errno.
 */
ssize_t source_read(struct source *source, void *buffer, size_t size);

/** Returns how many bytes can be read without waiting; 0 if none or unknown. */
size_t source_pending(const struct source *source);

/** Waits for input, the end of input, or a request to stop. */
void source_wait(struct source *source);

/**
 * Reports that reading input for @p topic failed with @p error. Returns the status to exit with:
 * STATUS_DONE if the error is only a signal that stops the program.
 */
enum status source_failed(const char *topic, int error);

#endif /* BAF_PUB_SOURCE_H */
