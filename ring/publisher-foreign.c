// SPDX-License-Identifier: MIT
/*
 * The publishing end on a foreign device: the messages of a record are written as bytes, in the framing
 * that both ends agree on. There is nobody to wait for.
 */
#include <errno.h>
#include <fcntl.h>

#include "ring/directory.h"
#include "ring/foreign-device.h"
#include "ring/publisher.h"

static int foreign_open_publisher(struct baf_publisher *publisher,
				  const struct baf_publisher_options *options)
{
	if (publisher->flags & BAF_PUBLISHER_REMOVE || options->capacity ||
	    options->patience == BAF_INFINITE)
		return -EOPNOTSUPP;
	if (fcntl(publisher->fd, F_SETFL, 0))
		return -errno;
	publisher->foreign.framing = (enum baf_framing)foreign_framing(options->framing);
	publisher->limit = FOREIGN_MESSAGE_MAX;
	return foreign_publish(publisher->fd, publisher_is_shared(publisher));
}

static int foreign_commit(struct baf_publisher *publisher, const struct publisher_record *record)
{
	return foreign_write(publisher->fd, publisher_is_shared(publisher), record->payload,
			     record->length, record->framing, publisher->foreign.framing);
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
	.open = foreign_open_publisher,
	.commit = foreign_commit,
	.remove = foreign_remove,
};
