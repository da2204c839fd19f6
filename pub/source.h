/* SPDX-License-Identifier: MIT */
/*
 * What pubmsg reads: stdin, copied to stdout on the way with --tee.
 */
#ifndef BAF_PUB_SOURCE_H
#define BAF_PUB_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/fail.h"

struct source {
	bool tee; /**< stdout gets a copy */
	/** Called when it is time, also while nothing comes; returns the next time. */
	uint64_t (*tick)(void *context);
	void *tick_context;
	uint64_t tick_due; /**< NEVER: not at all */
};

/**
 * Reads once, waiting if need be. Returns the bytes; 0 at the end; -EINTR if the program was
 * asked to stop; else a negative errno.
 */
ssize_t source_read(struct source *source, void *buffer, size_t size);

/** Says how many bytes can be read without waiting; 0: none, or it is not known. */
size_t source_pending(const struct source *source);

/** Waits until something can be read, or it is the end, or the program was asked to stop. */
void source_wait(struct source *source);

/**
 * Says that reading for @p topic failed with @p error; a signal that stops the program is no
 * failure.
 */
enum status source_failed(const char *topic, int error);

#endif /* BAF_PUB_SOURCE_H */
