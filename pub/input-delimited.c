/* SPDX-License-Identifier: MIT */
/*
 * Lines, as they come.
 *
 * All whole lines of one read are published as one record, at once, with their delimiters: they
 * go through byte for byte. What is behind the last delimiter is carried over to the next read.
 *
 *     carried over     read now
 *     |ne begins here |and ends\nnext line\nanother one beg|
 *     |--------------- one record --------|  carried over  |
 *
 * There are two ways to read. An idle stream is read into memory of our own, and copied into the
 * ring: who knows how much will come? When much comes, it is read straight into the ring: what the
 * pipe holds is asked first and just that is reserved, since room that is reserved in vain
 * would cost slow subscribers their messages. A read that fills DIRECT_MIN bytes leads to the
 * second way, a pipe that holds less back to the first.
 *
 * A shared topic is locked while room in it is reserved, and so never waits for stdin then.
 *
 * A line that goes on for longer than a read is collected in the message that is carried over,
 * which knows what to do when it gets too large. It is copied once more, but never twice.
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
	struct message carried; /* the line that has begun */
	char buffer[READ_SIZE];
};

/* Bytes up to and including the last delimiter. */
static size_t whole_lines(const struct delimited *d, const char *data, size_t size)
{
	const char *last = memrchr(data, d->delimiter, size);

	return last ? (size_t)(last + 1 - data) : 0;
}

/* The carried line ends in @p data: publishes it by itself. */
static enum status end_carried(struct delimited *d, const char *data, size_t size, size_t *usedp)
{
	const char *end = memchr(data, d->delimiter, size);
	enum status status = message_add(&d->carried, data, (size_t)(end - data));

	*usedp = (size_t)(end + 1 - data);
	return status ? status : message_end(&d->carried);
}

/* Publishes lines, of which the first may have begun earlier. */
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
 * Reads once, by way of the buffer. Returns what source_read() returned; *statusp tells of the
 * publishing.
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

/* What was read is in the ring at @p data, behind the carried line. */
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

/* Reads once, straight into the ring. Returns as read_copy(). */
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

/* How much to read straight into the ring; 0: read in the other way. */
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
	 * A long line would be copied again and again, and one that is too long is not for the
	 * ring.
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
