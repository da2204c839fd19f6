// SPDX-License-Identifier: MIT
/*
 * Publishing to a foreign device: writes the messages of a record as bytes, in the framing on
 * which both ends agree. It never waits for anybody.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/directory.h"
#include "ring/foreign-device.h"
#include "ring/framing.h"
#include "ring/publisher.h"
#include "ring/topic.h"

/*
 * The device accepts any writer: a lock on it keeps other publishers out, or reports that one has
 * it.
 */
static int keep_others_out(const struct baf_publisher *publisher)
{
	bool shared = publisher_is_shared(publisher);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	if (fcntl(publisher->fd, shared ? F_OFD_GETLK : F_OFD_SETLK, &lock))
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	return shared && lock.l_type != F_UNLCK ? -EBUSY : 0;
}

static int foreign_open(struct baf_publisher *publisher,
			const struct baf_publisher_options *options)
{
	if (publisher->flags & BAF_PUBLISHER_REMOVE || options->capacity ||
	    options->patience == BAF_INFINITE)
		return -EOPNOTSUPP;
	if (fcntl(publisher->fd, F_SETFL, 0))
		return -errno;
	publisher->foreign.framing = (enum baf_framing)foreign_framing(options->framing);
	publisher->limit = FOREIGN_MESSAGE_MAX;
	return keep_others_out(publisher);
}

/* 0; -EINTR: nothing was written; or another negative errno. */
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

/*
 * Converts the messages of a record to another framing. The caller frees the data. 0 or a
 * negative errno.
 */
static int frame_anew(const void *payload, size_t length, enum baf_framing framing,
		      enum baf_framing to, unsigned char **datap, size_t *sizep)
{
	const void *message;
	/* A message may be only a delimiter, and get a length instead. */
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

/* Writes in one go: no other publisher of a shared topic gets in between. */
static int write_in_turn(const struct baf_publisher *publisher, const void *data, size_t size)
{
	bool shared = publisher_is_shared(publisher);
	int r = shared ? topic_lock_turn(publisher->fd) : 0;

	if (r)
		return r;
	r = write_all(publisher->fd, data, size);
	if (shared)
		topic_unlock_turn(publisher->fd);
	return r;
}

static int foreign_commit(struct baf_publisher *publisher, const struct publisher_record *record)
{
	unsigned char *data;
	size_t size;
	int r;

	if (record->framing == publisher->foreign.framing)
		return write_in_turn(publisher, record->payload, record->length);
	r = frame_anew(record->payload, record->length, record->framing, publisher->foreign.framing,
		       &data, &size);
	if (r)
		return r;
	r = write_in_turn(publisher, data, size);
	free(data);
	return r;
}

static int foreign_remove(struct baf_publisher *publisher)
{
	int r;

	publisher->removed = true;
	r = directory_remove_file(publisher->directory, publisher->topic, publisher->fd);
	/* The name is a link to the device. */
	if (r == -ESTALE)
		return -EPERM;
	return r == -ENOENT ? 0 : r;
}

const struct publisher_transport publisher_foreign = {
	.open = foreign_open,
	.commit = foreign_commit,
	.remove = foreign_remove,
};
