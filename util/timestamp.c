/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "util/clock.h"
#include "util/decimal.h"
#include "util/timestamp.h"

#define CACHED_SIZE (sizeof(((struct timestamp *)NULL)->text) - 1)

static void write_second(struct timestamp *cache, uint64_t second)
{
	time_t seconds = (time_t)second;
	struct tm tm;
	char *to = cache->text;

	gmtime_r(&seconds, &tm);
	to = decimal_write_padded(to, (uint64_t)tm.tm_year + 1900, 4);
	*to++ = '-';
	to = decimal_write_padded(to, (uint64_t)tm.tm_mon + 1, 2);
	*to++ = '-';
	to = decimal_write_padded(to, (uint64_t)tm.tm_mday, 2);
	*to++ = 'T';
	to = decimal_write_padded(to, (uint64_t)tm.tm_hour, 2);
	*to++ = ':';
	to = decimal_write_padded(to, (uint64_t)tm.tm_min, 2);
	*to++ = ':';
	decimal_write_padded(to, (uint64_t)tm.tm_sec, 2);
	cache->second = second;
}

char *timestamp_write(struct timestamp *cache, char *to, uint64_t time)
{
	uint64_t second = time / NANOSECONDS_PER_SECOND;

	if (second != cache->second || cache->text[0] == '\0')
		write_second(cache, second);
	memcpy(to, cache->text, CACHED_SIZE);
	to += CACHED_SIZE;
	*to++ = '.';
	to = decimal_write_padded(to, time % NANOSECONDS_PER_SECOND, 9);
	*to++ = 'Z';
	return to;
}

void timestamp_append(struct buffer *to, struct timestamp *cache, uint64_t time)
{
	timestamp_write(cache, buffer_reserve(to, TIMESTAMP_SIZE), time);
	to->size += TIMESTAMP_SIZE;
}

void timestamp_append_epoch(struct buffer *to, uint64_t time)
{
	decimal_append(to, time / NANOSECONDS_PER_SECOND);
	buffer_append_byte(to, '.');
	decimal_write_padded(buffer_reserve(to, 9), time % NANOSECONDS_PER_SECOND, 9);
	to->size += 9;
}

/*
 * Reads exactly @p n_digits digits. Returns the place behind them; NULL if they are not there or @p
 * text is NULL.
 */
static const char *take_number(const char *text, unsigned int n_digits, int *numberp)
{
	int number = 0;

	for (unsigned int i = 0; text && i < n_digits; i++, text++) {
		if (!isdigit((unsigned char)*text))
			return NULL;
		number = number * 10 + (*text - '0');
	}
	*numberp = number;
	return text;
}

/* Like take_number(), for one character out of @p characters. */
static const char *take_one_of(const char *text, const char *characters)
{
	return text && *text && strchr(characters, *text) ? text + 1 : NULL;
}

static const char *take_date_and_time(const char *text, struct tm *tm)
{
	text = take_number(text, 4, &tm->tm_year);
	text = take_one_of(text, "-");
	text = take_number(text, 2, &tm->tm_mon);
	text = take_one_of(text, "-");
	text = take_number(text, 2, &tm->tm_mday);
	text = take_one_of(text, "Tt ");
	text = take_number(text, 2, &tm->tm_hour);
	text = take_one_of(text, ":");
	text = take_number(text, 2, &tm->tm_min);
	text = take_one_of(text, ":");
	text = take_number(text, 2, &tm->tm_sec);
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return text;
}

/* "Z" or "+01:00": by how many seconds local time is ahead of UTC. */
static const char *take_zone(const char *text, int *secondsp)
{
	int hours = 0, minutes = 0, sign;

	*secondsp = 0;
	if (!text || *text == 'Z' || *text == 'z')
		return text ? text + 1 : NULL;
	sign = *text == '-' ? -1 : 1;
	text = take_one_of(text, "+-");
	text = take_number(text, 2, &hours);
	text = take_one_of(text, ":");
	text = take_number(text, 2, &minutes);
	if (hours > 23 || minutes > 59)
		return NULL;
	*secondsp = sign * (hours * 3600 + minutes * 60);
	return text;
}

/* timegm() accepts 30 February, and turns it into a day in March. */
static bool same_date(const struct tm *a, const struct tm *b)
{
	return a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday && a->tm_hour == b->tm_hour &&
	       a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

bool timestamp_parse(const char *text, uint64_t *timep)
{
	struct tm tm = { 0 }, normal;
	uint64_t nanoseconds;
	time_t seconds;
	int ahead;

	text = take_date_and_time(text, &tm);
	text = decimal_read_fraction(text, &nanoseconds);
	text = take_zone(text, &ahead);
	if (!text || *text)
		return false;
	if (tm.tm_sec == 60) /* a leap second counts as the second before it */
		tm.tm_sec = 59;
	normal = tm;
	seconds = timegm(&normal);
	if (!same_date(&tm, &normal))
		return false;
	seconds -= ahead;
	if (seconds < 0 || (uint64_t)seconds >= NEVER / NANOSECONDS_PER_SECOND)
		return false;
	*timep = (uint64_t)seconds * NANOSECONDS_PER_SECOND + nanoseconds;
	return true;
}
