/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <linux/fanout.h>

#include "pub/sink.h"
#include "util/clock.h"
#include "util/explain.h"
#include "util/signals.h"
#include "util/timestamp.h"

#define BATCH_MAX (64 << 10) /* small enough to be still in the caches when it is read */
#define BATCH_FOREIGN 4096 /* most foreign devices accept this much in one write */

/* For the SIGBUS handler. Set before the ring is touched. */
static struct baf_publisher *volatile open_publisher;

int sink_mend(const void *address)
{
	return baf_publisher_handle_sigbus(open_publisher, address);
}

static const char *topic_of(const struct sink *sink)
{
	return sink->settings->topic;
}

static void attach(struct sink *sink, struct baf_publisher *publisher)
{
	size_t quarter = (size_t)(baf_publisher_get_capacity(publisher) / 4);

	sink->publisher = publisher;
	sink->limit = baf_publisher_get_limit(publisher);
	sink->batch = quarter < BATCH_MAX ? quarter : BATCH_MAX;
	if (quarter == 0)
		sink->batch = BATCH_FOREIGN;
	open_publisher = publisher;
}

static void detach(struct sink *sink)
{
	struct baf_publisher_counters counters = { .size = sizeof(counters) };

	baf_publisher_get_counters(sink->publisher, &counters);
	sink->before.messages += counters.messages;
	sink->before.bytes += counters.bytes;
	sink->before.waits += counters.waits;
	sink->before.lapses += counters.lapses;
	/* Closing touches the ring, too: keep it visible to the SIGBUS handler until then. */
	sink->publisher = baf_publisher_close(sink->publisher);
	open_publisher = NULL;
}

static enum status fail_busy(const struct sink *sink)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	struct timestamp cache = { 0 };
	char since[TIMESTAMP_SIZE];

	if (baf_topic_query(sink->settings->directory.path, topic_of(sink), &info, NULL) < 0 ||
	    info.publisher.pid == 0)
		return fail(STATUS_BUSY,
			    "%s: topic already has a publisher: stop it, or use --shared on both",
			    topic_of(sink));
	timestamp_write(&cache, since, info.publisher.since);
	return fail(STATUS_BUSY,
		    "%s: topic already has a publisher: %s (pid %" PRId32
		    ") since %.19sZ: stop it, or use --shared on both",
		    topic_of(sink), info.publisher.command, info.publisher.pid, since);
}

static bool is_device(const struct sink *sink)
{
	struct stat status;
	char *path;
	bool device;

	if (asprintf(&path, "%s/%s", sink->settings->directory.path, topic_of(sink)) < 0)
		out_of_memory();
	device = stat(path, &status) == 0 && S_ISCHR(status.st_mode);
	free(path);
	return device;
}

/* No device, or not this one, supports an option that was given. */
static enum status fail_on_device(const struct sink *sink)
{
	const struct baf_publisher_options *options = &sink->settings->publisher;

	if (options->flags & BAF_PUBLISHER_REMOVE)
		return fail(STATUS_USAGE, "%s: a device cannot be removed: omit --rm",
			    topic_of(sink));
	if (options->capacity)
		return fail(STATUS_USAGE,
			    "%s: a device keeps its capacity: omit --size, or load the module with "
			    "another buffersize",
			    topic_of(sink));
	if (options->patience == BAF_INFINITE)
		return fail(STATUS_USAGE,
			    "%s: this device never waits for readers: omit --patience=inf",
			    topic_of(sink));
	return fail(STATUS_USAGE, "%s: this device does not report its readers: omit --wait-subs",
		    topic_of(sink));
}

static enum status fail_with(const struct sink *sink, int error)
{
	struct explanation explanation = explain(error);
	const char *path = sink->settings->directory.path;
	char missing[PATH_MAX];

	if (error == -EOPNOTSUPP && is_device(sink))
		return fail_on_device(sink);
	if (error == -ENOENT && topic_directory_lacks_folder(path, missing))
		return topic_directory_fail(path, error);
	return fail(explanation.status, "%s: %s (in %s): %s", topic_of(sink), explanation.wrong,
		    path, explanation.advice);
}

/*
 * Returns the SIZE of a ring for messages of @p size bytes, in the user's units; 0 if none is large
 * enough.
 */
