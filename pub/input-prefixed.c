/* SPDX-License-Identifier: MIT */
/*
 * Messages with a length in front.
 *
 * All complete messages of one read are published as one record, with their lengths, so bytes pass
 * through unchanged. A message that is not complete is assembled from several reads, and published
 * by itself.
 */
#include "pub/input.h"
#include "pub/message.h"

#define READ_SIZE (64 << 10)

struct prefixed {
	struct sink *sink;
	struct message message; /* the unfinished message */
	bool begun; /* its length is known */
	uint32_t missing; /* bytes that it still needs */
	char length[FRAMING_LENGTH_SIZE]; /* of the next message, possibly incomplete */
	size_t length_size;
	char buffer[READ_SIZE];
};

/* Returns the size of all complete messages at @p data, and stores their number. */
static size_t whole_messages(const char *data, size_t size, size_t *countp)
{
	size_t used = 0, count = 0;

	while (size - used >= FRAMING_LENGTH_SIZE) {
		size_t length = framing_read_length(data + used);

		if (size - used - FRAMING_LENGTH_SIZE < length)
			break;
		used += FRAMING_LENGTH_SIZE + length;
		count++;
	}
	*countp = count;
	return used;
}

/* Takes a byte of the next message's length. Refuses an impossible length at once. */
static enum status take_length(struct prefixed *p, char byte)
{
	p->length[p->length_size++] = byte;
	if (p->length_size < FRAMING_LENGTH_SIZE)
		return STATUS_DONE;
	p->missing = framing_read_length(p->length);
	p->length_size = 0;
	p->begun = true;
	if (p->missing > p->sink->limit && p->sink->settings->on_large == LARGE_FAIL)
		return sink_note_large(p->sink, p->missing);
	return STATUS_DONE;
}

static enum status end_if_complete(struct prefixed *p)
{
	if (!p->begun || p->missing > 0)
		return STATUS_DONE;
	p->begun = false;
	return message_end(&p->message);
}

/* Takes the next bytes of the unfinished message. Returns how many it took. */
static size_t take_piece(struct prefixed *p, const char *data, size_t size, enum status *statusp)
{
	size_t taken = size < p->missing ? size : p->missing;

	*statusp = message_add(&p->message, data, taken);
	p->missing -= (uint32_t)taken;
	return taken;
}

/* Takes as much of @p data as possible in one step. Returns how many bytes it took. */
static size_t take_some(struct prefixed *p, const char *data, size_t size, enum status *statusp)
{
	const struct baf_buffer nothing = { NULL, 0 };
	size_t used, count;

	if (p->begun)
		return take_piece(p, data, size, statusp);
	used = p->length_size == 0 ? whole_messages(data, size, &count) : 0;
	if (used > 0) {
		*statusp = sink_publish_run(p->sink, BAF_FRAMING_LENGTH, count, &nothing,
					    &(struct baf_buffer){ data, used });
		return used;
	}
	*statusp = take_length(p, *data);
	return 1;
}

static enum status take(struct prefixed *p, const char *data, size_t size)
{
	enum status status = STATUS_DONE;

	while (size > 0 && !status) {
		size_t used = take_some(p, data, size, &status);

		if (!status)
			status = end_if_complete(p);
		data += used;
		size -= used;
	}
	return status;
}

static enum status check_end(const struct prefixed *p)
{
	if (p->begun)
		return fail(
			STATUS_FAILED,
			"stdin ended inside a message: %u bytes are missing; everything before it "
			"was published",
			p->missing);
	if (p->length_size > 0)
		return fail(STATUS_FAILED,
			    "stdin ended inside the length of a message; everything before it was "
			    "published");
	return STATUS_DONE;
}

static enum status run(struct prefixed *p, struct source *source)
{
	size_t size = p->sink->batch < sizeof(p->buffer) ? p->sink->batch : sizeof(p->buffer);

	for (;;) {
		ssize_t n = source_read(source, p->buffer, size);
		enum status status;

		if (n == 0)
			return check_end(p);
		if (n < 0)
			return source_failed(p->sink->settings->topic, (int)n);
		status = take(p, p->buffer, (size_t)n);
		if (status)
			return status;
	}
}

enum status input_prefixed(struct source *source, struct sink *sink)
{
	struct prefixed *p = or_out_of_memory(calloc(1, sizeof(*p)));
	enum status status;

	p->sink = sink;
	message_init(&p->message, sink);
	status = run(p, source);
	message_deinit(&p->message);
	free(p);
	return status;
}
