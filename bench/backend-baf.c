// SPDX-License-Identifier: MIT
/*
 * bench-library on libbaf, patience inf: with the calls that a program would use for one message at
 * a time, and with those for batches. A batch is a burst, or as much of it as there are places for.
 */
#include <errno.h>
#include <stdlib.h>

#include "baf.h"
#include "bench/backend.h"

#define TOPIC "bench"
#define TAKE_BYTES (BACKEND_CAPACITY / 2)
#define SECOND UINT64_C(1000000000)

enum variant {
	VARIANT_SINGLE, /* publish, read */
	VARIANT_BATCH, /* publish_batch, read */
	VARIANT_BATCHES, /* publish_batch, read_batch */
};

struct baf_state {
	struct baf_publisher *publisher;
	struct baf_subscriber *subscriber;
	struct baf_buffer batch[BACKEND_BURST];
	uint64_t reported; /* messages that libbaf said were lost */
};

static int state_prepare(struct backend_run *run)
{
	run->state = calloc(1, sizeof(struct baf_state));
	return run->state ? 0 : -ENOMEM;
}

static int subscriber_attach(struct backend_run *run)
{
	struct baf_state *state = run->state;
	int r;

	if (run->backend->variant == VARIANT_BATCHES) {
		free(run->buffer);
		run->buffer = malloc(TAKE_BYTES);
		run->buffer_size = TAKE_BYTES;
		if (!run->buffer)
			return -ENOMEM;
	}
	r = baf_subscriber_open(&state->subscriber, run->directory, NULL);
	if (r < 0)
		return r;
	return baf_subscriber_add(state->subscriber, TOPIC);
}

static int publisher_open(struct backend_run *run)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_state *state = run->state;
	int r;

	options.capacity = BACKEND_CAPACITY;
	options.patience = BAF_INFINITE;
	options.flags = BAF_PUBLISHER_REMOVE;
	r = baf_publisher_open(&state->publisher, run->directory, TOPIC, &options);
	if (r < 0)
		return r;
	r = baf_publisher_wait_subscribers(state->publisher, run->n_subscribers, 10 * SECOND);
	if (r < 0 || (unsigned int)r < run->n_subscribers)
		return r < 0 ? r : -ETIMEDOUT;
	return 0;
}

static int send_single(struct backend_run *run, uint64_t number, size_t n, uint64_t flags)
{
	struct baf_state *state = run->state;

	for (size_t i = 0; i < n; i++) {
		const void *message =
			backend_message(run, i, (number + i) | (i + 1 == n ? flags : 0));
		int r = baf_publisher_publish(state->publisher, message, run->size);

		if (r < 0)
			return r;
	}
	return 0;
}

static int send_batch(struct backend_run *run, uint64_t number, size_t n, uint64_t flags)
{
	struct baf_state *state = run->state;
	size_t n_now;

	for (; n > 0; n -= n_now, number += n_now) {
		int r;

		n_now = n < run->n_places ? n : run->n_places;
		for (size_t i = 0; i < n_now; i++) {
			state->batch[i].data =
				backend_message(run, i, (number + i) | (i + 1 == n ? flags : 0));
			state->batch[i].size = run->size;
		}
		r = baf_publisher_publish_batch(state->publisher, state->batch, n_now);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Looks at what was taken. Returns 1 at the last message, 0, or a negative errno. */
static int check_event(struct baf_state *state, struct stamp_account *account,
		       const struct baf_event *event)
{
	const void *bytes = event->data, *message;
	size_t left = event->size, size;
	int r;

	if (event->type == BAF_EVENT_LOST)
		state->reported += event->count;
	if (event->type == BAF_EVENT_FAILED)
		return event->error;
	if (event->type != BAF_EVENT_MESSAGES)
		return 0;
	if (event->framing == BAF_FRAMING_ONE)
		return stamp_check(account, bytes, left);
	while ((r = baf_batch_next(event->framing, &bytes, &left, &message, &size)) == 1)
		if (stamp_check(account, message, size))
			return 1;
	return r;
}

static int receive(struct backend_run *run, struct stamp_account *account,
		   int (*take)(struct baf_subscriber *, void *, size_t, struct baf_event *))
{
	struct baf_state *state = run->state;
	struct baf_event event;
	int r;

	do {
		r = take(state->subscriber, run->buffer, run->buffer_size, &event);
		if (r == 1)
			r = check_event(state, account, &event);
		else if (r == 0)
			r = baf_subscriber_wait(state->subscriber, BAF_INFINITE) < 0 ? -EINTR : 0;
	} while (r == 0);
	if (r == 1 && state->reported != account->lost)
		account->wrong++;
	return r < 0 ? r : 0;
}

static int receive_single(struct backend_run *run, struct stamp_account *account)
{
	return receive(run, account, baf_subscriber_read);
}

static int receive_batch(struct backend_run *run, struct stamp_account *account)
{
	return receive(run, account, baf_subscriber_read_batch);
}

static void publisher_close(struct backend_run *run)
{
	struct baf_state *state = run->state;

	state->publisher = baf_publisher_close(state->publisher);
}

#define BAF_BACKEND(_name, _description, _variant, _send, _receive)                            \
	{                                                                                      \
		.name = _name, .description = _description, .variant = _variant,               \
		.prepare = state_prepare, .attach = subscriber_attach, .open = publisher_open, \
		.send = _send, .receive = _receive, .close = publisher_close                   \
	}

const struct backend baf_backends[] = {
	BAF_BACKEND("baf-single", "libbaf: publish, read", VARIANT_SINGLE, send_single,
		    receive_single),
	BAF_BACKEND("baf-batch", "libbaf: publish_batch of 64, read", VARIANT_BATCH, send_batch,
		    receive_single),
	BAF_BACKEND("baf-batches", "libbaf: publish_batch of 64, read_batch", VARIANT_BATCHES,
		    send_batch, receive_batch),
};

const size_t n_baf_backends = sizeof(baf_backends) / sizeof(baf_backends[0]);
