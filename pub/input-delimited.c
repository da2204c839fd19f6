/* SPDX-License-Identifier: MIT */
/*
 * Lines, as they come.
 *
 * All complete lines of one read are published at once as one record, with their delimiters, so
 * bytes pass through unchanged. Bytes behind the last delimiter are carried over to the next read.
 *
 *     carried over     read now
 *     |ne begins here |and ends\nnext line\nanother one beg|
 *     |--------------- one record --------|  carried over  |
 *
 * There are two ways to read. On an idle stream we do not know how much will come: we read into our
 * own memory, and copy that into the ring. On a busy stream we read straight into the ring: we ask
 * how many bytes the pipe holds and reserve just that, because reserving more would take messages
 * away from slow subscribers. A read of DIRECT_MIN bytes or more switches to the second way; a pipe
 * that holds less switches back.
 *
 * A shared topic is locked while room is reserved, so we never wait for stdin with room reserved.
 *
 * A line longer than one read is collected in the carried message, which handles lines that become
 * too large. Such a line is copied once more, but never twice.
 */
#include <errno.h>

#include "pub/input.h"
#include "pub/message.h"
#include "util/count.h"

#define READ_SIZE (64 << 10)
#define DIRECT_MIN (16 << 10)

struct delimited {
	struct source *source;
	struct sink *sink;
	enum baf_framing framing;
	char delimiter;
	bool direct; /* read straight into the ring */
	struct message carried; /* the unfinished line */
	char buffer[READ_SIZE];
};

/* Returns how many bytes there are up to and including the last delimiter. */
static size_t whole_lines(const struct delimited *d, const char *data, size_t size)
{
	const char *last = memrchr(data, d->delimiter, size);

	return last ? (size_t)(last + 1 - data) : 0;
}

/* Publishes the carried line, whose end is in @p data, as a message of its own. */
static enum status end_carried(struct delimited *d, const char *data, size_t size, size_t *usedp)
{
	const char *end = memchr(data, d->delimiter, size);
	enum status status = message_add(&d->carried, data, (size_t)(end - data));

	*usedp = (size_t)(end + 1 - data);
	return status ? status : message_end(&d->carried);
}

/* Publishes lines. The first may be the end of the carried line. */
static enum status publish_lines(struct delimited *d, const char *data, size_t size)
{
	struct baf_buffer head, tail = { data, size };
	enum status status;

	if (d->carried.size + size > d->sink->limit) {
		size_t used;

		status = end_carried(d, data, size, &used);
		if (status || used == size)
			return status;
		tail = (struct baf_buffer){ data + used, size - used };
	}
	head = (struct baf_buffer){ d->carried.bytes.data, d->carried.bytes.size };
	status = sink_publish_run(d->sink, d->framing,
				  count_byte(tail.data, tail.size, d->delimiter), &head, &tail);
	message_clear(&d->carried);
	return status;
}

static enum status take_copy(struct delimited *d, const char *data, size_t size)
{
	size_t lines = whole_lines(d, data, size);
	enum status status = lines > 0 ? publish_lines(d, data, lines) : STATUS_DONE;

	return status ? status : message_add(&d->carried, data + lines, size - lines);
}

/*
 * Reads once into the buffer, and publishes. Returns the result of source_read(); *statusp gets the
 * result of publishing.
 */
static ssize_t read_copy(struct delimited *d, enum status *statusp)
{
	size_t size = d->sink->batch < sizeof(d->buffer) ? d->sink->batch : sizeof(d->buffer);
	ssize_t n = source_read(d->source, d->buffer, size);

	if (n > 0) {
		*statusp = take_copy(d, d->buffer, (size_t)n);
		d->direct = n >= DIRECT_MIN &&
			    !(d->sink->settings->publisher.flags & BAF_PUBLISHER_SHARED);
	}
	return n;
}

/* Takes what was read into the ring at @p data, behind the carried line. */
static enum status take_direct(struct delimited *d, char *data, size_t size)
{
	size_t head = d->carried.bytes.size;
	size_t lines = whole_lines(d, data + head, size);
	enum status status;

	if (lines > 0)
		message_clear(&d->carried); /* it is in the ring now */
	status = message_add(&d->carried, data + head + lines, size - lines);
	if (status || lines == 0) {
		sink_cancel(d->sink);
		return status;
	}
	return sink_commit(d->sink, head + lines, d->framing,
			   count_byte(data + head, lines, d->delimiter));
}

/* Reads once, straight into the ring. Returns like read_copy(). */
static ssize_t read_direct(struct delimited *d, size_t size, enum status *statusp)
{
	size_t head = d->carried.bytes.size;
	char *data;
	ssize_t n;

	*statusp = sink_reserve(d->sink, head + size, &data);
	if (*statusp)
		return -ECANCELED;
	if (head > 0)
		memcpy(data, d->carried.bytes.data, head);
	n = source_read(d->source, data + head, size);
	if (n > 0)
		*statusp = take_direct(d, data, (size_t)n);
	else
		sink_cancel(d->sink);
	return n;
}

/* Returns how many bytes to read straight into the ring; 0: use the buffer. */
static size_t direct_size(struct delimited *d)
{
	size_t size;

	if (!d->direct)
		return 0;
	size = source_pending(d->source);
	if (size == 0) {
		source_wait(d->source);
		size = source_pending(d->source);
	}
	if (size > d->sink->batch)
		size = d->sink->batch;
	/*
	 * A long line would be copied again and again, and a line that is too long must not go into
	 * the ring.
	 */
	d->direct = size >= DIRECT_MIN && d->carried.size <= size &&
		    d->carried.size + size <= d->sink->limit;
	return d->direct ? size : 0;
}

static enum status run(struct delimited *d)
{
	enum status status = STATUS_DONE;
	ssize_t n;

	do {
		size_t size = direct_size(d);

		n = size > 0 ? read_direct(d, size, &status) : read_copy(d, &status);
	} while (n > 0 && !status);
	if (status)
		return status;
	if (n < 0)
		return source_failed(d->sink->settings->topic, (int)n);
	return message_is_empty(&d->carried) ? STATUS_DONE : message_end(&d->carried);
}

enum status input_delimited(struct source *source, struct sink *sink, enum framing framing)
{
	struct delimited *d = or_out_of_memory(calloc(1, sizeof(*d)));
	enum status status;

	d->source = source;
	d->sink = sink;
	d->framing = framing == FRAMING_NUL ? BAF_FRAMING_NUL : BAF_FRAMING_LINE;
	d->delimiter = framing == FRAMING_NUL ? '\0' : '\n';
	message_init(&d->carried, sink);
	status = run(d);
	message_deinit(&d->carried);
	free(d);
	return status;
}
