/* SPDX-License-Identifier: MIT */
#ifndef BAF_SUB_BASE64_H
#define BAF_SUB_BASE64_H

#include <stddef.h>

/** Returns how many base64 digits encode @p size bytes. */
static inline size_t base64_size(size_t size)
{
	return (size + 2) / 3 * 4;
}

/** Writes base64 (RFC 4648, with padding) at @p to. Returns the place behind it. */
char *base64_write(char *to, const void *data, size_t size);

#endif /* BAF_SUB_BASE64_H */
