// SPDX-License-Identifier: MIT
/*
 * Publishing through the kernel module. The module owns the ring and waits for subscribers; a
 * publish is one system call.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "ring/capacity.h"
#include "ring/directory.h"
#include "ring/module-client.h"
#include "ring/publisher.h"
#include "ring/ring.h"

/* Opens the topic, or makes it. A descriptor or a negative errno. */
static int open_or_make(const struct baf_publisher *publisher,
			const struct baf_publisher_options *options)
{
	const struct baf_topic_options make = publisher_topic_options(options);
	struct stat status;
	int fd, made = -ENOENT;

	for (;;) {
		fd = directory_open_file(publisher->directory, publisher->topic, O_WRONLY, &status);
		if (made >= 0)
			close(made);
		if (fd != -ENOENT || publisher->flags & BAF_PUBLISHER_EXISTING)
			return fd;
		made = module_make(publisher->directory, publisher->topic, &make);
		if (made < 0 && made != -EEXIST)
			return made;
	}
}

/* Gives the topic another capacity. 1: the name now leads to a new ring; or a negative errno. */
static int replace(const struct baf_publisher *publisher, uint64_t capacity)
{
	int r;

	if (publisher->module.is_device)
		return -EOPNOTSUPP;
	r = module_replace(publisher->fd, capacity);
	return r ? r : 1;
}

/*
 * Makes the descriptor a publisher. 0; 1: the topic was replaced, open it again; a negative errno.
 */
static int attach(struct baf_publisher *publisher, const struct baf_publisher_options *options)
{
	uint64_t capacity = options->capacity ? capacity_round(options->capacity) : 0;
	struct fanout_query query;
	int r;

	/* The module does the waiting, within the patience. */
	r = fcntl(publisher->fd, F_SETFL, 0) ? -errno : 0;
	if (r == 0)
		r = module_publish(publisher->fd, publisher->patience,
				   publisher_is_shared(publisher));
	if (r == 0)
		r = module_query(publisher->fd, &query);
	if (r)
		return r;
	if (capacity && capacity != query.ring.capacity)
		return replace(publisher, capacity);
	publisher->capacity = query.ring.capacity;
	publisher->limit = fanout_length_max(publisher->capacity);
	publisher->module.before.waits = query.ring.waits;
	publisher->module.before.waited = query.ring.waited;
	publisher->module.before.lapses = query.ring.lapses;
	return 0;
}

static int module_open(struct baf_publisher *publisher, const struct baf_publisher_options *options)
{
	int r, old;

	publisher->module.is_device = publisher->fd >= 0;
	if (publisher->module.is_device)
		return publisher->flags & BAF_PUBLISHER_REMOVE ? -EOPNOTSUPP :
								 attach(publisher, options);
	do {
		old = publisher->fd;
		publisher->fd = open_or_make(publisher, options);
		if (old >= 0)
			close(old);
		if (publisher->fd < 0)
			return publisher->fd;
		r = attach(publisher, options);
	} while (r == 1);
	return r;
}

static int module_commit(struct baf_publisher *publisher, const struct publisher_record *record)
{
	enum fanout_framing framing = (enum fanout_framing)record->framing;

	return module_write(publisher->fd, record->payload, record->length,
			    fanout_content(framing, (__u32)record->n_messages));
}

static int module_count_subscribers(struct baf_publisher *publisher)
{
	struct fanout_query query;

	return module_query(publisher->fd, &query) ? 0 : (int)query.n_readers;
}

static int module_sleep_for_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
					uint64_t timeout)
{
	return module_wait_readers(publisher->fd, n_subscribers, timeout);
}

static void module_set_patience(struct baf_publisher *publisher)
{
	(void)module_publish(publisher->fd, publisher->patience, publisher_is_shared(publisher));
}

static void module_add_counters(const struct baf_publisher *publisher,
				struct baf_publisher_counters *counters)
{
	const struct baf_publisher_counters *before = &publisher->module.before;
	struct fanout_query query;

	if (module_query(publisher->fd, &query))
		return;
	counters->waits += query.ring.waits - before->waits;
	counters->waited += query.ring.waited - before->waited;
	counters->lapses += query.ring.lapses - before->lapses;
}

static int module_remove(struct baf_publisher *publisher)
{
	int r;

	publisher->removed = true;
	r = directory_remove_file(publisher->directory, publisher->topic, publisher->fd);
	/* By now, another topic or a link to the device has the name. */
	if (r == -ESTALE)
		return publisher->module.is_device ? -EPERM : 0;
	return r == -ENOENT ? 0 : r;
}

const struct publisher_transport publisher_module = {
	.open = module_open,
	.commit = module_commit,
	.count_subscribers = module_count_subscribers,
	.sleep_for_subscribers = module_sleep_for_subscribers,
	.set_patience = module_set_patience,
	.add_counters = module_add_counters,
	.remove = module_remove,
};
