/* SPDX-License-Identifier: MIT */
/*
 * --stats: a line of counters on stderr. On a terminal it is there while the program
 * runs, brought up to date once a second; in any case it stands at the end.
 */
#ifndef BAF_UTIL_METER_H
#define BAF_UTIL_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/options.h"

/** The row of --stats. */
#define METER_OPTION_ROW(key)                                                         \
	{                                                                             \
		key, 0, "stats", NULL,                                                \
			"show counters on stderr: live on a terminal, and at the end" \
	}

struct meter_extra {
	const char *name;
	uint64_t value;
};

/** What the counters say. */
struct meter_reading {
	uint64_t messages;
	uint64_t bytes;
	struct meter_extra extras[2]; /**< what only one of the programs counts */
};

struct meter {
	bool on;
	bool live; /**< it is on a terminal */
	uint64_t start;
	uint64_t shown; /**< when */
	uint64_t due;
	uint64_t shown_messages;
	uint64_t shown_bytes;
};

/** Starts the clock. @p on: --stats was given. */
void meter_start(struct meter *meter, bool on);

/** Says when the line wants to be brought up to date: NEVER if there is none. */
uint64_t meter_due(const struct meter *meter);

/** Brings the line up to date; the rates are those since the last time. */
void meter_show(struct meter *meter, const struct meter_reading *reading);

/** Prints the final line; the rates are those since the start. */
void meter_end(struct meter *meter, const struct meter_reading *reading);

/**
 * Writes the line without its end, for @p span nanoseconds in which @p messages and @p bytes came.
 */
void meter_format(char *line, size_t size, const struct meter_reading *reading, uint64_t messages,
		  uint64_t bytes, uint64_t span);

#endif /* BAF_UTIL_METER_H */
