/* SPDX-License-Identifier: MIT */
/*
 * --framing: how a stream of bytes splits into messages.
 */
#ifndef BAF_UTIL_FRAMING_H
#define BAF_UTIL_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "baf.h"
#include "util/options.h"

#define FRAMING_NAMES "line, nul, len, raw or one"

enum framing {
	FRAMING_LINE, /**< each message ends in '\n' */
	FRAMING_NUL, /**< each message ends in '\0' */
	FRAMING_LEN, /**< each message stands behind its length, 4 bytes big-endian */
	FRAMING_RAW, /**< bytes as they come */
	FRAMING_ONE, /**< all of it is one message */
};

#define FRAMING_LENGTH_SIZE 4

/** The key of --framing. Each program defines its own row for it. */
#define FRAMING_KEY (4 * OPTION_KEY_FIRST)

/** The table row of -0. */
#define FRAMING_NUL_ROW                                     \
	{                                                   \
		'0', 0, NULL, NULL, "same as --framing=nul" \
	}

/** Handles --framing and -0; exits if the value is wrong. Returns false for any other option. */
bool framing_take_option(enum framing *framingp, const struct options *options, int key);

/** Stores the framing called @p text. Returns false if there is none. */
bool framing_parse(const char *text, enum framing *framingp);

/** Converts a framing for a foreign device, which carries only bytes: one read is one message. */
enum baf_framing framing_of_bytes(enum framing framing);

/** Writes and reads the length in front of a message. */
void framing_write_length(char *to, uint32_t length);
uint32_t framing_read_length(const char *from);

#endif /* BAF_UTIL_FRAMING_H */
