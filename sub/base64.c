/* SPDX-License-Identifier: MIT */
#include "sub/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Writes three bytes as four digits. */
static char *write_group(char *to, unsigned char a, unsigned char b, unsigned char c)
{
	*to++ = digits[a >> 2];
	*to++ = digits[(a & 3) << 4 | b >> 4];
	*to++ = digits[(b & 15) << 2 | c >> 6];
	*to++ = digits[c & 63];
	return to;
}

char *base64_write(char *to, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (; size >= 3; size -= 3, bytes += 3)
		to = write_group(to, bytes[0], bytes[1], bytes[2]);
	if (size == 0)
		return to;
	to = write_group(to, bytes[0], size == 2 ? bytes[1] : 0, 0);
	to[-1] = '=';
	if (size == 1)
		to[-2] = '=';
	return to;
}
