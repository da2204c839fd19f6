/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON: value by value, into a buffer that the caller prints.
 *
 *	json_open(&json, NULL, '{');
 *	json_add_text(&json, "topic", "a.b");
 *	json_close(&json, '}');
 *	json_end_line(&json);
 */
#ifndef BAF_UTIL_JSON_H
#define BAF_UTIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"

/** What is written. All zero to begin with; the text is to be freed with buffer_free(). */
struct json {
	struct buffer text;
	bool within; /**< a value was written: a comma stands before the next */
};

/** Opens an object or an array. The key is NULL outside of objects, here and below. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);

/** Ends a line behind a whole value. */
void json_end_line(struct json *json);

void json_add_text(struct json *json, const char *key, const char *text);
void json_add_number(struct json *json, const char *key, uint64_t number);
void json_add_bool(struct json *json, const char *key, bool value);
void json_add_null(struct json *json, const char *key);

/** Adds a span of time as seconds, with all nanoseconds. */
void json_add_seconds(struct json *json, const char *key, uint64_t nanoseconds);

/** Adds a point in time, nanoseconds since 1970, as text: RFC 3339. */
void json_add_time(struct json *json, const char *key, uint64_t time);

/** Appends text, which must be UTF-8, as it stands between the quotes of a string. */
void json_append_escaped(struct buffer *to, const void *text, size_t size);

#endif /* BAF_UTIL_JSON_H */
