/* SPDX-License-Identifier: MIT */
/*
 * Points in time as RFC 3339 has them: 2026-01-02T03:04:05.123456789Z.
 */
#ifndef BAF_UTIL_TIMESTAMP_H
#define BAF_UTIL_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buffer.h"

#define TIMESTAMP_SIZE 30

/** What is written is the same for a second, but for the nanoseconds. All zero to begin with. */
struct timestamp {
	uint64_t second;
	char text[sizeof("2026-01-02T03:04:05")];
};

/**
 * Writes @p time, nanoseconds since 1970, at @p to: TIMESTAMP_SIZE bytes, no NUL. Returns their
 * end.
 */
char *timestamp_write(struct timestamp *cache, char *to, uint64_t time);

/** Appends what timestamp_write() writes. */
void timestamp_append(struct buffer *to, struct timestamp *cache, uint64_t time);

/** Appends @p time as SECONDS.NANOSECONDS since 1970. */
void timestamp_append_epoch(struct buffer *to, uint64_t time);

/** Reads a point in time. Returns whether it was one. */
bool timestamp_parse(const char *text, uint64_t *timep);

#endif /* BAF_UTIL_TIMESTAMP_H */
