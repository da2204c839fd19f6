/* SPDX-License-Identifier: MIT */
/* Writes numbers as digits where printf would be too slow. */
#ifndef BAF_UTIL_DECIMAL_H
#define BAF_UTIL_DECIMAL_H

#include <stdint.h>

#include "util/buffer.h"

#define DECIMAL_SIZE 20 /* digits of the largest number */

/** Writes @p value at @p to, without a NUL. Returns the place behind the last digit. */
char *decimal_write(char *to, uint64_t value);

/** Like decimal_write(), but always @p n_digits long: pads with zeros or drops leading digits. */
char *decimal_write_padded(char *to, uint64_t value, unsigned int n_digits);

/** Appends the digits of @p value. */
void decimal_append(struct buffer *to, uint64_t value);

/**
 * Reads an optional fraction such as ".5", and stores it in billionths. Returns the place behind
 * it; NULL if it is malformed or @p text is NULL.
 */
const char *decimal_read_fraction(const char *text, uint64_t *billionthsp);

#endif /* BAF_UTIL_DECIMAL_H */
