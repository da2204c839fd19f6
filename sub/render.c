/* SPDX-License-Identifier: MIT */
#include "sub/message-json.h"
#include "sub/render.h"

static void append_framed(struct renderer *renderer, struct buffer *to,
			  const struct received *message)
{
	const struct sub_settings *settings = renderer->settings;

	if (settings->with_time) {
		timestamp_append(to, &renderer->cache, message->time);
		buffer_append_byte(to, '\t');
	}
	if (settings->with_topic) {
		buffer_append(to, message->topic, strlen(message->topic));
		buffer_append_byte(to, '\t');
	}
	buffer_append(to, message->data, message->size);
	if (settings->framing == FRAMING_LINE)
		buffer_append_byte(to, '\n');
	else if (settings->framing == FRAMING_NUL)
		buffer_append_byte(to, '\0');
}

/* The length covers all that follows: time, topic and message. */
static void append_prefixed(struct renderer *renderer, struct buffer *to,
			    const struct received *message)
{
	size_t start = to->size;

	buffer_reserve(to, FRAMING_LENGTH_SIZE);
	to->size += FRAMING_LENGTH_SIZE;
	append_framed(renderer, to, message);
	framing_write_length(to->data + start, (uint32_t)(to->size - start - FRAMING_LENGTH_SIZE));
}

void render_message(struct renderer *renderer, struct buffer *to, const struct received *message)
{
	switch (renderer->settings->look) {
	case LOOK_JSON:
		json_append_message(to, &renderer->cache, message);
		buffer_append_byte(to, '\n');
		break;
	case LOOK_FORMAT:
		format_append(&renderer->settings->format, to, &renderer->cache, message);
		break;
	case LOOK_FRAMED:
		if (renderer->settings->framing == FRAMING_LEN)
			append_prefixed(renderer, to, message);
		else
			append_framed(renderer, to, message);
		break;
	}
}

void render_loss(const struct renderer *renderer, struct buffer *to, const char *topic,
		 uint64_t lost, uint64_t sequence)
{
	if (renderer->settings->look != LOOK_JSON)
		return;
	json_append_loss(to, topic, lost, sequence);
	buffer_append_byte(to, '\n');
}
