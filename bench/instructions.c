// SPDX-License-Identifier: MIT
/*
 * bench-instructions publishes to a topic in shared memory and reads it again, in one thread.
 *
 *     bench-instructions CALL CALLS DIRECTORY
 *     bench-instructions list
 *
 * It times nothing. bench/instructions runs it in valgrind, which counts the instructions of
 * measure() and of all that it calls. So measure() makes a single call to the library, CALLS times,
 * with messages of 64 bytes. Publishing and reading take turns. The first lap of the ring does not
 * count, since storage is taken then.
 *
 * A publisher reads the clock again when about 10 microseconds have passed (ring/clock.h). A pause
 * before each call that counts makes it do so every time: the count is the same on any machine.
 *
 * Prints how many messages a call handles. Exits 1 if a message is lost or is not what was
 * published.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "baf.h"

#define TOPIC "instructions"
#define PAUSE 20000 /* nanoseconds */

enum { MESSAGE = 64, BATCH = 64, CAPACITY = 1 << 20, TURN = 100 };

/* What all calls work on. */
struct bench {
	struct baf_publisher *publisher;
	struct baf_subscriber *subscriber;
	struct baf_buffer batch[BATCH];
	unsigned char messages[BATCH][MESSAGE];
	unsigned char buffer[BATCH * (4 + MESSAGE)];
	struct baf_event event; /* the last one */
	uint64_t published; /* messages */
	uint64_t received; /* messages */
};

/* A call to the library. 0 or 1: how many events it gave; or a negative errno. */
typedef int library_call(struct bench *bench);

static int call_publish(struct bench *bench)
{
	return baf_publisher_publish(bench->publisher, bench->messages[0], MESSAGE);
}

static int call_publish_batch(struct bench *bench)
{
	return baf_publisher_publish_batch(bench->publisher, bench->batch, BATCH);
}

static int call_reserve_commit(struct bench *bench)
{
	void *data;
	int r = baf_publisher_reserve(bench->publisher, MESSAGE, &data);

	if (r < 0)
		return r;
	memcpy(data, bench->messages[0], MESSAGE);
	return baf_publisher_commit(bench->publisher, MESSAGE, BAF_FRAMING_ONE, 1);
}

static int call_next(struct bench *bench)
{
	return baf_subscriber_next(bench->subscriber, &bench->event);
}

static int call_next_batch(struct bench *bench)
{
	return baf_subscriber_next_batch(bench->subscriber, &bench->event);
}

static int call_read(struct bench *bench)
{
	return baf_subscriber_read(bench->subscriber, bench->buffer, sizeof(bench->buffer),
				   &bench->event);
}

static int call_read_batch(struct bench *bench)
{
	return baf_subscriber_read_batch(bench->subscriber, bench->buffer, sizeof(bench->buffer),
					 &bench->event);
}

/**
 * struct measurement - a call, and what is done so that it has something to do
 * @name:       the call, as the user says it
 * @publish:    how messages come
 * @read:       how they go
 * @reads:      whether @read is what is measured
 * @n_messages: how many a call of each handles
 */
struct measurement {
	const char *name;
	library_call *publish;
	library_call *read;
	bool reads;
	unsigned int n_messages;
};

static const struct measurement measurements[] = {
	{ "publish", call_publish, call_next, false, 1 },
	{ "publish-batch", call_publish_batch, call_next_batch, false, BATCH },
	{ "reserve-commit", call_reserve_commit, call_next, false, 1 },
	{ "next", call_publish, call_next, true, 1 },
	{ "read", call_publish, call_read, true, 1 },
	{ "next-batch", call_publish_batch, call_next_batch, true, BATCH },
	{ "read-batch", call_publish_batch, call_read_batch, true, BATCH },
};

