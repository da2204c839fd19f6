/* SPDX-License-Identifier: MIT */
/*
 * Parsers for option values. Each returns whether the whole text is a valid value, and stores the
 * value only if so.
 */
#ifndef BAF_UTIL_PARSE_H
#define BAF_UTIL_PARSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** A count: decimal digits. */
bool parse_count(const char *text, uint64_t *countp);

/** SIZE: a number of bytes, or with K, M or G behind it of KiB, MiB or GiB. */
bool parse_size(const char *text, uint64_t *bytesp);

/** A SIZE that is valid as the capacity of a ring. */
bool parse_capacity(const char *text, uint64_t *bytesp);

/**
 * TIME: a number such as 2 or 0.5 with unit ms, s, m or h, seconds without; stored in nanoseconds.
 */
bool parse_time(const char *text, uint64_t *nanosecondsp);

/** A file mode: octal digits, at most 0777. */
bool parse_mode(const char *text, mode_t *modep);

/** A user: its name or number. */
bool parse_user(const char *text, uid_t *userp);

/** A group: its name or number. */
bool parse_group(const char *text, gid_t *groupp);

#endif /* BAF_UTIL_PARSE_H */
