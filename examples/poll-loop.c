/* SPDX-License-Identifier: MIT */
/*
 * A chat room: what is typed here is published, what anybody publishes is
 * printed, and one poll(2) waits for both. Run it in several terminals:
 *
 *     poll-loop room
 *
 * It ends when its input has ended and nobody else is left in the room.
 *
 *     cc poll-loop.c $(pkg-config --cflags --libs baf) -o poll-loop
 */
#include <baf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "poll-loop: %s: %s\n", what, strerror(-error));
	return 1;
}

/* Publishes what one read gives; at a terminal that is a line. At the end of the input the
 * publisher is closed, and the pointer to it becomes NULL. */
static int publish_input(struct baf_publisher **publisherp)
{
	char buffer[4096];
	ssize_t size;

	size = read(STDIN_FILENO, buffer, sizeof(buffer));
	if (size > 0)
		return baf_publisher_publish(*publisherp, buffer, (size_t)size);
	if (size < 0 && errno == EINTR)
		return 0;

	*publisherp = baf_publisher_close(*publisherp);
	return size < 0 ? -errno : 0;
}

/*
 * Prints all that there is. What baf_subscriber_next() shows is in the ring itself, where it could
 * be overwritten while we look at it; so it is copied, and counts only if it was still intact then.
 */
static int print_messages(struct baf_subscriber *subscriber)
{
	char buffer[4096];
	struct baf_event event;
	size_t size;
	int r;

	while ((r = baf_subscriber_next(subscriber, &event)) > 0) {
		if (event.type == BAF_EVENT_FAILED)
			fprintf(stderr, "poll-loop: %s: %s\n", event.topic, event.reason);
		if (event.type != BAF_EVENT_MESSAGES)
			continue;

		size = event.size < sizeof(buffer) ? event.size : sizeof(buffer);
		memcpy(buffer, event.data, size);
		if (baf_subscriber_intact(subscriber))
			fwrite(buffer, 1, size, stdout);
	}
	fflush(stdout);
	return r;
}

/* The loop. baf_subscriber_arm() comes before each sleep: it says whether to sleep at all. */
static int chat(struct baf_subscriber *subscriber, struct baf_publisher **publisherp)
{
	struct pollfd fds[2] = {
		{ .fd = baf_subscriber_fd(subscriber), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	uint64_t sleep;
	int r, timeout;

	if (fds[0].fd < 0)
		return fds[0].fd;

	for (;;) {
		r = print_messages(subscriber);
		if (r < 0 || baf_subscriber_ended(subscriber))
			return r;

		r = baf_subscriber_arm(subscriber);
		if (r < 0)
			return r;
		sleep = baf_subscriber_get_sleep(subscriber) / 1000000;
		timeout = r > 0 ? 0 : sleep > 60000 ? 60000 : (int)sleep;

		fds[1].fd = *publisherp ? STDIN_FILENO : -1;
		if (poll(fds, 2, timeout) < 0 && errno != EINTR)
			return -errno;
		if (*publisherp && fds[1].revents) {
			r = publish_input(publisherp);
			if (r < 0)
				return r;
		}
	}
}

int main(int argc, char **argv)
{
	struct baf_publisher_options publisher_options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_subscriber_options subscriber_options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_publisher *publisher = NULL;
	struct baf_subscriber *subscriber = NULL;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: poll-loop TOPIC\n");
		return 2;
	}

	publisher_options.flags = BAF_PUBLISHER_SHARED; /* a room is for several */
	subscriber_options.flags = BAF_SUBSCRIBER_EOF;

	r = baf_publisher_open(&publisher, NULL, argv[1], &publisher_options);
	if (r >= 0)
		r = baf_subscriber_open(&subscriber, NULL, &subscriber_options);
	if (r >= 0)
		r = baf_subscriber_add(subscriber, argv[1]);
	if (r >= 0)
		r = chat(subscriber, &publisher);

	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
	return r < 0 ? fail(argv[1], r) : 0;
}
