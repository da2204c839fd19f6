// SPDX-License-Identifier: MIT
/*
 * The subscribing end, through the public header only.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "baf.h"
#include "ring/test-directory.h"

#define MILLISECOND UINT64_C(1000000)
#define LONG_ENOUGH (20000 * MILLISECOND)

static struct baf_publisher *open_publisher(const char *topic, uint64_t capacity, uint64_t patience)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher = NULL;

	options.capacity = capacity;
	options.patience = patience;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, topic, &options), 0);
	return publisher;
}

static struct baf_subscriber *open_set(uint32_t start, uint64_t value, uint32_t flags)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber = NULL;

	options.start = start;
	options.start_value = value;
	options.flags = flags;
	assert_int_equal(baf_subscriber_open(&subscriber, test_directory, &options), 0);
	return subscriber;
}

static struct baf_subscriber *subscribe(const char *pattern)
{
	struct baf_subscriber *subscriber = open_set(BAF_START_NEWEST, 0, 0);

	assert_int_equal(baf_subscriber_add(subscriber, pattern), 0);
	return subscriber;
}

static void publish(struct baf_publisher *publisher, const char *text)
{
	assert_int_equal(baf_publisher_publish(publisher, text, strlen(text)), 0);
}

static void publish_lines(struct baf_publisher *publisher, const char *lines, size_t n)
{
	void *data;

	assert_int_equal(baf_publisher_reserve(publisher, strlen(lines), &data), 0);
	memcpy(data, lines, strlen(lines));
	assert_int_equal(baf_publisher_commit(publisher, strlen(lines), BAF_FRAMING_LINE, n), 0);
}

static void describe(char *text, size_t size, const struct baf_event *event)
{
	switch (event->type) {
	case BAF_EVENT_MESSAGES:
		snprintf(text, size, "%s %d: %.*s", event->topic, (int)event->sequence,
			 (int)event->size, (const char *)event->data);
		break;
	case BAF_EVENT_LOST:
		snprintf(text, size, "%s lost %d", event->topic, (int)event->count);
		break;
	case BAF_EVENT_ATTACHED:
		snprintf(text, size, "%s attached", event->topic);
		break;
	case BAF_EVENT_RETIRED:
		snprintf(text, size, "%s retired", event->topic);
		break;
	case BAF_EVENT_FAILED:
		snprintf(text, size, "%s failed %d", event->topic, event->error);
		break;
	}
}

/* The next event as text; "-" for nothing. */
static const char *next_event(struct baf_subscriber *subscriber, bool batch)
{
	static char text[512];
	struct baf_event event;
	char buffer[256];
	int r = batch ? baf_subscriber_read_batch(subscriber, buffer, sizeof(buffer), &event) :
			baf_subscriber_read(subscriber, buffer, sizeof(buffer), &event);

	assert_true(r >= 0);
	if (r == 0)
		return "-";
	describe(text, sizeof(text), &event);
	return text;
}

/* The same, but skips the news that topics are attached. */
static const char *next(struct baf_subscriber *subscriber)
{
	const char *text;

	do
		text = next_event(subscriber, false);
	while (strstr(text, " attached"));
	return text;
}

static const char *wait_next(struct baf_subscriber *subscriber)
{
	const char *text = next(subscriber);

	while (strcmp(text, "-") == 0) {
		if (baf_subscriber_wait(subscriber, LONG_ENOUGH) != 1)
			fail_msg("nothing came");
		text = next(subscriber);
	}
	return text;
}

