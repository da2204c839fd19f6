/* SPDX-License-Identifier: MIT */
/*
 * Topic names and patterns; the rules are in baf.h.
 */
#ifndef BAF_NAME_H
#define BAF_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a valid pattern is a name: it matches only that topic. */
bool pattern_is_name(const char *pattern);

/* struct patterns - a list of patterns; all zeros: it is empty */
struct patterns {
	char **items;
	size_t n;
};

/* Adds a copy of a valid pattern. 0 or -ENOMEM. */
int patterns_add(struct patterns *patterns, const char *pattern);

/* Whether a name matches any of them. */
bool patterns_match(const struct patterns *patterns, const char *name);

void patterns_deinit(struct patterns *patterns);

#endif /* BAF_NAME_H */
