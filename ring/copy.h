/* SPDX-License-Identifier: MIT */
/*
 * Copies from a part of a ring that a publisher may be overwriting. The copy counts only if the
 * tail shows afterwards that it is intact.
 */
#ifndef BAF_COPY_H
#define BAF_COPY_H

#include <stddef.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

/* ThreadSanitizer would report this copy as the race that it is. The race is harmless. */
#ifdef __SANITIZE_THREAD__
__attribute__((no_sanitize("thread"), noinline)) static void
copy_from_ring(void *to, const void *from, size_t size)
{
	volatile unsigned char *bytes = to;

	for (size_t i = 0; i < size; i++)
		bytes[i] = ((const volatile unsigned char *)from)[i];
}
#else
static inline void copy_from_ring(void *to, const void *from, size_t size)
{
	if (size)
		memcpy(to, from, size);
}
#endif

#endif /* BAF_COPY_H */