static void history_starts_where_it_was_asked_to(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set;

	(void)state;
	publish(publisher, "a");
	publish_lines(publisher, "b\nc\nd\n", 3);
	set = open_set(BAF_START_OLDEST, 0, 0);
	baf_subscriber_add(set, "t");
	assert_string_equal(next(set), "t 0: a");
	assert_string_equal(next(set), "t 1: b");
	baf_subscriber_close(set);
	set = open_set(BAF_START_LAST, 2, 0);
	baf_subscriber_add(set, "t");
	assert_string_equal(next(set), "t 2: c");
	assert_string_equal(next(set), "t 3: d");
	assert_string_equal(next(set), "-");
	publish(publisher, "e");
	assert_string_equal(next(set), "t 4: e");
	baf_subscriber_close(set);
	set = open_set(BAF_START_SINCE, 1, 0);
	baf_subscriber_add(set, "t");
	assert_string_equal(next(set), "t 0: a");
	baf_subscriber_close(set);
	set = open_set(BAF_START_SINCE, UINT64_MAX, 0);
	baf_subscriber_add(set, "t");
	assert_string_equal(next(set), "-");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void the_last_messages_of_a_batch_come_as_a_batch(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = open_set(BAF_START_LAST, 2, 0);

	(void)state;
	publish_lines(publisher, "b\nc\nd\n", 3);
	baf_subscriber_add(set, "t");
	assert_string_equal(next_event(set, true), "t attached");
	assert_string_equal(next_event(set, true), "t 1: c\nd\n");
	assert_string_equal(next_event(set, true), "-");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void what_is_left_of_a_batch_can_be_taken_at_once(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = subscribe("t");

	(void)state;
	publish_lines(publisher, "b\nc\nd\n", 3);
	assert_string_equal(next(set), "t 0: b");
	assert_string_equal(next_event(set, true), "t 1: c\nd\n");
	publish_lines(publisher, "e\n", 1);
	assert_string_equal(next(set), "t 3: e");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void history_outlives_its_publisher(void **state)
{
	struct baf_subscriber *set = open_set(BAF_START_OLDEST, 0, 0);
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		publish(open_publisher("t", 0, 0), "testament");
		raise(SIGKILL);
	}
	waitpid(child, NULL, 0);
	baf_subscriber_add(set, "t");
	assert_string_equal(next(set), "t 0: testament");
	baf_subscriber_close(set);
}

static void a_topic_that_appears_later_is_read_from_its_first_message(void **state)
{
	struct baf_subscriber *set = subscribe("t");
	struct baf_publisher *publisher;

	(void)state;
	assert_string_equal(next(set), "-");
	publisher = open_publisher("t", 0, 0);
	publish(publisher, "first");
	assert_string_equal(wait_next(set), "t 0: first");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_ring_that_came_and_went_before_anybody_looked_is_counted_as_lost(void **state)
{
	struct baf_subscriber *set = subscribe("t");
	struct baf_publisher *publisher = open_publisher("t", 1 << 16, 0);

	(void)state;
	for (int i = 0; i < 100; i++)
		publish(publisher, "missed");
	baf_publisher_close(publisher);
	publisher = open_publisher("t", 1 << 17, 0);
	publish(publisher, "here");
	assert_string_equal(wait_next(set), "t lost 100");
	assert_string_equal(wait_next(set), "t 100: here");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void patterns_take_topics_that_appear_and_leave_others_out(void **state)
{
	struct baf_publisher *there = open_publisher("sensor.a", 0, 0), *later, *other;
	struct baf_subscriber *set = open_set(BAF_START_NEWEST, 0, 0);

	(void)state;
	assert_int_equal(baf_subscriber_exclude(set, "sensor.x"), 0);
	assert_int_equal(baf_subscriber_add(set, "sensor.*"), 0);
	publish(there, "1");
	assert_string_equal(next(set), "sensor.a 0: 1");
	other = open_publisher("sensor.x", 0, 0);
	publish(other, "no");
	baf_publisher_close(other);
	other = open_publisher("motor", 0, 0);
	publish(other, "no");
	later = open_publisher("sensor.b", 0, 0);
	publish(later, "2");
	assert_string_equal(wait_next(set), "sensor.b 0: 2");
	assert_string_equal(next(set), "-");
	baf_subscriber_close(set);
	baf_publisher_close(later);
	baf_publisher_close(other);
	baf_publisher_close(there);
}

static void topics_take_turns(void **state)
{
	struct baf_publisher *a = open_publisher("a", 0, 0), *b = open_publisher("b", 0, 0);
	struct baf_subscriber *set = subscribe(">");

	(void)state;
	for (int i = 0; i < 2; i++) {
		publish(a, "x");
		publish(b, "y");
	}
	assert_string_equal(next(set), "a 0: x");
	assert_string_equal(next(set), "b 0: y");
	assert_string_equal(next(set), "a 1: x");
	assert_string_equal(next(set), "b 1: y");
	baf_subscriber_close(set);
	baf_publisher_close(a);
	baf_publisher_close(b);
}

static void loss_is_told_in_place_and_exactly(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 4096, 0);
	struct baf_subscriber *set = subscribe("t");
	struct baf_subscriber_counters counters = { .size = sizeof(counters) };
	char block[100];
	uint64_t received = 0, lost = 0;
	struct baf_event event;

	(void)state;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(baf_publisher_publish(publisher, block, sizeof(block)), 0);
		if (i % 90 == 0)
			next(set);
	}
	while (baf_subscriber_read(set, block, sizeof(block), &event) == 1)
		;
	assert_int_equal(baf_subscriber_get_counters(set, &counters), 0);
	received = counters.messages;
	lost = counters.lost;
	assert_int_equal(received + lost, 1000);
	assert_true(lost > 0 && received > 0);
	assert_int_equal(counters.lag, 0);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void loss_in_the_middle_of_a_batch_is_exact(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 4096, 0);
	struct baf_subscriber *set = subscribe("t");
	char block[1000] = "";

	(void)state;
	publish_lines(publisher, "a\nb\nc\n", 3);
	assert_string_equal(next(set), "t 0: a");
	for (int i = 0; i < 5; i++)
		assert_int_equal(baf_publisher_publish(publisher, block, sizeof(block)), 0);
	/* It lost b and c, and all of the blocks except the four that fit. */
	assert_string_equal(next(set), "t lost 3");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_view_that_was_overwritten_is_taken_back_and_counted_as_lost(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 4096, 0);
	struct baf_subscriber *set = subscribe("t");
	struct baf_subscriber_counters counters = { .size = sizeof(counters) };
	struct baf_event event;
	char block[1000] = "";

	(void)state;
	publish(publisher, "view");
	while (baf_subscriber_next(set, &event) == 1 && event.type != BAF_EVENT_MESSAGES)
		;
	assert_int_equal(baf_subscriber_intact(set), 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(baf_publisher_publish(publisher, block, sizeof(block)), 0);
	assert_int_equal(baf_subscriber_intact(set), 0);
	assert_int_equal(baf_subscriber_next(set, &event), 1);
	assert_int_equal(event.type, BAF_EVENT_LOST);
	assert_int_equal(event.count, 2);
	baf_subscriber_get_counters(set, &counters);
	assert_int_equal(counters.messages, 0);
	assert_int_equal(counters.lost, 2);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_message_that_does_not_fit_the_buffer_is_not_taken(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = subscribe("t");
	struct baf_event event;
	char small[3], large[5];

	(void)state;
	publish(publisher, "12345");
	assert_string_equal(next_event(set, false), "t attached");
	assert_int_equal(baf_subscriber_read(set, small, sizeof(small), &event), -EMSGSIZE);
	assert_int_equal(event.size, 5);
	assert_int_equal(baf_subscriber_read(set, large, sizeof(large), &event), 1);
	assert_memory_equal(large, "12345", 5);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void read_text(struct baf_subscriber *set, size_t size, const char *expected)
{
	struct baf_event event;
	char buffer[16];

	assert_int_equal(baf_subscriber_read(set, buffer, size, &event), expected ? 1 : -EMSGSIZE);
	if (!expected)
		return;
	assert_int_equal(event.size, strlen(expected));
	assert_memory_equal(buffer, expected, event.size);
}

static void messages_of_a_batch_are_read_one_by_one_and_counted(void **state)
{
	static const struct baf_buffer batch[] = { { "one", 3 }, { "", 0 }, { "three", 5 } };
	struct baf_subscriber_counters counters = { .size = sizeof(counters) };
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = subscribe("t");
	struct baf_event event;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(baf_publisher_publish_batch(publisher, batch, 3), 0);
	assert_string_equal(next_event(set, false), "t attached");
	for (int i = 0; i < 3; i++) {
		read_text(set, 16, "one");
		read_text(set, 0, "");
		read_text(set, 4, NULL);
		read_text(set, 5, "three");
	}
	assert_int_equal(baf_subscriber_next(set, &event), 0);
	baf_subscriber_get_counters(set, &counters);
	assert_int_equal(counters.messages, 9);
	assert_int_equal(counters.bytes, 24);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_drain_ends_at_what_was_there(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = open_set(BAF_START_OLDEST, 0, BAF_SUBSCRIBER_DRAIN);

	(void)state;
	publish(publisher, "1");
	publish(publisher, "2");
	assert_int_equal(baf_subscriber_add(set, "nothing"), -ENOENT);
	assert_int_equal(baf_subscriber_add(set, "t"), 0);
	publish(publisher, "3");
	assert_int_equal(baf_subscriber_ended(set), 0);
	assert_string_equal(next(set), "t 0: 1");
	assert_string_equal(next(set), "t 1: 2");
	assert_string_equal(next(set), "-");
	assert_int_equal(baf_subscriber_ended(set), 1);
	assert_int_equal(baf_subscriber_wait(set, BAF_INFINITE), 1);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_drain_of_an_empty_topic_ends_at_once(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = open_set(BAF_START_OLDEST, 0, BAF_SUBSCRIBER_DRAIN);

	(void)state;
	assert_int_equal(baf_subscriber_add(set, ">"), 0);
	assert_string_equal(next(set), "-");
	assert_int_equal(baf_subscriber_ended(set), 1);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void the_end_comes_when_the_publisher_has_gone_and_all_is_read(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = open_set(BAF_START_NEWEST, 0, BAF_SUBSCRIBER_EOF);

	(void)state;
	assert_int_equal(baf_subscriber_add(set, "t"), 0);
	publish(publisher, "last");
	assert_int_equal(baf_subscriber_ended(set), 0);
	baf_publisher_close(publisher);
	assert_int_equal(baf_subscriber_ended(set), 0);
	assert_string_equal(next(set), "t 0: last");
	assert_string_equal(next(set), "-");
	assert_int_equal(baf_subscriber_ended(set), 1);
	baf_subscriber_close(set);
}

static void a_killed_publisher_is_an_end_that_wakes(void **state)
{
	struct baf_subscriber *set = open_set(BAF_START_NEWEST, 0, BAF_SUBSCRIBER_EOF);
	int go[2];
	pid_t child;
	char byte;

	(void)state;
	assert_int_equal(pipe(go), 0);
	assert_int_equal(baf_subscriber_add(set, "t"), 0);
	child = fork();
	if (child == 0) {
		baf_subscriber_close(set);
		publish(open_publisher("t", 0, 0), "x");
		(void)!write(go[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(go[0], &byte, 1), 1);
	assert_string_equal(wait_next(set), "t 0: x");
	assert_int_equal(baf_subscriber_ended(set), 0);
	kill(child, SIGKILL);
	for (int i = 0; i < 100 && !baf_subscriber_ended(set); i++) {
		assert_int_equal(baf_subscriber_wait(set, LONG_ENOUGH), 1);
		assert_string_equal(next(set), "-");
	}
	assert_int_equal(baf_subscriber_ended(set), 1);
	waitpid(child, NULL, 0);
	baf_subscriber_close(set);
	close(go[0]);
	close(go[1]);
}

static bool readable(struct baf_subscriber *set, int timeout)
{
	struct pollfd poll_fd = { .fd = baf_subscriber_fd(set), .events = POLLIN };

	assert_true(poll_fd.fd >= 0);
	return poll(&poll_fd, 1, timeout) == 1;
}

static void the_descriptor_wakes_an_armed_set(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = subscribe("t");

	(void)state;
	assert_string_equal(next(set), "-");
	for (int i = 0; i < 10; i++) {
		char text[32];

		assert_int_equal(baf_subscriber_arm(set), 0);
		assert_false(readable(set, 0));
		publish(publisher, "x");
		assert_true(readable(set, 20000));
		assert_int_equal(baf_subscriber_arm(set), 1);
		snprintf(text, sizeof(text), "t %d: x", i);
		assert_string_equal(next(set), text);
		assert_string_equal(next(set), "-");
	}
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

/* Both ends of a topic whose files somebody truncates, for the SIGBUS handler. */
static struct baf_publisher *volatile cut_publisher;
static struct baf_subscriber *volatile cut_subscriber;

static void survive_sigbus(int signal, siginfo_t *info, void *context)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };

	(void)context;
	if (!baf_publisher_handle_sigbus(cut_publisher, info->si_addr) &&
	    !baf_subscriber_handle_sigbus(cut_subscriber, info->si_addr))
		sigaction(signal, &action, NULL);
}

/* Cuts off the roster of the only topic. */
static void cut_roster_off(void)
{
	DIR *stream = opendir(test_directory);
	const struct dirent *entry;
	int n_cut = 0;

	assert_non_null(stream);
	while ((entry = readdir(stream)) != NULL) {
		int fd = strstr(entry->d_name, ".subscribers") ?
				 openat(dirfd(stream), entry->d_name, O_WRONLY | O_TRUNC) :
				 -1;

		n_cut += fd >= 0;
		if (fd >= 0)
			close(fd);
	}
	closedir(stream);
	assert_int_equal(n_cut, 1);
}

static void a_publisher_that_finds_the_roster_cut_off_wakes_who_sleeps(void **state)
{
	struct sigaction action = { .sa_sigaction = survive_sigbus, .sa_flags = SA_SIGINFO };
	struct sigaction before;

	(void)state;
	assert_int_equal(sigaction(SIGBUS, &action, &before), 0);
	cut_publisher = open_publisher("t", 0, 0);
	cut_subscriber = subscribe("t");
	/* From the second message on there is storage: taking storage rings the doorbell, too. */
	publish(cut_publisher, "x");
	assert_string_equal(next(cut_subscriber), "t 0: x");
	assert_string_equal(next(cut_subscriber), "-");
	assert_int_equal(baf_subscriber_arm(cut_subscriber), 0);
	cut_roster_off();
	publish(cut_publisher, "y");
	assert_true(readable(cut_subscriber, 20000));
	assert_string_equal(next(cut_subscriber), "t 1: y");
	cut_publisher = baf_publisher_close(cut_publisher);
	cut_subscriber = baf_subscriber_close(cut_subscriber);
	assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
}

static void the_descriptor_wakes_for_a_new_topic(void **state)
{
	struct baf_subscriber *set = subscribe(">");
	struct baf_publisher *publisher;

	(void)state;
	assert_int_equal(baf_subscriber_arm(set), 0);
	publisher = open_publisher("new", 0, 0);
	publish(publisher, "x");
	assert_true(readable(set, 20000));
	assert_int_equal(baf_subscriber_arm(set), 1);
	assert_string_equal(next(set), "new 0: x");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_set_of_many_topics_hears_the_one_that_speaks(void **state)
{
	struct baf_publisher *publisher;
	struct baf_subscriber *set;

	(void)state;
	for (int i = 0; i < 300; i++) {
		char name[16];

		snprintf(name, sizeof(name), "t%03d", i);
		assert_int_equal(baf_topic_create(test_directory, name, NULL), 0);
	}
	set = subscribe(">");
	assert_string_equal(next(set), "-");
	assert_int_equal(baf_subscriber_wait(set, MILLISECOND), 0);
	publisher = open_publisher("t123", 0, 0);
	publish(publisher, "x");
	assert_string_equal(wait_next(set), "t123 0: x");
	baf_publisher_close(publisher);
	publisher = open_publisher("t299", 0, 0);
	publish(publisher, "y");
	assert_string_equal(wait_next(set), "t299 0: y");
	baf_publisher_close(publisher);
	baf_subscriber_close(set);
}

static void a_busy_topic_does_not_starve_the_others(void **state)
{
	struct baf_publisher *busy = open_publisher("busy", 0, 0),
			     *calm = open_publisher("calm", 0, 0);
	struct baf_subscriber *set = subscribe(">");
	bool heard = false;

	(void)state;
	assert_string_equal(next(set), "-");
	assert_int_equal(baf_subscriber_arm(set), 0);
	publish(calm, "psst");
	for (int i = 0; i < 1000 && !heard; i++) {
		publish(busy, "x");
		publish(busy, "x");
		heard = strcmp(next(set), "calm 0: psst") == 0;
	}
	assert_true(heard);
	baf_subscriber_close(set);
	baf_publisher_close(busy);
	baf_publisher_close(calm);
}

static void a_sleeper_is_woken_whatever_it_sleeps_on(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	/* In milliseconds: while it spins, on the futex, on the doorbell. */
	const uint64_t delays[] = { 0, 1, 20, 80 };
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		struct baf_subscriber *set = subscribe("t");

		for (size_t i = 0; i < 4; i++)
			if (!strstr(wait_next(set), "x"))
				_exit(1);
		_exit(0);
	}
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 1, LONG_ENOUGH), 1);
	for (size_t i = 0; i < 4; i++) {
		struct timespec delay = { .tv_nsec = (long)(delays[i] * MILLISECOND) };

		nanosleep(&delay, NULL);
		publish(publisher, "x");
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	baf_publisher_close(publisher);
}

static void what_is_no_ring_fails_and_the_others_go_on(void **state)
{
	struct baf_publisher *publisher = open_publisher("good", 0, 0);
	struct baf_subscriber *set;
	char path[128];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/bad", test_directory);
	file = fopen(path, "w");
	fputs("this is no ring\n", file);
	fclose(file);
	set = subscribe(">");
	publish(publisher, "x");
	assert_string_equal(next(set), "bad failed -74");
	assert_string_equal(next(set), "good 0: x");
	assert_int_equal(baf_subscriber_ended(set), 0);
	baf_subscriber_close(set);
	set = subscribe("bad");
	assert_int_equal(baf_subscriber_wait(set, LONG_ENOUGH), 1);
	assert_string_equal(next(set), "bad failed -74");
	assert_int_equal(baf_subscriber_ended(set), 1);
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_topic_that_was_removed_by_hand_and_made_again_is_followed(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = subscribe("t");
	const char *files[] = { "t", ".t.publisher" };

	(void)state;
	publish(publisher, "old");
	baf_publisher_close(publisher);
	assert_int_equal(baf_subscriber_arm(set), 1);
	for (size_t i = 0; i < 2; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", test_directory, files[i]);
		assert_int_equal(unlink(path), 0);
	}
	publisher = open_publisher("t", 0, 0);
	publish(publisher, "new");
	assert_string_equal(wait_next(set), "t 0: old");
	assert_string_equal(wait_next(set), "t retired");
	assert_string_equal(wait_next(set), "t 0: new");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

static void a_ring_that_retired_but_kept_its_name_is_not_read_again(void **state)
{
	struct baf_publisher *publisher = open_publisher("t", 0, 0);
	struct baf_subscriber *set = open_set(BAF_START_OLDEST, 0, 0);
	char path[128], other[128];

	(void)state;
	publish(publisher, "once");
	/* As if the publisher had died while it removed the topic. */
	snprintf(path, sizeof(path), "%s/t", test_directory);
	snprintf(other, sizeof(other), "%s/.kept", test_directory);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(baf_publisher_remove(publisher), 0);
	assert_int_equal(rename(other, path), 0);
	baf_publisher_close(publisher);
	assert_int_equal(baf_subscriber_add(set, "t"), 0);
	assert_string_equal(next(set), "t 0: once");
	assert_string_equal(next(set), "t retired");
	assert_string_equal(next(set), "-");
	publisher = open_publisher("t", 0, 0);
	publish(publisher, "again");
	assert_string_equal(wait_next(set), "t 1: again");
	baf_subscriber_close(set);
	baf_publisher_close(publisher);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_directory, remove_test_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(history_starts_where_it_was_asked_to),
		TEST(the_last_messages_of_a_batch_come_as_a_batch),
		TEST(what_is_left_of_a_batch_can_be_taken_at_once),
		TEST(history_outlives_its_publisher),
		TEST(a_topic_that_appears_later_is_read_from_its_first_message),
		TEST(a_ring_that_came_and_went_before_anybody_looked_is_counted_as_lost),
		TEST(patterns_take_topics_that_appear_and_leave_others_out),
		TEST(topics_take_turns),
		TEST(loss_is_told_in_place_and_exactly),
		TEST(loss_in_the_middle_of_a_batch_is_exact),
		TEST(a_view_that_was_overwritten_is_taken_back_and_counted_as_lost),
		TEST(a_message_that_does_not_fit_the_buffer_is_not_taken),
		TEST(messages_of_a_batch_are_read_one_by_one_and_counted),
		TEST(a_drain_ends_at_what_was_there),
		TEST(a_drain_of_an_empty_topic_ends_at_once),
		TEST(the_end_comes_when_the_publisher_has_gone_and_all_is_read),
		TEST(a_killed_publisher_is_an_end_that_wakes),
		TEST(the_descriptor_wakes_an_armed_set),
		TEST(a_publisher_that_finds_the_roster_cut_off_wakes_who_sleeps),
		TEST(the_descriptor_wakes_for_a_new_topic),
		TEST(a_set_of_many_topics_hears_the_one_that_speaks),
		TEST(a_busy_topic_does_not_starve_the_others),
		TEST(a_sleeper_is_woken_whatever_it_sleeps_on),
		TEST(what_is_no_ring_fails_and_the_others_go_on),
		TEST(a_topic_that_was_removed_by_hand_and_made_again_is_followed),
		TEST(a_ring_that_retired_but_kept_its_name_is_not_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
