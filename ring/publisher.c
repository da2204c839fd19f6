// SPDX-License-Identifier: MIT
/*
 * The public calls of the publishing end. A record takes one of two paths: the quick one, inline
 * here, into a ring in shared memory that has room (publisher-memory.h); or the transport's
 * begin() and commit().
 */
#include "ring/publisher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/directory.h"
#include "ring/foreign-device.h"
#include "ring/framing.h"
#include "ring/options.h"
#include "ring/publisher-memory.h"
#include "ring/transport.h"

/*
 * Opening.
 */

struct baf_topic_options publisher_topic_options(const struct baf_publisher_options *options)
{
	return (struct baf_topic_options){
		.size = sizeof(struct baf_topic_options),
		.capacity = options->capacity,
		.mode = options->mode,
		.group = options->group,
	};
}

static int check_options(const struct baf_publisher_options *options)
{
	const uint32_t known = BAF_PUBLISHER_SHARED | BAF_PUBLISHER_REMOVE | BAF_PUBLISHER_EXISTING;
	const struct baf_topic_options make = publisher_topic_options(options);

	if (options->flags & ~known || foreign_framing(options->framing) < 0 || options->reserved)
		return -EINVAL;
	return topic_check_options(&make);
}

static const struct publisher_transport *const transports[] = {
	[TRANSPORT_MEMORY] = &publisher_memory,
	[TRANSPORT_MODULE] = &publisher_module,
	[TRANSPORT_FOREIGN] = &publisher_foreign,
};

/* Opens the topic if it is a device. 0, with or without a descriptor; or a negative errno. */
static int open_device(struct baf_publisher *publisher, struct stat *status)
{
	int fd;

	if (fstatat(publisher->directory, publisher->topic, status, 0) || !S_ISCHR(status->st_mode))
		return 0;
	fd = directory_open_file(publisher->directory, publisher->topic, O_WRONLY, status);
	if (fd >= 0 && S_ISCHR(status->st_mode)) {
		publisher->fd = fd;
		return 0;
	}
	/* By now, something else has the name. */
	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ENOENT ? 0 : fd;
}

/* A device has its own transport; all other topics have the transport of their directory. */
static int choose_transport(struct baf_publisher *publisher)
{
	struct stat status;
	int r = open_device(publisher, &status);

	if (r)
		return r;
	publisher->transport =
		transports[publisher->fd >= 0 ? transport_of_file(publisher->fd, &status) :
						transport_of_directory(publisher->directory)];
	return 0;
}

static int open_topic(struct baf_publisher *publisher, const char *directory,
		      const struct baf_publisher_options *options)
{
	int r = process_guard_init(&publisher->guard);

	if (r)
		return r;
	publisher->directory =
		directory_open(directory, !(publisher->flags & BAF_PUBLISHER_EXISTING));
	if (publisher->directory < 0)
		return publisher->directory;
	r = choose_transport(publisher);
	return r ? r : publisher->transport->open(publisher, options);
}

int baf_publisher_open(struct baf_publisher **publisherp, const char *directory, const char *topic,
		       const struct baf_publisher_options *options)
{
	struct baf_publisher_options chosen = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	int r;

	r = options_take(&chosen, sizeof(chosen), options);
	if (r == 0)
		r = check_options(&chosen);
	if (r == 0 && !baf_name_valid(topic))
		r = -EINVAL;
	if (r)
		return r;
	publisher = calloc(1, sizeof(*publisher));
	if (!publisher)
		return -ENOMEM;
	publisher->directory = publisher->fd = -1;
	publisher->flags = chosen.flags;
	publisher->patience = chosen.patience;
	strcpy(publisher->topic, topic);
	r = open_topic(publisher, directory, &chosen);
	if (r) {
		publisher->flags &= ~BAF_PUBLISHER_REMOVE;
		baf_publisher_close(publisher);
		return r;
	}
	*publisherp = publisher;
	return 0;
}

/* A record, from begin to end. */

static int check_usable(const struct baf_publisher *publisher)
{
	if (!process_is_ours(&publisher->guard))
		return -ECHILD;
	if (publisher->removed)
		return -ESTALE;
	return publisher->damaged ? -EBADMSG : 0;
}

/* Whether a record can begin now. Ends a reservation that was not published. */
static int check_record(struct baf_publisher *publisher, uint64_t length)
{
	int r = check_usable(publisher);

	if (r)
		return r;
	if (length > publisher->limit)
		return -EMSGSIZE;
	if (publisher->reserved)
		baf_publisher_cancel(publisher);
	return 0;
}