static uint64_t sufficient_capacity(uint64_t size, const char **unitp)
{
	static const char *const units[] = { "", "K", "M", "G" };
	uint64_t capacity = FANOUT_CAPACITY_MIN;
	size_t unit = 0;

	while (capacity / 2 < size + 2 * sizeof(struct fanout_record)) {
		if (capacity == FANOUT_CAPACITY_MAX)
			return 0;
		capacity *= 2;
	}
	while (capacity >= 1024 && unit < 3) {
		capacity /= 1024;
		unit++;
	}
	*unitp = units[unit];
	return capacity;
}

static enum status fail_too_large(const struct sink *sink, uint64_t size)
{
	const char *unit;
	uint64_t capacity = sufficient_capacity(size, &unit);

	if (capacity == 0)
		return fail(STATUS_TOO_LARGE,
			    "%s: a message of %" PRIu64
			    " bytes is too large for any topic: split it (--on-large)",
			    topic_of(sink), size);
	return fail(STATUS_TOO_LARGE,
		    "%s: a message of %" PRIu64
		    " bytes is larger than this topic takes (%zu bytes): raise the limit with "
		    "--size=%" PRIu64 "%s, or see --on-large",
		    topic_of(sink), size, sink->limit, capacity, unit);
}

static enum status fail_publishing(const struct sink *sink, int error, size_t size)
{
	switch (error) {
	case -EINTR:
		return STATUS_FAILED; /* ends by the signal */
	case -EMSGSIZE:
		return fail_too_large(sink, size);
	}
	return fail_with(sink, error);
}

static int open_with(struct sink *sink, const struct baf_publisher_options *options)
{
	struct baf_publisher *publisher;
	int r = baf_publisher_open(&publisher, sink->settings->directory.path, topic_of(sink),
				   options);

	if (r == 0)
		attach(sink, publisher);
	return r;
}

/*
 * Another publisher of a shared topic removed or replaced it. Accept the new ring's size: otherwise
 * the publishers would replace each other's rings for ever.
 */
static int open_again(struct sink *sink)
{
	struct baf_publisher_options options = sink->settings->publisher;
	int r;

	detach(sink);
	options.capacity = 0;
	options.flags |= BAF_PUBLISHER_EXISTING;
	r = open_with(sink, &options);
	if (r == -ENOENT)
		r = open_with(sink, &sink->settings->publisher);
	return r;
}

static void say_what_is_used(const struct sink *sink)
{
	if (baf_publisher_get_capacity(sink->publisher) == 0)
		say("%s: publishing in %s, to a device of another module: it never waits for "
		    "readers, and messages larger than a quarter of its buffer may be torn",
		    topic_of(sink), sink->settings->directory.path);
	else
		say("%s: publishing in %s, ring of %" PRIu64
		    " bytes, messages of at most %zu bytes",
		    topic_of(sink), sink->settings->directory.path,
		    baf_publisher_get_capacity(sink->publisher), sink->limit);
}

enum status sink_open(struct sink *sink, const struct pub_settings *settings)
{
	int r;

	*sink = (struct sink){ .settings = settings };
	r = open_with(sink, &settings->publisher);
	if (r == -EBUSY)
		return fail_busy(sink);
	if (r < 0)
		return fail_with(sink, r);
	if (settings->verbose)
		say_what_is_used(sink);
	return STATUS_DONE;
}

void sink_close(struct sink *sink)
{
	static const char *const done[] = {
		[LARGE_FAIL] = "refused",
		[LARGE_TRUNCATE] = "truncated",
		[LARGE_SPLIT] = "split",
		[LARGE_SKIP] = "skipped",
	};

	if (sink->n_large > 0 && !sink->settings->quiet)
		say("%s: %" PRIu64 " %s too large, and %s", topic_of(sink), sink->n_large,
		    sink->n_large == 1 ? "message was" : "messages were",
		    done[sink->settings->on_large]);
	if (sink->publisher)
		detach(sink);
}

enum status sink_wait_subscribers(struct sink *sink)
{
	unsigned int wanted = sink->settings->wait_subscribers;
	uint64_t deadline = clock_after(clock_monotonic(), sink->settings->wait_time);
	int n = -EINTR;

	while (n == -EINTR && !signals_stopping())
		n = baf_publisher_wait_subscribers(sink->publisher, wanted,
						   clock_until(deadline, clock_monotonic()));
	if (signals_stopping() || (n >= 0 && (unsigned int)n >= wanted))
		return STATUS_DONE;
	if (n < 0)
		return fail_with(sink, n);
	return fail(
		STATUS_TIMEOUT,
		"%s: timed out with %d of %u subscribers, nothing was published: start them, or "
		"wait longer",
		topic_of(sink), n, wanted);
}

