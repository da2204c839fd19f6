// SPDX-License-Identifier: MIT
#include "ring/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baf.h"

static bool name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static size_t segment_length(const char *segment)
{
	return strcspn(segment, ".");
}

static bool segment_is_one_of(const char *segment, size_t length, const char *bytes)
{
	return length == 1 && strchr(bytes, *segment);
}

static bool segment_is_name(const char *segment, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!name_byte(segment[i]))
			return false;
	return length > 0;
}

static bool valid(const char *name, bool wildcards)
{
	if (*name == '-' || strnlen(name, BAF_NAME_MAX + 1) > BAF_NAME_MAX)
		return false;
	for (const char *segment = name;;) {
		size_t length = segment_length(segment);
		bool last = !segment[length];

		if (!segment_is_name(segment, length) &&
		    !(wildcards && (segment_is_one_of(segment, length, "*+") ||
				    (last && segment_is_one_of(segment, length, ">#")))))
			return false;
		if (last)
			return true;
		segment += length + 1;
	}
}

int baf_name_valid(const char *name)
{
	return valid(name, false);
}

int baf_pattern_valid(const char *pattern)
{
	return valid(pattern, true);
}

bool pattern_is_name(const char *pattern)
{
	return !strpbrk(pattern, "*+>#");
}

int baf_pattern_match(const char *pattern, const char *name)
{
	if (!valid(pattern, true) || !valid(name, false))
		return 0;
	for (;;) {
		size_t length = segment_length(pattern);
		size_t name_length = segment_length(name);

		if (segment_is_one_of(pattern, length, ">#"))
			return 1;
		if (!segment_is_one_of(pattern, length, "*+") &&
		    (length != name_length || memcmp(pattern, name, length) != 0))
			return 0;
		if (!pattern[length] || !name[name_length])
			return !pattern[length] && !name[name_length];
		pattern += length + 1;
		name += name_length + 1;
	}
}

int patterns_add(struct patterns *patterns, const char *pattern)
{
	char **items = realloc(patterns->items, (patterns->n + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	patterns->items = items;
	items[patterns->n] = strdup(pattern);
	if (!items[patterns->n])
		return -ENOMEM;
	patterns->n++;
	return 0;
}

bool patterns_match(const struct patterns *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (baf_pattern_match(patterns->items[i], name))
			return true;
	return false;
}

void patterns_deinit(struct patterns *patterns)
{
	while (patterns->n)
		free(patterns->items[--patterns->n]);
	free(patterns->items);
}
