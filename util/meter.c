/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/fail.h"
#include "util/io.h"
#include "util/meter.h"

#define LINE_SIZE 256

void meter_start(struct meter *meter, bool on)
{
	memset(meter, 0, sizeof(*meter));
	meter->on = on;
	meter->live = on && isatty(STDERR_FILENO);
	meter->start = clock_monotonic();
	meter->shown = meter->start;
	meter->due = meter->live ? clock_after(meter->start, NANOSECONDS_PER_SECOND) : NEVER;
}

uint64_t meter_due(const struct meter *meter)
{
	return meter->due;
}

/* 1234567 as "1.23M": three digits are enough for a rate. */
static const char *short_number(char *text, size_t size, double number)
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	while (number >= 999.5 && unit < sizeof(units) - 2) {
		number /= 1000;
		unit++;
	}
	if (unit == 0)
		snprintf(text, size, "%.0f ", number);
	else
		snprintf(text, size, "%.*f %c",
			 number < 9.995 ? 2 :
			 number < 99.95 ? 1 :
					  0,
			 number, units[unit]);
	return text;
}

void meter_format(char *line, size_t size, const struct meter_reading *reading, uint64_t messages,
		  uint64_t bytes, uint64_t span)
{
	double seconds = (double)(span > 0 ? span : 1) / (double)NANOSECONDS_PER_SECOND;
	char message_rate[16], byte_rate[16];

	snprintf(line, size,
		 "%" PRIu64 " %s, %" PRIu64 " %s, %smsg/s, %sB/s, %" PRIu64 " %s, %" PRIu64 " %s",
		 reading->messages, reading->messages == 1 ? "message" : "messages", reading->bytes,
		 reading->bytes == 1 ? "byte" : "bytes",
		 short_number(message_rate, sizeof(message_rate), (double)messages / seconds),
		 short_number(byte_rate, sizeof(byte_rate), (double)bytes / seconds),
		 reading->extras[0].value, reading->extras[0].name, reading->extras[1].value,
		 reading->extras[1].name);
}

void meter_show(struct meter *meter, const struct meter_reading *reading)
{
	uint64_t now = clock_monotonic();
	char text[LINE_SIZE], line[LINE_SIZE + 64];

	meter_format(text, sizeof(text), reading, reading->messages - meter->shown_messages,
		     reading->bytes - meter->shown_bytes, now - meter->shown);
	snprintf(line, sizeof(line), "\r%s: %s\033[K", program_invocation_short_name, text);
	io_write_all(STDERR_FILENO, line, strlen(line));
	say_over_unfinished_line(true);
	meter->shown = now;
	meter->shown_messages = reading->messages;
	meter->shown_bytes = reading->bytes;
	meter->due = clock_after(now, NANOSECONDS_PER_SECOND);
}

void meter_end(struct meter *meter, const struct meter_reading *reading)
{
	char text[LINE_SIZE];

	if (!meter->on)
		return;
	meter_format(text, sizeof(text), reading, reading->messages, reading->bytes,
		     clock_monotonic() - meter->start);
	say("%s", text);
}
