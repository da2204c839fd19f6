/* SPDX-License-Identifier: MIT */
/* Counts how often a byte occurs, at the speed of memory: how many lines one read returned. */
#ifndef BAF_UTIL_COUNT_H
#define BAF_UTIL_COUNT_H

#include <stddef.h>

/** Returns how many bytes of @p data equal @p byte. */
size_t count_byte(const void *data, size_t size, char byte);

#endif /* BAF_UTIL_COUNT_H */