/* Returns whether to repeat the call that returned *rp. */
static bool must_repeat(struct sink *sink, int *rp, bool *opened_againp)
{
	if (*rp == -EINTR)
		return !signals_urgent();
	if (*rp != -ESTALE || *opened_againp)
		return false;
	*opened_againp = true;
	*rp = open_again(sink);
	return *rp == 0;
}

enum status sink_publish(struct sink *sink, const void *data, size_t size)
{
	bool opened_again = false;
	int r;

	do
		r = baf_publisher_publish(sink->publisher, data, size);
	while (must_repeat(sink, &r, &opened_again));
	return r < 0 ? fail_publishing(sink, r, size) : STATUS_DONE;
}

enum status sink_reserve(struct sink *sink, size_t size, char **datap)
{
	bool opened_again = false;
	void *data = NULL;
	int r;

	do
		r = baf_publisher_reserve(sink->publisher, size, &data);
	while (must_repeat(sink, &r, &opened_again));
	sink->reserved = *datap = data;
	return r < 0 ? fail_publishing(sink, r, size) : STATUS_DONE;
}

/*
 * The kernel reports only at commit that the topic was removed or replaced. The reserved memory
 * disappears with the handle, so copy it first.
 */
static int commit_again(struct sink *sink, size_t size, enum baf_framing framing, size_t n_messages)
{
	void *copy = malloc(size + 1), *data;
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, sink->reserved, size);
	r = open_again(sink);
	if (r == 0)
		r = baf_publisher_reserve(sink->publisher, size, &data);
	if (r == 0) {
		memcpy(data, copy, size);
		r = baf_publisher_commit(sink->publisher, size, framing, n_messages);
	}
	free(copy);
	return r;
}

enum status sink_commit(struct sink *sink, size_t size, enum baf_framing framing, size_t n_messages)
{
	int r;

	do
		r = baf_publisher_commit(sink->publisher, size, framing, n_messages);
	while (r == -EINTR && !signals_urgent());
	if (r == -ESTALE)
		r = commit_again(sink, size, framing, n_messages);
	return r < 0 ? fail_publishing(sink, r, size) : STATUS_DONE;
}

void sink_cancel(struct sink *sink)
{
	baf_publisher_cancel(sink->publisher);
}

enum status sink_publish_run(struct sink *sink, enum baf_framing framing, size_t n_messages,
			     const struct baf_buffer *head, const struct baf_buffer *tail)
{
	enum status status;
	char *to;

	status = sink_reserve(sink, head->size + tail->size, &to);
	if (status)
		return status;
	if (head->size > 0)
		memcpy(to, head->data, head->size);
	memcpy(to + head->size, tail->data, tail->size);
	return sink_commit(sink, head->size + tail->size, framing, n_messages);
}

static void warn_large(const struct sink *sink, uint64_t size)
{
	static const char *const doing[] = {
		[LARGE_FAIL] = "refused",
		[LARGE_TRUNCATE] = "truncated",
		[LARGE_SPLIT] = "split into several messages",
		[LARGE_SKIP] = "skipped",
	};

	say("%s: a message of %" PRIu64
	    " bytes is larger than this topic takes (%zu bytes): it is %s; raise the limit with "
	    "--size",
	    topic_of(sink), size, sink->limit, doing[sink->settings->on_large]);
}

enum status sink_note_large(struct sink *sink, uint64_t size)
{
	if (sink->settings->on_large == LARGE_FAIL)
		return fail_too_large(sink, size);
	if (sink->n_large++ == 0 && !sink->settings->quiet)
		warn_large(sink, size);
	return STATUS_DONE;
}

struct meter_reading sink_read_meter(const struct sink *sink)
{
	struct baf_publisher_counters counters = { .size = sizeof(counters) };

	if (sink->publisher)
		baf_publisher_get_counters(sink->publisher, &counters);
	return (struct meter_reading){
		.messages = sink->before.messages + counters.messages,
		.bytes = sink->before.bytes + counters.bytes,
		.extras = { { "waits", sink->before.waits + counters.waits },
			    { "lapses", sink->before.lapses + counters.lapses } },
	};
}
