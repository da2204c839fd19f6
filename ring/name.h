/* SPDX-License-Identifier: MIT */
/*
 * Topic names and patterns; the rules are in baf.h.
 */
#ifndef BAF_NAME_H
#define BAF_NAME_H

#include <stdbool.h>

/* Whether a valid pattern is a name: it matches just that topic. */
bool pattern_is_name(const char *pattern);

#endif /* BAF_NAME_H */
