/* SPDX-License-Identifier: MIT */
#ifndef BAF_SUB_UTF8_H
#define BAF_SUB_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Returns whether the bytes are UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 */
bool utf8_valid(const void *data, size_t size);

#endif /* BAF_SUB_UTF8_H */
