/* SPDX-License-Identifier: MIT */
/* How messages are laid out in a run of bytes, for writers. baf_batch_next() reads it. */
#ifndef BAF_FRAMING_H
#define BAF_FRAMING_H

#include <endian.h>
#include <linux/fanout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "baf.h"

/*
 * Writes the length that stands before a message of @size bytes in BAF_FRAMING_LENGTH:
 * FANOUT_LENGTH_PREFIX bytes.
 */
static inline void framing_put_length(unsigned char *at, size_t size)
{
	uint32_t prefix = htobe32((uint32_t)size);

	memcpy(at, &prefix, sizeof(prefix));
}

/*
 * Whether @size bytes can be @n_messages messages, as far as that shows without reading them.
 * @extra: how many of the bytes are not in messages.
 */
static inline bool framing_fits(const unsigned char *data, size_t size, enum baf_framing framing,
				size_t n_messages, size_t *extra)
{
	*extra = 0;
	switch (framing) {
	case BAF_FRAMING_ONE:
		return n_messages == 1;
	case BAF_FRAMING_LINE:
	case BAF_FRAMING_NUL:
		*extra = n_messages;
		return n_messages && n_messages <= size &&
		       data[size - 1] == (framing == BAF_FRAMING_LINE ? '\n' : '\0');
	case BAF_FRAMING_LENGTH:
		*extra = n_messages * FANOUT_LENGTH_PREFIX;
		return n_messages && n_messages <= size / FANOUT_LENGTH_PREFIX;
	}
	return false;
}

#endif /* BAF_FRAMING_H */
