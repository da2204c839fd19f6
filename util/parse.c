/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <grp.h>
#include <linux/fanout.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>

#include "util/clock.h"
#include "util/decimal.h"
#include "util/parse.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { NULL, 0 },
};

static const struct unit time_units[] = {
	{ "", NANOSECONDS_PER_SECOND },         { "ms", NANOSECONDS_PER_MILLISECOND },
	{ "s", NANOSECONDS_PER_SECOND },        { "m", 60 * NANOSECONDS_PER_SECOND },
	{ "h", 3600 * NANOSECONDS_PER_SECOND }, { NULL, 0 },
};

/* Returns the factor of a unit; 0 if there is no such unit. */
static uint64_t find_unit(const struct unit *units, const char *name)
{
	while (units->name && strcmp(units->name, name) != 0)
		units++;
	return units->factor;
}

/* Reads at least one digit. Returns the place behind the digits, or NULL. */
static const char *take_whole(const char *text, uint64_t *numberp)
{
	uint64_t number = 0;

	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			return NULL;
	*numberp = number;
	return text;
}

bool parse_count(const char *text, uint64_t *countp)
{
	uint64_t count;

	text = take_whole(text, &count);
	if (!text || *text)
		return false;
	*countp = count;
	return true;
}

bool parse_size(const char *text, uint64_t *bytesp)
{
	uint64_t number, factor, bytes;

	text = take_whole(text, &number);
	if (!text)
		return false;
	factor = find_unit(size_units, text);
	if (factor == 0 || __builtin_mul_overflow(number, factor, &bytes))
		return false;
	*bytesp = bytes;
	return true;
}

bool parse_capacity(const char *text, uint64_t *bytesp)
{
	return parse_size(text, bytesp) && *bytesp > 0 && *bytesp <= FANOUT_CAPACITY_MAX;
}

bool parse_time(const char *text, uint64_t *nanosecondsp)
{
	uint64_t number, billionths, factor, nanoseconds;

	text = take_whole(text, &number);
	text = decimal_read_fraction(text, &billionths);
	if (!text)
		return false;
	factor = find_unit(time_units, text);
	if (factor == 0 || __builtin_mul_overflow(number, factor, &nanoseconds))
		return false;
	/* billionths * factor could overflow 64 bits. All factors are whole milliseconds. */
	billionths = billionths * (factor / NANOSECONDS_PER_MILLISECOND) / 1000;
	if (__builtin_add_overflow(nanoseconds, billionths, &nanoseconds))
		return false;
	*nanosecondsp = nanoseconds;
	return true;
}

bool parse_mode(const char *text, mode_t *modep)
{
	mode_t mode = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return false;
		mode = mode * 8 + (mode_t)(*text - '0');
		if (mode > 0777)
			return false;
	}
	*modep = mode;
	return true;
}

/* The number of a user or group. */
static bool parse_id(const char *text, uint32_t *idp)
{
	uint64_t number;

	/* The largest number means "nobody" to chown(2). */
	if (!parse_count(text, &number) || number >= UINT32_MAX)
		return false;
	*idp = (uint32_t)number;
	return true;
}

bool parse_user(const char *text, uid_t *userp)
{
	const struct passwd *user;

	if (isdigit((unsigned char)*text))
		return parse_id(text, userp);
	user = getpwnam(text);
	if (!user)
		return false;
	*userp = user->pw_uid;
	return true;
}

bool parse_group(const char *text, gid_t *groupp)
{
	const struct group *group;

	if (isdigit((unsigned char)*text))
		return parse_id(text, groupp);
	group = getgrnam(text);
	if (!group)
		return false;
	*groupp = group->gr_gid;
	return true;
}
