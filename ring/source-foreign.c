// SPDX-License-Identifier: MIT
/*
 * Subscribing to foreign devices: makes a ring from a stream of bytes.
 *
 * The ring is our own and nobody else sees it. A read from the device stores the bytes where the
 * payload of the ring's next record will be, behind the beginning of an unfinished message:
 *
 *     |header| begun | read now                         |
 *            |ne begins here and ends\nnext line\nanother|
 *            |------------ a record -----------|  begun  |
 *
 * All whole messages then become one record; the rest moves to where the payload of the next
 * record goes. The subscription reads all of the ring before it asks for more, so the tail just
 * follows the head.
 *
 * An overrun reader opens the device again, which puts it at the newest byte, and skips
 * everything up to the next delimiter.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring/clock.h"
#include "ring/foreign-device.h"
#include "ring/ring.h"
#include "ring/source.h"

enum { READ_SIZE = 64 << 10, RING_SIZE = 4 * FOREIGN_MESSAGE_MAX };

/**
 * struct foreign_reader - makes records from the bytes of a device
 * @writer:  of the ring
 * @framing: how the bytes split into messages
 * @begun:   bytes of a message whose end has not come; they stand where the next record's payload
 *           goes
 * @lost:    it lost bytes: nothing before the next delimiter is a whole message
 */
struct foreign_reader {
	struct fanout_writer writer;
	enum baf_framing framing;
	size_t begun;
	bool lost;
};

static int fill_header(int fd)
{
	struct fanout_ring header;
	uint32_t header_size = (uint32_t)sysconf(_SC_PAGESIZE);
	uint64_t now = clock_exact(); /* also serves as the id: nobody else has this ring */

	if (ftruncate(fd, (off_t)header_size + RING_SIZE))
		return -errno;
	fanout_ring_init(&header, RING_SIZE, header_size, now, 0, now);
	return pwrite(fd, &header, sizeof(header), 0) == sizeof(header) ? 0 : -EIO;
}

/*
 * There is no history, and nobody knows who publishes, so options that need either are refused.
 */
static bool serves(const struct baf_subscriber_options *options)
{
	bool drain = options->flags & BAF_SUBSCRIBER_DRAIN;

	return !(options->flags & BAF_SUBSCRIBER_EOF) &&
	       (options->start == BAF_START_NEWEST ||
		(drain && options->start == BAF_START_OLDEST));
}

