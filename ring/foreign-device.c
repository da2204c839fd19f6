// SPDX-License-Identifier: MIT
#include "ring/foreign-device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/framing.h"
#include "ring/ring.h"
#include "ring/topic.h"

int foreign_framing(uint32_t option)
{
	if (!option)
		return BAF_FRAMING_LINE;
	return option <= BAF_FRAMING_LENGTH ? (int)option : -EINVAL;
}

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
		framing_put_length(at, size);
		at += FANOUT_LENGTH_PREFIX;
	}
	if (size)
		memcpy(at, message, size);
	at += size;
	if (framing == BAF_FRAMING_LINE || framing == BAF_FRAMING_NUL)
		*at++ = (unsigned char)foreign_delimiter(framing);
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