/* What bench/instructions counts. It finds this by name; the barrier keeps the frame. */
__attribute__((noinline)) static int measure(library_call *call, struct bench *bench)
{
	int r = call(bench);

	__asm__ volatile("" ::: "memory");
	return r;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void pause_for_clock(void)
{
	uint64_t start = now();

	while (now() - start < PAUSE)
		;
}

static int publish(struct bench *bench, const struct measurement *measurement, bool counts)
{
	int r;

	if (counts)
		pause_for_clock();
	r = counts ? measure(measurement->publish, bench) : measurement->publish(bench);
	bench->published += measurement->n_messages;
	return r;
}

/* Whether the last event holds what was published; a batch has a length before each message. */
static bool is_right(const struct bench *bench, const struct measurement *measurement)
{
	const struct baf_event *event = &bench->event;
	size_t prefix = measurement->n_messages > 1 ? 4 : 0;
	const unsigned char *data = event->data;

	if (event->type != BAF_EVENT_MESSAGES || event->count != measurement->n_messages ||
	    event->size != measurement->n_messages * (prefix + MESSAGE))
		return false;
	for (unsigned int i = 0; i < measurement->n_messages; i++)
		if (memcmp(data + i * (prefix + MESSAGE) + prefix, bench->messages[i], MESSAGE) !=
		    0)
			return false;
	return true;
}

static int receive(struct bench *bench, const struct measurement *measurement, bool counts)
{
	int r = counts ? measure(measurement->read, bench) : measurement->read(bench);

	if (r < 0)
		return r;
	if (r == 0 || !is_right(bench, measurement))
		return -EBADMSG;
	bench->received += bench->event.count;
	return 0;
}

/* Publishes some and reads them. */
static int take_turns(struct bench *bench, const struct measurement *measurement, bool counts)
{
	int r = 0;

	for (int i = 0; r == 0 && i < TURN; i++)
		r = publish(bench, measurement, counts && !measurement->reads);
	for (int i = 0; r == 0 && i < TURN; i++)
		r = receive(bench, measurement, counts && measurement->reads);
	return r;
}

static int run(struct bench *bench, const struct measurement *measurement, uint64_t calls)
{
	int r = 0;

	while (r == 0 && bench->published * MESSAGE < CAPACITY)
		r = take_turns(bench, measurement, false);
	for (uint64_t done = 0; r == 0 && done < calls; done += TURN)
		r = take_turns(bench, measurement, true);
	return r == 0 && bench->received != bench->published ? -EBADMSG : r;
}

static int open_both(struct bench *bench, const char *directory)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	int r;

	options.capacity = CAPACITY;
	options.flags = BAF_PUBLISHER_REMOVE;
	r = baf_publisher_open(&bench->publisher, directory, TOPIC, &options);
	if (r == 0)
		r = baf_subscriber_open(&bench->subscriber, directory, NULL);
	if (r == 0)
		r = baf_subscriber_add(bench->subscriber, TOPIC);
	if (r == 0 && (call_next(bench) != 1 || bench->event.type != BAF_EVENT_ATTACHED))
		r = -EBADMSG;
	return r;
}

static void fill_messages(struct bench *bench)
{
	for (size_t i = 0; i < BATCH; i++) {
		memset(bench->messages[i], (int)i, MESSAGE);
		bench->batch[i] = (struct baf_buffer){ bench->messages[i], MESSAGE };
	}
}

static const struct measurement *find(const char *name)
{
	for (size_t i = 0; i < sizeof(measurements) / sizeof(measurements[0]); i++)
		if (strcmp(measurements[i].name, name) == 0)
			return &measurements[i];
	return NULL;
}

static int list(void)
{
	for (size_t i = 0; i < sizeof(measurements) / sizeof(measurements[0]); i++)
		puts(measurements[i].name);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	const struct measurement *measurement = argc > 1 ? find(argv[1]) : NULL;
	int r;

	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list();
	if (argc != 4 || !measurement) {
		fputs("usage: bench-instructions CALL CALLS DIRECTORY\n"
		      "       bench-instructions list\n",
		      stderr);
		return 2;
	}
	fill_messages(&bench);
	r = open_both(&bench, argv[3]);
	if (r == 0)
		r = run(&bench, measurement, strtoull(argv[2], NULL, 10));
	baf_subscriber_close(bench.subscriber);
	baf_publisher_close(bench.publisher);
	if (r < 0) {
		fprintf(stderr, "bench-instructions: %s: %s\n", argv[1], strerror(-r));
		return EXIT_FAILURE;
	}
	printf("%u\n", measurement->n_messages);
	return EXIT_SUCCESS;
}