static int make_ring(struct source *source)
{
	struct ring_map *map = &source->map;
	struct stat status;
	int fd = memfd_create("baf-bytes", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = fill_header(fd);
	if (r == 0)
		r = fstat(fd, &status) ? -errno : ring_map_file(map, fd, &status, true);
	if (r == 0)
		r = fanout_writer_init(&source->foreign->writer, map->ring, map->data,
				       map->capacity);
	close(fd);
	return r;
}

static int foreign_open(struct source *source, const struct stat *status,
			const struct baf_subscriber_options *options)
{
	if (!serves(options))
		return -EOPNOTSUPP;
	source->foreign = calloc(1, sizeof(*source->foreign));
	if (!source->foreign)
		return -ENOMEM;
	source->foreign->framing = (enum baf_framing)foreign_framing(options->framing);
	return make_ring(source);
}

static unsigned char *payload_of(const struct foreign_reader *reader)
{
	return fanout_writer_payload(&reader->writer);
}

/* Finds the whole messages at the beginning of @size bytes: how many bytes, how many messages. */
static size_t find_delimited(const struct foreign_reader *reader, const unsigned char *data,
			     size_t size, uint32_t *n_messages)
{
	const unsigned char *at = data, *end = data + size, *found;

	*n_messages = 0;
	while (at < end &&
	       (found = memchr(at, foreign_delimiter(reader->framing), (size_t)(end - at)))) {
		at = found + 1;
		++*n_messages;
	}
	return (size_t)(at - data);
}

static size_t find_prefixed(const unsigned char *data, size_t size, uint32_t *n_messages)
{
	size_t used = 0;

	*n_messages = 0;
	while (size - used >= FANOUT_LENGTH_PREFIX) {
		const unsigned char *at = data + used;
		size_t length = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 |
				at[3];

		if (length > size - used - FANOUT_LENGTH_PREFIX)
			break;
		used += FANOUT_LENGTH_PREFIX + length;
		++*n_messages;
	}
	return used;
}

static size_t find_messages(const struct foreign_reader *reader, const unsigned char *data,
			    size_t size, uint32_t *n_messages)
{
	switch (reader->framing) {
	case BAF_FRAMING_LINE:
	case BAF_FRAMING_NUL:
		return find_delimited(reader, data, size, n_messages);
	case BAF_FRAMING_LENGTH:
		return find_prefixed(data, size, n_messages);
	case BAF_FRAMING_ONE:
		break;
	}
	*n_messages = 1;
	return size;
}

static size_t overhead_of(enum baf_framing framing)
{
	switch (framing) {
	case BAF_FRAMING_LINE:
	case BAF_FRAMING_NUL:
		return 1;
	case BAF_FRAMING_LENGTH:
		return FANOUT_LENGTH_PREFIX;
	case BAF_FRAMING_ONE:
		break;
	}
	return 0;
}

/* Makes a record of the whole messages, and keeps the rest. */
static void put_messages(struct foreign_reader *reader, size_t size)
{
	unsigned char *data = payload_of(reader);
	uint32_t n_messages;
	size_t used = find_messages(reader, data, size, &n_messages);
	uint64_t head;

	reader->begun = size - used;
	if (!used)
		return;
	fanout_writer_commit(&reader->writer, (__u32)used,
			     fanout_content((enum fanout_framing)reader->framing, n_messages),
			     used - n_messages * overhead_of(reader->framing), clock_exact());
	/* Everything before this has been read by then. */
	head = reader->writer.head - fanout_record_size((__u32)used);
	if (head > reader->writer.tail) {
		fanout_writer_claim(&reader->writer, head);
		fanout_writer_advance(&reader->writer, head);
	}
	memmove(payload_of(reader), data + used, reader->begun);
}

/*
 * Skips the rest of a lost message, up to the first delimiter. Returns how many bytes are left.
 */
static size_t pass_over(struct foreign_reader *reader, size_t size)
{
	unsigned char *data = payload_of(reader);
	const unsigned char *found = memchr(data, foreign_delimiter(reader->framing), size);
	size_t passed = found ? (size_t)(found + 1 - data) : size;

	reader->lost = !found;
	memmove(data, data + passed, size - passed);
	return size - passed;
}

static int lose(struct foreign_reader *reader)
{
	reader->begun = 0;
	reader->lost = reader->framing != BAF_FRAMING_ONE;
	return reader->framing == BAF_FRAMING_LENGTH ? -EBADMSG : -EPIPE;
}

static bool foreign_ready(const struct source *source)
{
	struct pollfd poll_fd = { .fd = source->fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

/*
 * Takes some bytes from the device, if there are any, without waiting. 0; -EPIPE: we were
 * overrun; -EBADMSG: message lengths can no longer be found; or another negative errno.
 */
static int take(struct source *source)
{
	struct foreign_reader *reader = source->foreign;
	size_t size;
	ssize_t n;

	/* The device blocks on a read even with O_NONBLOCK. */
	if (!foreign_ready(source))
		return 0;
	n = read(source->fd, payload_of(reader) + reader->begun, READ_SIZE);
	if (n < 0 && errno == EPIPE)
		return lose(reader);
	if (n <= 0)
		return n == 0 || errno == EINTR || errno == EAGAIN ? 0 : -errno;
	size = reader->begun + (size_t)n;
	if (reader->lost)
		size = pass_over(reader, size);
	put_messages(reader, size);
	return reader->begun > FOREIGN_MESSAGE_MAX ? lose(reader) : 0;
}

/* Opens the device again, which puts us at its newest byte. */
static int reopen(struct source *source)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", source->fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	source_disarm_descriptor(source);
	close(source->fd);
	source->fd = fd;
	return 0;
}

static int foreign_refill(struct source *source, const char **reasonp)
{
	int r = take(source);

	if (r == -EPIPE) {
		r = reopen(source);
		return r ? r : -EPIPE;
	}
	if (r == -EBADMSG)
		*reasonp =
			"bytes were lost, or there are none: no length of a message can be found "
			"any more";
	else if (r)
		*reasonp = "it cannot be read";
	return r;
}

static void foreign_close(struct source *source)
{
	source_disarm_descriptor(source);
	free(source->foreign);
}

const struct source_transport source_foreign = {
	.lacks =
		"a foreign device has no patience, no history and no count of losses, and messages "
		"over a quarter of its buffer may be torn",
	.open = foreign_open,
	.refill = foreign_refill,
	.ready = foreign_ready,
	.arm = source_arm_descriptor,
	.is_superseded = source_is_another_file,
	.close = foreign_close,
};
