/* SPDX-License-Identifier: MIT */
#include "sub/base64.h"
#include "sub/json.h"
#include "sub/utf8.h"
#include "util/decimal.h"

#define ESCAPE_SIZE_MAX 6 /* \u001f */
#define SLICE 4096 /* is escaped at once: room for the worst case of all of it would be too much */

/* The letter behind the backslash; 'u' stands for a code; 0: the byte stands for itself. */
static const char escapes[256] = {
	'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b',         't',           'n', 'u',
	'f', 'r', 'u', 'u', 'u', 'u', 'u', 'u', 'u',         'u',           'u', 'u',
	'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

static char *write_code(char *to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	memcpy(to, "\\u00", 4);
	to[4] = digits[byte >> 4];
	to[5] = digits[byte & 15];
	return to + ESCAPE_SIZE_MAX;
}

static char *write_escaped(char *to, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char escape = escapes[bytes[i]];

		if (!escape) {
			*to++ = (char)bytes[i];
		} else if (escape == 'u') {
			to = write_code(to, bytes[i]);
		} else {
			*to++ = '\\';
			*to++ = escape;
		}
	}
	return to;
}

static void append_escaped(struct buffer *to, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		size_t slice = size < SLICE ? size : SLICE;
		char *start = buffer_reserve(to, slice * ESCAPE_SIZE_MAX);

		to->size += (size_t)(write_escaped(start, bytes, slice) - start);
		bytes += slice;
		size -= slice;
	}
}

static void append_base64(struct buffer *to, const void *data, size_t size)
{
	char *start = buffer_reserve(to, base64_size(size));

	to->size += (size_t)(base64_write(start, data, size) - start);
}

static void append_text(struct buffer *to, const char *text)
{
	buffer_append(to, text, strlen(text));
}

void json_append_message(struct buffer *to, struct timestamp *cache, const struct received *message)
{
	append_text(to, "{\"topic\":\"");
	append_text(to, message->topic); /* has nothing in it to be escaped */
	append_text(to, "\",\"sequence\":");
	decimal_append(to, message->sequence);
	append_text(to, ",\"time\":\"");
	timestamp_append(to, cache, message->time);
	if (utf8_valid(message->data, message->size)) {
		append_text(to, "\",\"message\":\"");
		append_escaped(to, message->data, message->size);
	} else {
		append_text(to, "\",\"message_base64\":\"");
		append_base64(to, message->data, message->size);
	}
	append_text(to, "\"}");
}

void json_append_loss(struct buffer *to, const char *topic, uint64_t lost, uint64_t sequence)
{
	append_text(to, "{\"topic\":\"");
	append_text(to, topic);
	append_text(to, "\",\"lost\":");
	decimal_append(to, lost);
	append_text(to, ",\"sequence\":");
	decimal_append(to, sequence);
	append_text(to, "}");
}
