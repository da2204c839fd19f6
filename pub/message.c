/* SPDX-License-Identifier: MIT */
#include "pub/message.h"

/* Gives up on a message of this size, which may be endless, without waiting for its end. */
#define REFUSED_SIZE_MAX (UINT64_C(1) << 30)

void message_init(struct message *message, struct sink *sink)
{
	*message = (struct message){ .sink = sink };
}

void message_deinit(struct message *message)
{
	buffer_free(&message->bytes);
}

bool message_is_empty(const struct message *message)
{
	return message->size == 0;
}

void message_clear(struct message *message)
{
	message->bytes.size = 0;
	message->size = 0;
	message->large = false;
	message->dropping = false;
}

static enum status publish_bytes(struct message *message)
{
	enum status status = sink_publish(message->sink, message->bytes.data, message->bytes.size);

	message->bytes.size = 0;
	return status;
}

/* The message fills the limit, and more is coming. */
static enum status overflow(struct message *message)
{
	message->large = true;
	switch (message->sink->settings->on_large) {
	case LARGE_SPLIT:
		return publish_bytes(message);
	case LARGE_TRUNCATE:
		message->dropping = true;
		return publish_bytes(message);
	case LARGE_FAIL:
	case LARGE_SKIP:
		break;
	}
	message->dropping = true;
	message->bytes.size = 0;
	return STATUS_DONE;
}

/* Waits for the end of the message, within reason, so that the error can name its size. */
static enum status check_dropped(const struct message *message)
{
	if (message->sink->settings->on_large == LARGE_FAIL && message->size > REFUSED_SIZE_MAX)
		return sink_note_large(message->sink, message->size);
	return STATUS_DONE;
}

enum status message_add(struct message *message, const char *data, size_t size)
{
	struct buffer *bytes = &message->bytes;

	message->size += size;
	while (size > 0 && !message->dropping) {
		size_t limit = message->sink->limit;
		size_t room = bytes->size < limit ? limit - bytes->size : 0;
		size_t taken = size < room ? size : room;

		if (taken == 0) {
			enum status status = overflow(message);

			if (status)
				return status;
			continue;
		}
		buffer_append(bytes, data, taken);
		data += taken;
		size -= taken;
	}
	return check_dropped(message);
}

enum status message_end(struct message *message)
{
	enum status status = STATUS_DONE;

	if (!message->dropping)
		status = publish_bytes(message);
	if (!status && message->large)
		status = sink_note_large(message->sink, message->size);
	message_clear(message);
	return status;
}
