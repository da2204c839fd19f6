// SPDX-License-Identifier: MIT
/*
 * A ring out of a stream of bytes.
 *
 * A read from the device goes to where the payload of the ring's next record will stand, behind
 * what is there of a message that has begun:
 *
 *     |header| begun | read now                         |
 *            |ne begins here and ends\nnext line\nanother|
 *            |------------ a record -----------|  begun  |
 *
 * All whole messages are one record then; the rest moves to where the payload of the next
 * record goes. The subscription reads all of the ring before it asks for more, so the tail just
 * follows the head.
 *
 * Who was overrun opens the device again, which stands him at its newest byte, and passes over all
 * up to the next delimiter.
 */
#include "ring/foreign-device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring/clock.h"

enum { READ_SIZE = 64 << 10, RING_SIZE = 4 * FOREIGN_MESSAGE_MAX };

int foreign_framing(uint32_t option)
{
	if (!option)
		return BAF_FRAMING_LINE;
	return option <= BAF_FRAMING_LENGTH ? (int)option : -EINVAL;
}

static char delimiter_of(enum baf_framing framing)
{
	return framing == BAF_FRAMING_LINE ? '\n' : '\0';
}

/*
 * Publishing.
 */

static int lock_publishers(int fd, int command, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };

	if (fcntl(fd, command, &lock))
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	return lock.l_type == F_UNLCK || command != F_OFD_GETLK ? 0 : -EBUSY;
}

int foreign_publish(int fd, bool shared)
{
	return lock_publishers(fd, shared ? F_OFD_GETLK : F_OFD_SETLK, F_WRLCK);
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR && done)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static size_t put_framed(unsigned char *to, const void *message, size_t size,
			 enum baf_framing framing)
{
	unsigned char *at = to;

	if (framing == BAF_FRAMING_LENGTH) {
		for (int shift = 24; shift >= 0; shift -= 8)
			*at++ = (unsigned char)(size >> shift);
	}
	if (size)
		memcpy(at, message, size);
	at += size;
	if (framing == BAF_FRAMING_LINE || framing == BAF_FRAMING_NUL)
		*at++ = (unsigned char)delimiter_of(framing);
	return (size_t)(at - to);
}

/* The messages of a record in another framing; to be freed. 0 or a negative errno. */
static int frame_anew(const void *payload, size_t length, enum baf_framing framing,
		      enum baf_framing to, unsigned char **datap, size_t *sizep)
{
	const void *message;
	/* Each message may be no more than a delimiter, and get a length instead. */
	unsigned char *data = malloc((length + 1) * (1 + FANOUT_LENGTH_PREFIX));
	size_t size;
	int r;

	if (!data)
		return -ENOMEM;
	*sizep = 0;
	while ((r = baf_batch_next(framing, &payload, &length, &message, &size)) == 1)
		*sizep += put_framed(data + *sizep, message, size, to);
	if (r == 0)
		*datap = data;
	else
		free(data);
	return r;
}

static int write_in_turn(int fd, bool shared, const void *data, size_t size)
{
	int r = shared ? topic_lock_turn(fd) : 0;

	if (r)
		return r;
	r = write_all(fd, data, size);
	if (shared)
		topic_unlock_turn(fd);
	return r;
}

int foreign_write(int fd, bool shared, const void *payload, size_t length, enum baf_framing framing,
		  enum baf_framing to)
{
	unsigned char *data;
	size_t size;
	int r;

	if (framing == to)
		return write_in_turn(fd, shared, payload, length);
	r = frame_anew(payload, length, framing, to, &data, &size);
	if (r)
		return r;
	r = write_in_turn(fd, shared, data, size);
	free(data);
	return r;
}

/*
 * Subscribing.
 */

