/* SPDX-License-Identifier: MIT */
/*
 * --format: what is printed of each message, in the user's words. The text is taken apart
 * once; the directives are listed in the table of format.c and in the man page.
 */
#ifndef BAF_SUB_FORMAT_H
#define BAF_SUB_FORMAT_H

#include <stdbool.h>

#include "sub/received.h"
#include "util/buffer.h"
#include "util/timestamp.h"

/** Appends what a directive stands for. */
typedef void format_append_function(struct buffer *to, struct timestamp *cache,
				    const struct received *message);

struct format_piece {
	format_append_function *append; /**< NULL: it is text */
	size_t text_size;
};

/** All zero: prints nothing. */
struct format {
	struct format_piece *pieces;
	size_t n_pieces;
	char *text; /**< of all pieces of text, one behind the other */
};

#define FORMAT_WRONG_SIZE 3 /* a directive with its percent sign, or an escape, and a NUL */

/** Takes @p text apart. If it is not valid, returns false and stores what is wrong. */
bool format_parse(struct format *format, const char *text, char wrong[FORMAT_WRONG_SIZE]);

void format_deinit(struct format *format);

/** Appends what the format makes of a message. */
void format_append(const struct format *format, struct buffer *to, struct timestamp *cache,
		   const struct received *message);

#endif /* BAF_SUB_FORMAT_H */
