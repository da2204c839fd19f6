/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "util/decimal.h"
#include "util/json.h"
#include "util/timestamp.h"

#define ESCAPE_SIZE_MAX 6 /* \u001f */
#define SLICE 4096 /* escaped at once: the worst case of a whole text would be too much */

/* The letter behind the backslash; 'u': a numeric escape; 0: the byte needs no escape. */
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

void json_append_escaped(struct buffer *to, const void *text, size_t size)
{
	const unsigned char *bytes = text;

	while (size > 0) {
		size_t slice = size < SLICE ? size : SLICE;
		char *start = buffer_reserve(to, slice * ESCAPE_SIZE_MAX);

		to->size += (size_t)(write_escaped(start, bytes, slice) - start);
		bytes += slice;
		size -= slice;
	}
}

static void append_string(struct buffer *to, const char *text)
{
	buffer_append_byte(to, '"');
	json_append_escaped(to, text, strlen(text));
	buffer_append_byte(to, '"');
}

/* Adds a comma if the value is not the first, and its key. */
static void begin_value(struct json *json, const char *key)
{
	if (json->within)
		buffer_append_byte(&json->text, ',');
	json->within = true;
	if (!key)
		return;
	append_string(&json->text, key);
	buffer_append_byte(&json->text, ':');
}

void json_open(struct json *json, const char *key, char bracket)
{
	begin_value(json, key);
	buffer_append_byte(&json->text, bracket);
	json->within = false;
}

void json_close(struct json *json, char bracket)
{
	buffer_append_byte(&json->text, bracket);
	json->within = true;
}

void json_end_line(struct json *json)
{
	buffer_append_byte(&json->text, '\n');
	json->within = false;
}

void json_add_text(struct json *json, const char *key, const char *text)
{
	begin_value(json, key);
	append_string(&json->text, text);
}

void json_add_number(struct json *json, const char *key, uint64_t number)
{
	begin_value(json, key);
	decimal_append(&json->text, number);
}

void json_add_seconds(struct json *json, const char *key, uint64_t nanoseconds)
{
	begin_value(json, key);
	timestamp_append_epoch(&json->text, nanoseconds);
}

void json_add_time(struct json *json, const char *key, uint64_t time)
{
	struct timestamp cache = { 0 };

	begin_value(json, key);
	buffer_append_byte(&json->text, '"');
	timestamp_append(&json->text, &cache, time);
	buffer_append_byte(&json->text, '"');
}

void json_add_bool(struct json *json, const char *key, bool value)
{
	const char *text = value ? "true" : "false";

	begin_value(json, key);
	buffer_append(&json->text, text, strlen(text));
}

void json_add_null(struct json *json, const char *key)
{
	begin_value(json, key);
	buffer_append(&json->text, "null", 4);
}
