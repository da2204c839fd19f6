/* SPDX-License-Identifier: MIT */
/* Input without boundaries between messages: each read is a message, or all of stdin is one. */
#include "pub/input.h"
#include "pub/message.h"

#define READ_SIZE (64 << 10)
#define RAW_SIZE_MAX (1 << 20) /* a pipe holds no more */

enum status input_raw(struct source *source, struct sink *sink)
{
	size_t size = sink->limit < RAW_SIZE_MAX ? sink->limit : RAW_SIZE_MAX;
	struct buffer buffer = { 0 };
	enum status status;
	ssize_t n;

	do {
		n = source_read(source, buffer_reserve(&buffer, size), size);
		status = n > 0 ? sink_publish(sink, buffer.data, (size_t)n) : STATUS_DONE;
	} while (n > 0 && !status);
	buffer_free(&buffer);
	return n < 0 ? source_failed(sink->settings->topic, (int)n) : status;
}

enum status input_one(struct source *source, struct sink *sink)
{
	struct buffer buffer = { 0 };
	struct message message;
	enum status status;
	ssize_t n;

	message_init(&message, sink);
	do {
		n = source_read(source, buffer_reserve(&buffer, READ_SIZE), READ_SIZE);
		status = n > 0 ? message_add(&message, buffer.data, (size_t)n) : STATUS_DONE;
	} while (n > 0 && !status);
	if (n < 0)
		status = source_failed(sink->settings->topic, (int)n);
	else if (!status && !message_is_empty(&message))
		status = message_end(&message);
	message_deinit(&message);
	buffer_free(&buffer);
	return status;
}
