/* SPDX-License-Identifier: MIT */
/*
 * Structures that grow with the library: a caller's may be older (smaller) or newer (larger) than
 * ours.
 */
#ifndef BAF_OPTIONS_H
#define BAF_OPTIONS_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* No structure will ever be larger. */
enum { OPTIONS_SIZE_MAX = 4096 };

/*
 * Copies a caller's structure, which begins with its size, into ours, which holds the defaults.
 * 0; -EINVAL: it is too small for its own size field; -E2BIG: it asks for something that we do
 * not know.
 */
static inline int options_take(void *ours, size_t our_size, const void *theirs)
{
	const unsigned char *bytes = theirs;
	size_t size;

	if (!theirs)
		return 0;
	memcpy(&size, theirs, sizeof(size));
	if (size < sizeof(size))
		return -EINVAL;
	if (size > OPTIONS_SIZE_MAX)
		return -E2BIG;
	for (size_t i = our_size; i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memcpy(ours, theirs, size < our_size ? size : our_size);
	return 0;
}

/*
 * Copies our structure into a caller's, as much as fits; zeroes the rest of a larger one. 0 or
 * -EINVAL.
 */
static inline int options_give(void *theirs, const void *ours, size_t our_size)
{
	size_t size;

	memcpy(&size, theirs, sizeof(size));
	if (size < sizeof(size))
		return -EINVAL;
	memset(theirs, 0, size);
	memcpy(theirs, ours, size < our_size ? size : our_size);
	memcpy(theirs, &size, sizeof(size));
	return 0;
}

#endif /* BAF_OPTIONS_H */