/* Provides a buffer for a payload that commit() will copy. */
static int make_buffer(struct baf_publisher *publisher, size_t length)
{
	void *buffer;

	if (!publisher->buffer || length > publisher->buffer_size) {
		buffer = realloc(publisher->buffer, length + 1);
		if (!buffer)
			return -ENOMEM;
		publisher->buffer = buffer;
		publisher->buffer_size = length;
	}
	publisher->payload = publisher->buffer;
	return 0;
}

static int begin_record_slowly(struct baf_publisher *publisher, uint64_t length)
{
	int r = check_record(publisher, length);

	if (r)
		return r;
	return publisher->transport->begin ? publisher->transport->begin(publisher, length) :
					     make_buffer(publisher, length);
}

static inline bool is_quick(const struct baf_publisher *publisher, uint64_t length)
{
	return process_is_ours(&publisher->guard) && memory_has_room(publisher, length) &&
	       !publisher->reserved && !publisher->damaged;
}

/* Gets publisher->payload for a record, and the turn in a shared topic. 0 or a negative errno. */
static inline int begin_record(struct baf_publisher *publisher, uint64_t length)
{
	if (!is_quick(publisher, length))
		return begin_record_slowly(publisher, length);
	publisher->payload = fanout_writer_payload(&publisher->memory.writer);
	return 0;
}

static inline void count_record(struct baf_publisher *publisher, size_t n_messages, size_t bytes)
{
	publisher->counters.messages += n_messages;
	publisher->counters.bytes += bytes;
	publisher->counters.records++;
}

static inline int end_record_quickly(struct baf_publisher *publisher, size_t length,
				     enum baf_framing framing, size_t n_messages, size_t bytes)
{
	memory_publish(publisher, length, framing, n_messages, bytes);
	count_record(publisher, n_messages, bytes);
	return publisher->damaged ? -EBADMSG : 0;
}

static int end_record_slowly(struct baf_publisher *publisher, const struct publisher_record *record)
{
	int r = publisher->transport->commit(publisher, record);

	if (r)
		return r;
	count_record(publisher, record->n_messages, record->bytes);
	return publisher->damaged ? -EBADMSG : 0;
}

/* Publishes the record that was begun. 0 or a negative errno. */
static int end_record(struct baf_publisher *publisher, size_t length, enum baf_framing framing,
		      size_t n_messages, size_t bytes)
{
	if (publisher->memory.stored)
		return end_record_quickly(publisher, length, framing, n_messages, bytes);
	return end_record_slowly(publisher,
				 &(struct publisher_record){ publisher->payload, length, framing,
							     n_messages, bytes });
}

/*
 * Publishing.
 */

/* If commit() copies, it copies straight from the message. */
static int publish_slowly(struct baf_publisher *publisher, const void *data, size_t size)
{
	const struct publisher_record record = { data, size, BAF_FRAMING_ONE, 1, size };
	bool copies = !publisher->transport->begin;
	int r = copies ? check_record(publisher, size) : begin_record_slowly(publisher, size);

	if (r)
		return r;
	if (copies)
		return end_record_slowly(publisher, &record);
	if (size)
		memcpy(publisher->payload, data, size);
	return end_record(publisher, size, BAF_FRAMING_ONE, 1, size);
}

int baf_publisher_publish(struct baf_publisher *publisher, const void *data, size_t size)
{
	if (!is_quick(publisher, size))
		return publish_slowly(publisher, data, size);
	if (size)
		memcpy(fanout_writer_payload(&publisher->memory.writer), data, size);
	return end_record_quickly(publisher, size, BAF_FRAMING_ONE, 1, size);
}

static unsigned char *put_message(unsigned char *at, const struct baf_buffer *message)
{
	framing_put_length(at, message->size);
	if (message->size)
		memcpy(at + FANOUT_LENGTH_PREFIX, message->data, message->size);
	return at + FANOUT_LENGTH_PREFIX + message->size;
}

int baf_publisher_publish_batch(struct baf_publisher *publisher, const struct baf_buffer *messages,
				size_t n_messages)
{
	size_t bytes = 0, length;
	unsigned char *at;
	int r;

	if (n_messages <= 1)
		return n_messages ?
			       baf_publisher_publish(publisher, messages->data, messages->size) :
			       0;
	if (n_messages > FANOUT_MESSAGES_MAX)
		return -EMSGSIZE;
	length = n_messages * FANOUT_LENGTH_PREFIX;
	for (size_t i = 0; i < n_messages; i++) {
		if (messages[i].size > publisher->limit - bytes)
			return -EMSGSIZE;
		bytes += messages[i].size;
	}
	length += bytes;
	r = begin_record(publisher, length);
	if (r)
		return r;
	at = publisher->payload;
	for (size_t i = 0; i < n_messages; i++)
		at = put_message(at, &messages[i]);
	return end_record(publisher, length, BAF_FRAMING_LENGTH, n_messages, bytes);
}

