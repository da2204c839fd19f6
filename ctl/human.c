/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ctl/human.h"
#include "util/clock.h"
#include "util/timestamp.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static __attribute__((format(printf, 2, 3))) void append(struct buffer *to, const char *format, ...)
{
	va_list arguments;
	char text[64];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	buffer_append(to, text, strlen(text));
}

/* Appends three digits and a unit; whole numbers stay whole. */
static void append_scaled(struct buffer *to, uint64_t number, unsigned int base, const char *units)
{
	double scaled = (double)number;
	uint64_t unit = 1;

	while (scaled >= (double)base - 0.5 && units[1]) {
		scaled /= base;
		unit *= base;
		units++;
	}
	if (number % unit == 0)
		append(to, "%" PRIu64, number / unit);
	else
		append(to, "%.*f", scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0, scaled);
	if (unit > 1)
		buffer_append_byte(to, *units);
}

void human_append_count(struct buffer *to, uint64_t count)
{
	append_scaled(to, count, 1000, " kMGTPE");
}

void human_append_bytes(struct buffer *to, uint64_t bytes)
{
	append_scaled(to, bytes, 1024, " KMGTPE");
}

void human_append_span(struct buffer *to, uint64_t span)
{
	uint64_t seconds = span / NANOSECONDS_PER_SECOND;

	if (span < NANOSECONDS_PER_SECOND)
		append(to, "%" PRIu64 "ms", span / NANOSECONDS_PER_MILLISECOND);
	else if (seconds < MINUTE)
		append(to, "%" PRIu64 ".%" PRIu64 "s", seconds,
		       span % NANOSECONDS_PER_SECOND / (NANOSECONDS_PER_SECOND / 10));
	else if (seconds < HOUR)
		append(to, "%" PRIu64 "m%02" PRIu64 "s", seconds / MINUTE, seconds % MINUTE);
	else if (seconds < DAY)
		append(to, "%" PRIu64 "h%02" PRIu64 "m", seconds / HOUR, seconds % HOUR / MINUTE);
	else
		append(to, "%" PRIu64 "d%02" PRIu64 "h", seconds / DAY, seconds % DAY / HOUR);
}

void human_append_time(struct buffer *to, uint64_t time)
{
	struct timestamp cache = { 0 };
	char text[TIMESTAMP_SIZE];

	timestamp_write(&cache, text, time);
	append(to, "%.10s %.8sZ", text, text + 11);
}