static int fill_header(int fd)
{
	struct fanout_ring header;
	uint32_t header_size = (uint32_t)sysconf(_SC_PAGESIZE);
	uint64_t now = clock_exact(); /* also an id: nobody else has this ring */

	if (ftruncate(fd, (off_t)header_size + RING_SIZE))
		return -errno;
	fanout_ring_init(&header, RING_SIZE, header_size, now, 0, now);
	return pwrite(fd, &header, sizeof(header), 0) == sizeof(header) ? 0 : -EIO;
}

int foreign_open(struct foreign_device *device, enum baf_framing framing)
{
	struct stat status;
	int fd = memfd_create("baf-bytes", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	*device = (struct foreign_device){ .framing = framing };
	r = fill_header(fd);
	if (r == 0)
		r = fstat(fd, &status) ? -errno : ring_map_file(&device->map, fd, &status, true);
	if (r == 0)
		r = fanout_writer_init(&device->writer, device->map.ring, device->map.data,
				       device->map.capacity);
	if (r)
		ring_map_deinit(&device->map);
	close(fd);
	return r;
}

int foreign_reopen(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

static unsigned char *payload_of(const struct foreign_device *device)
{
	return fanout_writer_payload(&device->writer);
}

/* The whole messages at the beginning of @size bytes: how many bytes, how many messages. */
static size_t find_delimited(const struct foreign_device *device, const unsigned char *data,
			     size_t size, uint32_t *n_messages)
{
	const unsigned char *at = data, *end = data + size, *found;

	*n_messages = 0;
	while (at < end &&
	       (found = memchr(at, delimiter_of(device->framing), (size_t)(end - at)))) {
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

static size_t find_messages(const struct foreign_device *device, const unsigned char *data,
			    size_t size, uint32_t *n_messages)
{
	switch (device->framing) {
	case BAF_FRAMING_LINE:
	case BAF_FRAMING_NUL:
		return find_delimited(device, data, size, n_messages);
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

/* Makes a record of what is whole, and keeps the rest. */
static void put_messages(struct foreign_device *device, size_t size)
{
	unsigned char *data = payload_of(device);
	uint32_t n_messages;
	size_t used = find_messages(device, data, size, &n_messages);
	uint64_t head;

	device->begun = size - used;
	if (!used)
		return;
	fanout_writer_commit(&device->writer, (__u32)used,
			     fanout_content((enum fanout_framing)device->framing, n_messages),
			     used - n_messages * overhead_of(device->framing), clock_exact());
	/* All before this was read by then. */
	head = device->writer.head - fanout_record_size((__u32)used);
	if (head > device->writer.tail) {
		fanout_writer_claim(&device->writer, head);
		fanout_writer_advance(&device->writer, head);
	}
	memmove(payload_of(device), data + used, device->begun);
}

/* What comes before the first delimiter is the rest of something that was lost. How much is left. */
static size_t pass_over(struct foreign_device *device, size_t size)
{
	unsigned char *data = payload_of(device);
	const unsigned char *found = memchr(data, delimiter_of(device->framing), size);
	size_t passed = found ? (size_t)(found + 1 - data) : size;

	device->lost = !found;
	memmove(data, data + passed, size - passed);
	return size - passed;
}

static int lose(struct foreign_device *device)
{
	device->begun = 0;
	device->lost = device->framing != BAF_FRAMING_ONE;
	return device->framing == BAF_FRAMING_LENGTH ? -EBADMSG : -EPIPE;
}

bool foreign_ready(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

int foreign_take(struct foreign_device *device, int fd)
{
	size_t size;
	ssize_t n;

	/* The device waits for bytes even if it is asked not to. */
	if (!foreign_ready(fd))
		return 0;
	n = read(fd, payload_of(device) + device->begun, READ_SIZE);
	if (n < 0 && errno == EPIPE)
		return lose(device);
	if (n <= 0)
		return n == 0 || errno == EINTR || errno == EAGAIN ? 0 : -errno;
	size = device->begun + (size_t)n;
	if (device->lost)
		size = pass_over(device, size);
	put_messages(device, size);
	return device->begun > FOREIGN_MESSAGE_MAX ? lose(device) : 0;
}
