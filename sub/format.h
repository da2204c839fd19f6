/* SPDX-License-Identifier: MIT */
/*
 * --format: the user's template for printing a message. The text is parsed once. The table in
 * format.c and the man page list the directives.
 */
#ifndef BAF_SUB_FORMAT_H
#define BAF_SUB_FORMAT_H

#include <stdbool.h>

#include "sub/received.h"
#include "util/buffer.h"
#include "util/timestamp.h"

/** Appends the value of a directive. */
typedef void format_append_function(struct buffer *to, struct timestamp *cache,
				    const struct received *message);

struct format_piece {
	format_append_function *append; /**< NULL: literal text */
	size_t text_size;
};

/** A parsed format. All zero: prints nothing. */
struct format {
	struct format_piece *pieces;
	size_t n_pieces;
	char *text; /**< all literal text, concatenated */
};

#define FORMAT_WRONG_SIZE 3 /* a directive with its percent sign, or an escape, and a NUL */

/** Parses @p text. If it is not valid, returns false and stores the wrong part. */
bool format_parse(struct format *format, const char *text, char wrong[FORMAT_WRONG_SIZE]);

void format_deinit(struct format *format);

/** Appends a message as the format says. */
void format_append(const struct format *format, struct buffer *to, struct timestamp *cache,
		   const struct received *message);

#endif /* BAF_SUB_FORMAT_H */
