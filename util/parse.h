/* SPDX-License-Identifier: MIT */
/*
 * Values of options. Each function returns whether the whole text was such a value; only
 * then it is stored.
 */
#ifndef BAF_UTIL_PARSE_H
#define BAF_UTIL_PARSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** How many: decimal digits. */
bool parse_count(const char *text, uint64_t *countp);

/** SIZE: a number of bytes, or of KiB, MiB, GiB with K, M, G behind it. */
bool parse_size(const char *text, uint64_t *bytesp);

/** A SIZE that the ring of a topic can have. */
bool parse_capacity(const char *text, uint64_t *bytesp);

/** TIME: a number, also 0.5, with ms, s, m, h behind it, or nothing for seconds; to nanoseconds. */
bool parse_time(const char *text, uint64_t *nanosecondsp);

/** A file mode: octal digits, at most 0777. */
bool parse_mode(const char *text, mode_t *modep);

/** A user: the name or number. */
bool parse_user(const char *text, uid_t *userp);

/** A group: its name or number. */
bool parse_group(const char *text, gid_t *groupp);

#endif /* BAF_UTIL_PARSE_H */
