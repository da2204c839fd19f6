// SPDX-License-Identifier: MIT
/*
 * bench-library on the naive ring, with each of its strategies.
 */
#include <errno.h>
#include <stdlib.h>

#include "bench/backend.h"
#include "bench/naive.h"

static const struct naive_strategy strategies[] = {
	{ .publish_every = 1, .polls = 50, .yields = 100 },
	{ .publish_every = 64, .polls = 200, .yields = 0 },
	{ .publish_every = 1, .polls = 200, .yields = 0 },
};

struct naive_state {
	struct naive_ring ring;
	struct naive_writer writer;
	struct naive_reader reader;
};

static int naive_prepare(struct backend_run *run)
{
	struct naive_state *state;
	int r;

	state = calloc(1, sizeof(*state));
	if (!state)
		return -ENOMEM;
	r = naive_ring_init(&state->ring, BACKEND_CAPACITY, run->n_subscribers,
			    &strategies[run->backend->variant]);
	if (r < 0) {
		free(state);
		return r;
	}
	run->state = state;
	return 0;
}

static int naive_attach(struct backend_run *run)
{
	struct naive_state *state = run->state;

	naive_reader_init(&state->reader, &state->ring, run->index);
	return 0;
}

static int naive_open(struct backend_run *run)
{
	struct naive_state *state = run->state;

	naive_writer_init(&state->writer, &state->ring);
	return 0;
}

static int naive_send(struct backend_run *run, uint64_t number, size_t n, uint64_t flags)
{
	struct naive_writer *writer = &((struct naive_state *)run->state)->writer;

	for (size_t i = 0; i < n; i++)
		naive_write(writer,
			    backend_message(run, i, (number + i) | (i + 1 == n ? flags : 0)),
			    run->size);
	if (flags)
		naive_publish(writer);
	return 0;
}

static int naive_receive(struct backend_run *run, struct stamp_account *account)
{
	struct naive_reader *reader = &((struct naive_state *)run->state)->reader;

	while (!stamp_check(account, run->buffer, naive_read(reader, run->buffer)))
		;
	naive_release(reader);
	return 0;
}

#define NAIVE_BACKEND(_name, _description, _variant)                                  \
	{                                                                             \
		.name = _name, .description = _description, .variant = _variant,      \
		.prepare = naive_prepare, .attach = naive_attach, .open = naive_open, \
		.send = naive_send, .receive = naive_receive                          \
	}

const struct backend naive_backends[] = {
	NAIVE_BACKEND("naive-yield", "naive ring: polls 50 times, yields 100 times, then sleeps",
		      0),
	NAIVE_BACKEND("naive-batch",
		      "naive ring: publishes every 64 messages, polls 200 times, then sleeps", 1),
	NAIVE_BACKEND("naive-sleep", "naive ring: polls 200 times, then sleeps", 2),
};

const size_t n_naive_backends = sizeof(naive_backends) / sizeof(naive_backends[0]);
