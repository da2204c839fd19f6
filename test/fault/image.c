// SPDX-License-Identifier: MIT
#include "test/fault/image.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/visit.h"

static const size_t ROSTER_SIZE =
	sizeof(struct fanout_subscribers) + FANOUT_SLOTS * sizeof(struct fanout_slot);

/*
 * Making.
 */

static unsigned int publish_batch(struct baf_publisher *publisher, unsigned int number)
{
	char messages[3][100];
	struct baf_buffer batch[3];

	for (unsigned int i = 0; i < 3; i++) {
		batch[i] = (struct baf_buffer){ .data = messages[i], .size = 40 + i * 20 };
		message_make(messages[i], number + i, batch[i].size);
	}
	require_equal(baf_publisher_publish_batch(publisher, batch, 3), 0);
	return 3;
}

static unsigned int publish_delimited(struct baf_publisher *publisher, unsigned int number,
				      enum baf_framing framing)
{
	size_t size = 0;
	void *room;

	require_equal(baf_publisher_reserve(publisher, 200, &room), 0);
	for (unsigned int i = 0; i < 2; i++) {
		message_make((char *)room + size, number + i, 30 + i);
		size += 30 + i;
		((char *)room)[size++] = framing == BAF_FRAMING_LINE ? '\n' : '\0';
	}
	require_equal(baf_publisher_commit(publisher, size, framing, 2), 0);
	return 2;
}

static unsigned int publish_one(struct baf_publisher *publisher, unsigned int number)
{
	size_t size = number % 16 == 0 ? 1200 : MESSAGE_MIN + number % 32;

	require_equal(message_publish(publisher, number, size), 0);
	return 1;
}

static unsigned int publish_some(struct baf_publisher *publisher, unsigned int number,
				 unsigned int left)
{
	if (left < 3)
		return publish_one(publisher, number);
	switch (number % 5) {
	case 0:
		return publish_batch(publisher, number);
	case 1:
		return publish_delimited(publisher, number, BAF_FRAMING_LINE);
	case 2:
		return publish_delimited(publisher, number, BAF_FRAMING_NUL);
	default:
		return publish_one(publisher, number);
	}
}

static void publish_all(unsigned int n_messages)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;

	options.capacity = IMAGE_CAPACITY;
	options.patience = 0;
	require_equal(baf_publisher_open(&publisher, scratch_directory(), VISITED, &options), 0);
	for (unsigned int number = 0; number < n_messages;)
		number += publish_some(publisher, number, n_messages - number);
	baf_publisher_close(publisher);
}

static size_t read_file(const char *path, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	require(fd >= 0);
	n = read(fd, bytes, size);
	require(n > 0);
	close(fd);
	return (size_t)n;
}

void image_make(struct image *image, unsigned int n_messages)
{
	struct baf_subscriber *subscriber;

	publish_all(n_messages);
	/* It leaves the traces of a subscriber on the roster. */
	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), NULL), 0);
	require_equal(baf_subscriber_add(subscriber, VISITED), 0);
	image->size = read_file(scratch_file(VISITED), image->bytes, sizeof(image->bytes));
	require_equal(image->size, IMAGE_SIZE);
	(void)read_file(scratch_file("." VISITED ".*.subscribers"), image->roster_bytes,
			sizeof(image->roster_bytes));
	require_equal(image->roster.slots[0].state, FANOUT_SLOT_ATTACHED);
	baf_subscriber_close(subscriber);
	(void)scratch_clear();
}

/*
 * Planting.
 */

static void write_file(const char *name, const void *bytes, size_t size, size_t whole_size)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", scratch_directory(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	require(fd >= 0);
	require(write(fd, bytes, size) == (ssize_t)size);
	require(ftruncate(fd, (off_t)whole_size) == 0);
	close(fd);
}

void image_plant(const struct image *image)
{
	char roster[100];

	(void)scratch_clear();
	write_file(VISITED, image->bytes, image->size, image->size);
	snprintf(roster, sizeof(roster), "." VISITED ".%016llx.subscribers",
		 (unsigned long long)image->ring.id);
	write_file(roster, image->roster_bytes, sizeof(image->roster_bytes), ROSTER_SIZE);
}

struct fanout_record *image_record(struct image *image, __u64 position)
{
	return (void *)(image->bytes + IMAGE_HEADER + (position & (IMAGE_CAPACITY - 1)));
}
