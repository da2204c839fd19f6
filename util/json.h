/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON, value by value, into a buffer that the caller prints.
 *
 * 	json_open(&json, NULL, '{');
 * 	json_add_text(&json, "topic", "a.b");
 * 	json_close(&json, '}');
 * 	json_end_line(&json);
 */
#ifndef BAF_UTIL_JSON_H
#define BAF_UTIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"

/** The JSON written so far. Initialise with zeros; free the text with buffer_free(). */
struct json {
	struct buffer text;
	bool within; /**< a value was written: a comma stands before the next */
};

/** Opens an object or array. @p key is NULL outside of objects, as in all functions below. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);

/** Ends the line after a complete value. */
void json_end_line(struct json *json);

void json_add_text(struct json *json, const char *key, const char *text);
void json_add_number(struct json *json, const char *key, uint64_t number);
void json_add_bool(struct json *json, const char *key, bool value);
void json_add_null(struct json *json, const char *key);

/** Adds a span as seconds, with nanosecond precision. */
void json_add_seconds(struct json *json, const char *key, uint64_t nanoseconds);

/** Adds a point in time, nanoseconds since 1970, as RFC 3339 text. */
void json_add_time(struct json *json, const char *key, uint64_t time);

/** Appends text, which must be valid UTF-8, escaped for use between quotes. */
void json_append_escaped(struct buffer *to, const void *text, size_t size);

#endif /* BAF_UTIL_JSON_H */