int baf_publisher_reserve(struct baf_publisher *publisher, size_t size, void **datap)
{
	int r = begin_record(publisher, size);

	if (r)
		return r;
	publisher->reserved = true;
	publisher->reserved_size = size;
	*datap = publisher->payload;
	return 0;
}

int baf_publisher_commit(struct baf_publisher *publisher, size_t size, enum baf_framing framing,
			 size_t n_messages)
{
	size_t extra = 0;
	bool fits;
	int r;

	if (!process_is_ours(&publisher->guard))
		return -ECHILD;
	fits = publisher->reserved && size <= publisher->reserved_size &&
	       n_messages <= FANOUT_MESSAGES_MAX &&
	       framing_fits(publisher->payload, size, framing, n_messages, &extra);
	/* Data that does not fit may have become zeros while we looked. */
	if (publisher->damaged)
		return -EBADMSG;
	if (!fits)
		return -EINVAL;
	r = end_record(publisher, size, framing, n_messages, size - extra);
	/* The caller may try again after a signal. */
	publisher->reserved = r == -EINTR;
	return r;
}

void baf_publisher_cancel(struct baf_publisher *publisher)
{
	if (publisher->reserved && publisher->transport->cancel &&
	    process_is_ours(&publisher->guard))
		publisher->transport->cancel(publisher);
	publisher->reserved = false;
}

/*
 * The rest.
 */

size_t baf_publisher_get_limit(const struct baf_publisher *publisher)
{
	return publisher->limit;
}

uint64_t baf_publisher_get_capacity(const struct baf_publisher *publisher)
{
	return publisher->capacity;
}

void baf_publisher_set_patience(struct baf_publisher *publisher, uint64_t patience)
{
	if (!process_is_ours(&publisher->guard))
		return;
	publisher->patience = patience;
	if (publisher->transport->set_patience)
		publisher->transport->set_patience(publisher);
}

int baf_publisher_wait_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
				   uint64_t timeout)
{
	const struct publisher_transport *transport = publisher->transport;
	uint64_t deadline = wait_deadline(timeout);
	int r = check_usable(publisher);

	if (r == 0 && !transport->count_subscribers)
		r = -EOPNOTSUPP;
	while (r == 0) {
		uint64_t left = wait_left(deadline);
		int n = transport->count_subscribers(publisher);

		if ((unsigned int)n >= n_subscribers || left == 0)
			return n;
		r = transport->sleep_for_subscribers(publisher, n_subscribers, left);
	}
	return r;
}

int baf_publisher_get_counters(const struct baf_publisher *publisher,
			       struct baf_publisher_counters *counters)
{
	struct baf_publisher_counters sum = publisher->counters;

	if (publisher->transport->add_counters)
		publisher->transport->add_counters(publisher, &sum);
	return options_give(counters, &sum, sizeof(sum));
}

int baf_publisher_remove(struct baf_publisher *publisher)
{
	int r = check_usable(publisher);

	/* A damaged topic can be removed. */
	return r == 0 || r == -EBADMSG ? publisher->transport->remove(publisher) : r;
}

/* Ends the signs by which others see a publisher. */
static void retreat(struct baf_publisher *publisher)
{
	baf_publisher_cancel(publisher);
	if (publisher->flags & BAF_PUBLISHER_REMOVE)
		(void)baf_publisher_remove(publisher);
	else if (publisher->transport->leave)
		publisher->transport->leave(publisher);
}

struct baf_publisher *baf_publisher_close(struct baf_publisher *publisher)
{
	const struct publisher_transport *transport;

	if (!publisher)
		return NULL;
	transport = publisher->transport;
	if (transport && process_is_ours(&publisher->guard))
		retreat(publisher);
	if (transport && transport->close)
		transport->close(publisher);
	process_guard_deinit(&publisher->guard);
	free(publisher->buffer);
	if (publisher->fd >= 0)
		close(publisher->fd);
	if (publisher->directory >= 0)
		close(publisher->directory);
	free(publisher);
	return NULL;
}

int baf_publisher_handle_sigbus(struct baf_publisher *publisher, const void *address)
{
	return publisher && publisher->transport->handle_sigbus ?
		       publisher->transport->handle_sigbus(publisher, address) :
		       0;
}
