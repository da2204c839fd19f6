/* SPDX-License-Identifier: MIT */
/*
 * --stats: a line of counters on stderr. On a terminal it is updated once a second while the
 * program runs. The final line is always printed.
 */
#ifndef BAF_UTIL_METER_H
#define BAF_UTIL_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/options.h"

/** The table row of --stats. */
#define METER_OPTION_ROW(key)                                                         \
	{                                                                             \
		key, 0, "stats", NULL,                                                \
			"show counters on stderr: live on a terminal, and at the end" \
	}

struct meter_extra {
	const char *name;
	uint64_t value;
};

/** The current values of the counters. */
struct meter_reading {
	uint64_t messages;
	uint64_t bytes;
	struct meter_extra extras[2]; /**< counters that only one program has */
};

struct meter {
	bool on;
	bool live; /**< it is on a terminal */
	uint64_t start;
	uint64_t shown; /**< when it was last shown */
	uint64_t due;
	uint64_t shown_messages;
	uint64_t shown_bytes;
};

/** Starts the clock. @p on says whether --stats was given. */
void meter_start(struct meter *meter, bool on);

/** Returns when the line needs its next update; NEVER if no line is shown. */
uint64_t meter_due(const struct meter *meter);

/** Updates the line. Its rates count from the previous update. */
void meter_show(struct meter *meter, const struct meter_reading *reading);

/** Prints the final line. Its rates count from the start. */
void meter_end(struct meter *meter, const struct meter_reading *reading);

/**
 * Formats the line, without a line end, for @p messages and @p bytes that came in @p span
 * nanoseconds.
 */
void meter_format(char *line, size_t size, const struct meter_reading *reading, uint64_t messages,
		  uint64_t bytes, uint64_t span);

#endif /* BAF_UTIL_METER_H */
