/* SPDX-License-Identifier: MIT */
#ifndef BAF_SUB_UTF8_H
#define BAF_SUB_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Says whether the bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, up to
 * U+10FFFF.
 */
bool utf8_valid(const void *data, size_t size);

#endif /* BAF_SUB_UTF8_H */
