/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stddef.h>

#include "util/decimal.h"

char *decimal_write_padded(char *to, uint64_t value, unsigned int n_digits)
{
	for (unsigned int i = n_digits; i > 0; i--) {
		to[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return to + n_digits;
}

char *decimal_write(char *to, uint64_t value)
{
	unsigned int n_digits = 1;

	for (uint64_t rest = value / 10; rest > 0; rest /= 10)
		n_digits++;
	return decimal_write_padded(to, value, n_digits);
}

void decimal_append(struct buffer *to, uint64_t value)
{
	char *start = buffer_reserve(to, DECIMAL_SIZE);

	to->size += (size_t)(decimal_write(start, value) - start);
}

const char *decimal_read_fraction(const char *text, uint64_t *billionthsp)
{
	uint64_t unit = 1000000000;

	*billionthsp = 0;
	if (!text || *text != '.')
		return text;
	if (!isdigit((unsigned char)*++text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++) {
		unit /= 10;
		*billionthsp += (uint64_t)(*text - '0') * unit;
	}
	return text;
}
