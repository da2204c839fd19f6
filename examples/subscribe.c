/* SPDX-License-Identifier: MIT */
/*
 * Prints messages, with the topic in front, and says what was lost:
 *
 *     subscribe 2 greetings            the oldest two that are there, or the next
 *     subscribe 100 'sensor.*' log     from several topics as one stream
 *
 *     cc subscribe.c $(pkg-config --cflags --libs baf) -o subscribe
 */
#include <baf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "subscribe: %s: %s\n", what, strerror(-error));
	return 1;
}

/* Shows one event; returns how many messages it brought. */
static unsigned long show(const struct baf_event *event)
{
	switch (event->type) {
	case BAF_EVENT_MESSAGES:
		printf("%s: %.*s\n", event->topic, (int)event->size, (const char *)event->data);
		return event->count;
	case BAF_EVENT_LOST:
		fprintf(stderr, "%s: lost %" PRIu64 "\n", event->topic, event->count);
		return 0;
	case BAF_EVENT_FAILED:
		fprintf(stderr, "%s: %s\n", event->topic, event->reason);
		return 0;
	default: /* a topic came or went, which is fine */
		return 0;
	}
}

/* Copies messages out of the rings, one at a time, until there were enough. */
static int print_messages(struct baf_subscriber *subscriber, unsigned long count)
{
	struct baf_event event;
	size_t size = 4096;
	char *buffer = malloc(size);
	int r = buffer ? 0 : -ENOMEM;

	while (count > 0 && r >= 0) {
		r = baf_subscriber_read(subscriber, buffer, size, &event);
		if (r == -EMSGSIZE) {
			/* It is larger than the buffer, and was not taken. */
			free(buffer);
			size = event.size;
			buffer = malloc(size);
			r = buffer ? 0 : -ENOMEM;
		} else if (r > 0) {
			count -= show(&event);
		} else if (r == 0) {
			if (baf_subscriber_ended(subscriber))
				break; /* every topic failed */
			fflush(stdout); /* before a sleep, so that nobody waits for it */
			r = baf_subscriber_wait(subscriber, BAF_INFINITE);
		}
	}

	free(buffer);
	return r < 0 ? r : count > 0 ? -ENODATA : 0;
}

int main(int argc, char **argv)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber;
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: subscribe COUNT TOPIC|PATTERN...\n");
		return 2;
	}

	options.start = BAF_START_OLDEST;
	r = baf_subscriber_open(&subscriber, NULL, &options);
	if (r < 0)
		return fail("cannot subscribe", r);

	/* A topic that does not exist yet joins when it appears. */
	for (int i = 2; i < argc && r >= 0; i++)
		r = baf_subscriber_add(subscriber, argv[i]);
	if (r >= 0)
		r = print_messages(subscriber, strtoul(argv[1], NULL, 10));

	baf_subscriber_close(subscriber);
	return r < 0 ? fail(argv[2], r) : 0;
}
