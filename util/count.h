/* SPDX-License-Identifier: MIT */
/*
 * Counting a byte, at the speed of memory: how many lines are in what was read.
 */
#ifndef BAF_UTIL_COUNT_H
#define BAF_UTIL_COUNT_H

#include <stddef.h>

/** Counts the bytes of @p data that are @p byte. */
size_t count_byte(const void *data, size_t size, char byte);

#endif /* BAF_UTIL_COUNT_H */
