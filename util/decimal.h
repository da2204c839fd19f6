/* SPDX-License-Identifier: MIT */
/*
 * Numbers as digits, for output that has no time for printf.
 */
#ifndef BAF_UTIL_DECIMAL_H
#define BAF_UTIL_DECIMAL_H

#include <stdint.h>

#include "util/buffer.h"

#define DECIMAL_SIZE 20 /* digits of the largest number */

/** Writes @p value at @p to, without a NUL. Returns the end of it. */
char *decimal_write(char *to, uint64_t value);

/** As decimal_write(), with zeros in front to make it @p n_digits long; more are cut off. */
char *decimal_write_padded(char *to, uint64_t value, unsigned int n_digits);

/** Appends @p value. */
void decimal_append(struct buffer *to, uint64_t value);

/**
 * Reads ".5", if there is one, as billionths. Returns what is behind it, or NULL, also for NULL.
 */
const char *decimal_read_fraction(const char *text, uint64_t *billionthsp);

#endif /* BAF_UTIL_DECIMAL_H */
