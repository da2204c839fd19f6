// SPDX-License-Identifier: MIT
#include "test/fault/visit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "test/fault/promise.h"

enum {
	/* No ring of a page holds more than this, however its records and messages are counted. */
	EVENTS_AT_MOST = 20000,
	SECONDS_AT_MOST = 60,
};

/* What is open. */
static struct baf_subscriber *subscriber;
static struct baf_publisher *publisher;

/*
 * Looking.
 */

static int query(void)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	struct baf_subscriber_info *subscribers = NULL;
	int r = baf_topic_query(scratch_directory(), VISITED, &info, &subscribers);

	free(subscribers);
	require(r <= 0);
	return r;
}

/*
 * Reading.
 */

/* So that no compiler leaves the reading out. */
static volatile unsigned char sum;

static void read_bytes(const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		sum = (unsigned char)(sum + bytes[i]);
}

static void read_messages(const struct baf_event *event)
{
	const void *bytes = event->data, *message;
	size_t left = event->size, size;

	while (left && baf_batch_next(event->framing, &bytes, &left, &message, &size) == 1)
		read_bytes(message, size);
}

enum way { WAY_NEXT, WAY_NEXT_BATCH, WAY_READ, WAY_READ_BATCH, WAYS };

static int take(enum way way, struct baf_event *event)
{
	static char buffer[8192];

	switch (way) {
	case WAY_NEXT:
		return baf_subscriber_next(subscriber, event);
	case WAY_NEXT_BATCH:
		return baf_subscriber_next_batch(subscriber, event);
	case WAY_READ:
		return baf_subscriber_read(subscriber, buffer, sizeof(buffer), event);
	default:
		return baf_subscriber_read_batch(subscriber, buffer, sizeof(buffer), event);
	}
}

static void enter(struct visit *visit, const struct baf_event *event)
{
	switch (event->type) {
	case BAF_EVENT_MESSAGES:
		require(event->count > 0);
		read_bytes(event->data, event->size);
		read_messages(event);
		(void)baf_subscriber_intact(subscriber);
		visit->messages += event->count;
		break;
	case BAF_EVENT_FAILED:
		require(event->error < 0 && event->reason);
		visit->subscribe = event->error;
		visit->reason = event->reason;
		break;
	case BAF_EVENT_LOST:
	case BAF_EVENT_ATTACHED:
	case BAF_EVENT_RETIRED:
		break;
	}
}

/*
 * Reads what there is to its end. A call may find nothing although there is something (it was
 * overtaken, say), but not time and again.
 */
static void read_all(struct visit *visit, enum way way)
{
	unsigned int n = 0, n_nothing = 0;

	while (n_nothing < 3) {
		struct baf_event event;
		int r = take(way, &event);

		require(r == 0 || r == 1);
		if (r == 1)
			enter(visit, &event);
		n_nothing = r ? 0 : n_nothing + 1;
		require(n++ < EVENTS_AT_MOST);
	}
}

static void subscribe(enum baf_start start, uint64_t value)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;

	options.start = start;
	options.start_value = value;
	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), &options), 0);
	require_equal(baf_subscriber_add(subscriber, VISITED), 0);
}

static void unsubscribe(void)
{
	struct baf_subscriber_counters counters = { .size = sizeof(counters) };

	require_equal(baf_subscriber_get_counters(subscriber, &counters), 0);
	subscriber = baf_subscriber_close(subscriber);
}

struct visit visit_to_read(void)
{
	static const struct {
		uint64_t value;
		enum baf_start start;
		enum way way;
	} readers[] = {
		{ 0, BAF_START_OLDEST, WAY_NEXT },         { 7, BAF_START_LAST, WAY_NEXT_BATCH },
		{ 1000000, BAF_START_LAST, WAY_READ },     { 1, BAF_START_SINCE, WAY_READ_BATCH },
		{ UINT64_MAX, BAF_START_SINCE, WAY_NEXT }, { 0, BAF_START_NEWEST, WAY_READ },
	};
	struct visit visit = { 0 };

	alarm(SECONDS_AT_MOST);
	visit.query = query();
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		subscribe(readers[i].start, readers[i].value);
		read_all(&visit, readers[i].way);
		unsubscribe();
	}
	return visit;
}

/*
 * Publishing.
 */

static int publish_batch(void)
{
	const struct baf_buffer batch[] = { { "one", 3 }, { NULL, 0 }, { "three", 5 } };

	return baf_publisher_publish_batch(publisher, batch, 3);
}

static int publish_in_place(void)
{
	void *room;
	int r = baf_publisher_reserve(publisher, 100, &room);

	if (r)
		return r;
	memset(room, '\n', 100);
	return baf_publisher_commit(publisher, 100, BAF_FRAMING_LINE, 100);
}

static int publish_all(void)
{
	static const char message[8192];
	size_t limit = baf_publisher_get_limit(publisher);
	int r = 0;

	for (size_t size = 0; size < 50 && r == 0; size += 11) {
		r = baf_publisher_publish(publisher, message, size);
		if (r == 0)
			r = publish_batch();
		if (r == 0)
			r = publish_in_place();
		if (r == 0)
			r = baf_publisher_publish(publisher, message,
						  limit < sizeof(message) ? limit :
									    sizeof(message));
	}
	return r;
}

/* With somebody who reads what was there before, and then what is published. */
static void publish(struct visit *visit)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;

	options.flags = BAF_PUBLISHER_EXISTING;
	options.patience = 100000;
	subscribe(BAF_START_OLDEST, 0);
	read_all(visit, WAY_READ);
	visit->publish = baf_publisher_open(&publisher, scratch_directory(), VISITED, &options);
	if (visit->publish == 0) {
		visit->publish = publish_all();
		publisher = baf_publisher_close(publisher);
	}
	require(visit->publish <= 0);
	read_all(visit, WAY_READ_BATCH);
	unsubscribe();
}

struct visit visit(void)
{
	struct visit visit = visit_to_read();

	publish(&visit);
	alarm(0);
	return visit;
}
