/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "sub/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The first byte restricts the second one; this excludes overlong forms and surrogates. */
static bool second_is_valid(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	}
	return is_continuation(second);
}

/* Returns the size of the character that begins with @p first; 0 if none does. */
static size_t character_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Returns the size of the character at @p bytes; 0 if it is not valid. */
static size_t take_character(const unsigned char *bytes, size_t size)
{
	size_t n = character_size(bytes[0]);

	if (n == 0 || n > size)
		return 0;
	if (n > 1 && !second_is_valid(bytes[0], bytes[1]))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (!is_continuation(bytes[i]))
			return 0;
	return n;
}

/* Returns how many leading bytes are ASCII, checking eight at a time. */
static size_t skip_ascii(const unsigned char *bytes, size_t size)
{
	size_t used = 0;
	uint64_t word;

	for (; size - used >= sizeof(word); used += sizeof(word)) {
		memcpy(&word, bytes + used, sizeof(word));
		if (word & HIGH_BITS)
			break;
	}
	return used;
}

bool utf8_valid(const void *data, size_t size)
{
	const unsigned char *bytes = data;

	while (size > 0) {
		size_t used = skip_ascii(bytes, size);

		if (used == 0)
			used = take_character(bytes, size);
		if (used == 0)
			return false;
		bytes += used;
		size -= used;
	}
	return true;
}
