/* SPDX-License-Identifier: MIT */
#include "sub/base64.h"
#include "sub/message-json.h"
#include "sub/utf8.h"
#include "util/decimal.h"
#include "util/json.h"

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
	append_text(to, message->topic); /* names need no escapes */
	append_text(to, "\",\"sequence\":");
	decimal_append(to, message->sequence);
	append_text(to, ",\"time\":\"");
	timestamp_append(to, cache, message->time);
	if (utf8_valid(message->data, message->size)) {
		append_text(to, "\",\"message\":\"");
		json_append_escaped(to, message->data, message->size);
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
	if (lost == 0)
		append_text(to, "null");
	else
		decimal_append(to, lost);
	append_text(to, ",\"sequence\":");
	decimal_append(to, sequence);
	append_text(to, "}");
}
