// SPDX-License-Identifier: MIT
/* The publishing end, through the public header only, with subscribers in the same process. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
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

static struct baf_publisher *publisher_with(const struct baf_publisher_options *options)
{
	struct baf_publisher *publisher = NULL;

	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", options), 0);
	return publisher;
}

static struct baf_subscriber *subscriber_with(const struct baf_subscriber_options *options)
{
	struct baf_subscriber *subscriber = NULL;

	assert_int_equal(baf_subscriber_open(&subscriber, test_directory, options), 0);
	assert_int_equal(baf_subscriber_add(subscriber, "t"), 0);
	return subscriber;
}

static void publish(struct baf_publisher *publisher, const char *text)
{
	assert_int_equal(baf_publisher_publish(publisher, text, strlen(text)), 0);
}

/* The next message, loss or the like as text; "-" for nothing. */
static const char *next(struct baf_subscriber *subscriber)
{
	static char text[256];
	struct baf_event event;
	char buffer[128];
	int r;

	do
		r = baf_subscriber_read(subscriber, buffer, sizeof(buffer), &event);
	while (r == 1 && event.type == BAF_EVENT_ATTACHED);
	assert_true(r >= 0);
	if (r == 0)
		return "-";
	if (event.type == BAF_EVENT_MESSAGES)
		snprintf(text, sizeof(text), "%.*s", (int)event.size, buffer);
	else if (event.type == BAF_EVENT_LOST)
		snprintf(text, sizeof(text), "lost %d", (int)event.count);
	else if (event.type == BAF_EVENT_RETIRED)
		snprintf(text, sizeof(text), "retired");
	else
		snprintf(text, sizeof(text), "failed: %s", event.reason);
	return text;
}

static struct baf_publisher_counters counters_of(const struct baf_publisher *publisher)
{
	struct baf_publisher_counters counters = { .size = sizeof(counters) };

	assert_int_equal(baf_publisher_get_counters(publisher, &counters), 0);
	return counters;
}

static void what_is_published_is_received(void **state)
{
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);

	(void)state;
	assert_string_equal(next(subscriber), "-");
	publish(publisher, "one");
	publish(publisher, "");
	assert_string_equal(next(subscriber), "one");
	assert_string_equal(next(subscriber), "");
	assert_string_equal(next(subscriber), "-");
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void a_batch_is_its_messages(void **state)
{
	const struct baf_buffer batch[] = { { "a", 1 }, { NULL, 0 }, { "bcd", 3 } };
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);

	(void)state;
	assert_int_equal(baf_publisher_publish_batch(publisher, batch, 3), 0);
	assert_int_equal(baf_publisher_publish_batch(publisher, batch, 0), 0);
	assert_string_equal(next(subscriber), "a");
	assert_string_equal(next(subscriber), "");
	assert_string_equal(next(subscriber), "bcd");
	assert_string_equal(next(subscriber), "-");
	assert_int_equal(counters_of(publisher).messages, 3);
	assert_int_equal(counters_of(publisher).bytes, 4);
	assert_int_equal(counters_of(publisher).records, 1);
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void a_message_can_be_made_in_place(void **state)
{
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);
	void *data;

	(void)state;
	assert_int_equal(baf_publisher_reserve(publisher, 100, &data), 0);
	memcpy(data, "x\ny\n", 4);
	assert_string_equal(next(subscriber), "-");
	assert_int_equal(baf_publisher_commit(publisher, 4, BAF_FRAMING_LINE, 2), 0);
	assert_string_equal(next(subscriber), "x");
	assert_string_equal(next(subscriber), "y");
	assert_int_equal(baf_publisher_reserve(publisher, 100, &data), 0);
	baf_publisher_cancel(publisher);
	assert_string_equal(next(subscriber), "-");
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void a_commit_that_does_not_fit_is_refused(void **state)
{
	struct baf_publisher *publisher = publisher_with(NULL);
	void *data;

	(void)state;
	assert_int_equal(baf_publisher_commit(publisher, 0, BAF_FRAMING_ONE, 1), -EINVAL);
	assert_int_equal(baf_publisher_reserve(publisher, 4, &data), 0);
	memcpy(data, "abcd", 4);
	assert_int_equal(baf_publisher_commit(publisher, 5, BAF_FRAMING_ONE, 1), -EINVAL);
	assert_int_equal(baf_publisher_commit(publisher, 4, BAF_FRAMING_ONE, 2), -EINVAL);
	assert_int_equal(baf_publisher_commit(publisher, 4, BAF_FRAMING_LINE, 1), -EINVAL);
	assert_int_equal(baf_publisher_commit(publisher, 4, BAF_FRAMING_LENGTH, 2), -EINVAL);
	assert_int_equal(baf_publisher_commit(publisher, 4, (enum baf_framing)9, 1), -EINVAL);
	assert_int_equal(baf_publisher_commit(publisher, 4, BAF_FRAMING_ONE, 1), 0);
	assert_int_equal(baf_publisher_commit(publisher, 4, BAF_FRAMING_ONE, 1), -EINVAL);
	baf_publisher_close(publisher);
}

static void a_message_over_the_limit_is_refused_and_one_at_the_limit_is_not(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	size_t limit;
	char *large;

	(void)state;
	options.capacity = 1 << 16;
	publisher = publisher_with(&options);
	limit = baf_publisher_get_limit(publisher);
	assert_int_equal(limit, (1 << 15) - 24);
	large = calloc(1, limit + 1);
	assert_int_equal(baf_publisher_publish(publisher, large, limit + 1), -EMSGSIZE);
	for (int i = 0; i < 10; i++)
		assert_int_equal(baf_publisher_publish(publisher, large, limit), 0);
	free(large);
	baf_publisher_close(publisher);
}

static void a_topic_has_one_publisher_unless_it_is_shared(void **state)
{
	struct baf_publisher_options share = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *first = publisher_with(NULL), *second = NULL;

	(void)state;
	share.flags = BAF_PUBLISHER_SHARED;
	assert_int_equal(baf_publisher_open(&second, test_directory, "t", NULL), -EBUSY);
	assert_int_equal(baf_publisher_open(&second, test_directory, "t", &share), -EBUSY);
	baf_publisher_close(first);
	first = publisher_with(&share);
	second = publisher_with(&share);
	publish(first, "a");
	publish(second, "b");
	publish(first, "c");
	baf_publisher_close(second);
	assert_int_equal(baf_publisher_open(&second, test_directory, "t", NULL), -EBUSY);
	baf_publisher_close(first);
}

static void publishers_of_a_shared_topic_take_turns(void **state)
{
	struct baf_publisher_options share = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *first, *second;
	struct baf_subscriber *subscriber;

	(void)state;
	share.flags = BAF_PUBLISHER_SHARED;
	share.capacity = 4096;
	first = publisher_with(&share);
	second = publisher_with(&share);
	subscriber = subscriber_with(NULL);
	for (int i = 0; i < 1000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "number %d", i);
		publish(i % 3 ? first : second, text);
		assert_string_equal(next(subscriber), text);
	}
	baf_subscriber_close(subscriber);
	baf_publisher_close(second);
	baf_publisher_close(first);
}

static void another_capacity_replaces_the_ring_and_subscribers_follow(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);

	(void)state;
	publish(publisher, "old");
	baf_publisher_close(publisher);
	options.capacity = 1 << 16;
	publisher = publisher_with(&options);
	assert_int_equal(baf_publisher_get_capacity(publisher), 1 << 16);
	publish(publisher, "new");
	assert_string_equal(next(subscriber), "old");
	assert_string_equal(next(subscriber), "retired");
	assert_string_equal(next(subscriber), "new");
	assert_string_equal(next(subscriber), "-");
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void loss_is_exact_across_rings_that_were_missed(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);

	(void)state;
	publish(publisher, "0");
	for (int i = 1; i <= 3; i++) {
		char text[2] = { (char)('0' + i), '\0' };

		baf_publisher_close(publisher);
		options.capacity = UINT64_C(4096) << i;
		publisher = publisher_with(&options);
		publish(publisher, text);
	}
	assert_string_equal(next(subscriber), "0");
	assert_string_equal(next(subscriber), "retired");
	assert_string_equal(next(subscriber), "lost 2");
	assert_string_equal(next(subscriber), "3");
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void a_removed_topic_is_read_to_its_end(void **state)
{
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);
	char **names;

	(void)state;
	publish(publisher, "last words");
	assert_int_equal(baf_publisher_remove(publisher), 0);
	assert_int_equal(baf_publisher_publish(publisher, "x", 1), -ESTALE);
	baf_publisher_close(publisher);
	assert_int_equal(baf_topic_list(test_directory, &names), 0);
	free(names);
	assert_string_equal(next(subscriber), "last words");
	assert_string_equal(next(subscriber), "retired");
	publisher = publisher_with(NULL);
	publish(publisher, "first words");
	assert_int_equal(baf_subscriber_wait(subscriber, 20000 * MILLISECOND), 1);
	assert_string_equal(next(subscriber), "first words");
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void fill_until_it_must_wait(struct baf_publisher *publisher, int n)
{
	char block[512] = "block";

	for (int i = 0; i < n; i++)
		assert_int_equal(baf_publisher_publish(publisher, block, sizeof(block)), 0);
}

static void a_stuck_subscriber_costs_the_patience_once(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	struct baf_subscriber *stuck;

	(void)state;
	options.capacity = 4096;
	options.patience = 5 * MILLISECOND;
	publisher = publisher_with(&options);
	stuck = subscriber_with(NULL);
	fill_until_it_must_wait(publisher, 1000);
	assert_int_equal(counters_of(publisher).lapses, 1);
	assert_int_equal(counters_of(publisher).waits, 1);
	assert_true(counters_of(publisher).waited >= 5 * MILLISECOND);
	assert_int_equal(strncmp(next(stuck), "lost ", 5), 0);
	baf_subscriber_close(stuck);
	baf_publisher_close(publisher);
}

static void a_subscriber_that_has_caught_up_is_waited_for_again(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	struct baf_subscriber *slow;

	(void)state;
	options.capacity = 4096;
	options.patience = MILLISECOND;
	publisher = publisher_with(&options);
	slow = subscriber_with(NULL);
	for (unsigned int round = 1; round <= 5; round++) {
		struct baf_event event;

		fill_until_it_must_wait(publisher, 20);
		assert_int_equal(counters_of(publisher).lapses, round);
		while (baf_subscriber_next(slow, &event) == 1)
			;
	}
	baf_subscriber_close(slow);
	baf_publisher_close(publisher);
}

static void neither_an_observer_nor_patience_0_makes_a_publisher_wait(void **state)
{
	struct baf_subscriber_options observe = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	struct baf_subscriber *observer, *stuck;

	(void)state;
	observe.flags = BAF_SUBSCRIBER_OBSERVE;
	options.capacity = 4096;
	options.patience = BAF_INFINITE;
	publisher = publisher_with(&options);
	observer = subscriber_with(&observe);
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 0, 0), 0);
	fill_until_it_must_wait(publisher, 100);
	stuck = subscriber_with(NULL);
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 1, 0), 1);
	baf_publisher_set_patience(publisher, 0);
	fill_until_it_must_wait(publisher, 100);
	assert_int_equal(counters_of(publisher).waits, 0);
	baf_subscriber_close(stuck);
	baf_subscriber_close(observer);
	baf_publisher_close(publisher);
}

static volatile sig_atomic_t alarmed;

static void on_alarm(int signo)
{
	(void)signo;
	alarmed = 1;
}

static void a_signal_ends_an_infinite_wait(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerspec soon = { .it_value = { .tv_nsec = 20000000 },
				   .it_interval = { .tv_nsec = 20000000 } };
	struct baf_publisher *publisher;
	struct baf_subscriber *stuck;
	char block[512] = "";
	timer_t timer;
	int r;

	(void)state;
	options.capacity = 4096;
	options.patience = BAF_INFINITE;
	publisher = publisher_with(&options);
	stuck = subscriber_with(NULL);
	sigaction(SIGALRM, &action, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	timer_settime(timer, 0, &soon, NULL);
	do
		r = baf_publisher_publish(publisher, block, sizeof(block));
	while (r == 0);
	timer_delete(timer);
	assert_int_equal(r, -EINTR);
	assert_true(alarmed);
	baf_subscriber_close(stuck);
	assert_int_equal(baf_publisher_publish(publisher, block, sizeof(block)), 0);
	baf_publisher_close(publisher);
}

static void a_dead_subscriber_holds_nobody(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	pid_t child;

	(void)state;
	options.capacity = 4096;
	options.patience = BAF_INFINITE;
	publisher = publisher_with(&options);
	child = fork();
	if (child == 0) {
		(void)subscriber_with(NULL);
		pause();
		_exit(0);
	}
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 1, 20000 * MILLISECOND), 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	fill_until_it_must_wait(publisher, 100);
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 0, 0), 0);
	baf_publisher_close(publisher);
}

static void a_handle_does_not_work_in_a_child_and_closing_it_there_is_harmless(void **state)
{
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber = subscriber_with(NULL);
	struct baf_event event;
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		int wrong = baf_publisher_publish(publisher, "x", 1) != -ECHILD ||
			    baf_subscriber_next(subscriber, &event) != -ECHILD ||
			    baf_subscriber_wait(subscriber, 0) != -ECHILD;

		baf_publisher_close(publisher);
		baf_subscriber_close(subscriber);
		_exit(wrong);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 0, 0), 1);
	publish(publisher, "still here");
	assert_string_equal(next(subscriber), "still here");
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
}

static void options_are_checked(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct {
		struct baf_publisher_options known;
		uint64_t unknown;
	} newer = { .known = BAF_PUBLISHER_OPTIONS_INIT };
	struct baf_publisher *publisher = NULL;

	(void)state;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "../t", NULL), -EINVAL);
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "", NULL), -EINVAL);
	options.flags = 1U << 31;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &options), -EINVAL);
	options.flags = BAF_PUBLISHER_EXISTING;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &options), -ENOENT);
	options.flags = 0;
	options.capacity = UINT64_MAX;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &options), -EINVAL);
	newer.known.size = sizeof(newer);
	newer.unknown = 1;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &newer.known), -E2BIG);
	newer.unknown = 0;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &newer.known), 0);
	baf_publisher_close(publisher);
}

/* The only file that matches. */
static struct stat status_of(const char *pattern)
{
	char path[128];
	struct stat status;
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", test_directory, pattern);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	assert_int_equal(stat(found.gl_pathv[0], &status), 0);
	globfree(&found);
	return status;
}

static mode_t mode_of(const char *pattern)
{
	return status_of(pattern).st_mode & 0777;
}

static void the_modes_of_the_files_follow_the_topics(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;

	(void)state;
	options.mode = BAF_MODE(0640);
	baf_publisher_close(publisher_with(&options));
	assert_int_equal(mode_of("t"), 0640);
	assert_int_equal(mode_of(".t.*.subscribers"), 0660);
	assert_int_equal(mode_of(".t.publisher"), 0600);
	assert_int_equal(baf_topic_remove(test_directory, "t"), 0);
	options.mode = BAF_MODE(0664);
	baf_publisher_close(publisher_with(&options));
	assert_int_equal(mode_of("t"), 0664);
	assert_int_equal(mode_of(".t.*.subscribers"), 0666);
	assert_int_equal(mode_of(".t.publisher"), 0660);
}

static void a_symbolic_link_is_not_a_topic(void **state)
{
	struct baf_publisher *publisher = NULL;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/t", test_directory);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", NULL), -EBADMSG);
}

static void an_idle_topic_takes_two_pages(void **state)
{
	const long page = sysconf(_SC_PAGESIZE);

	(void)state;
	baf_publisher_close(publisher_with(NULL));
	assert_true(status_of("t").st_blocks * 512 <= page);
	assert_true(status_of(".t.*.subscribers").st_blocks * 512 <= page);
	assert_int_equal(status_of(".t.publisher").st_blocks, 0);
}

static void storage_is_taken_as_it_is_needed(void **state)
{
	struct baf_publisher *publisher = publisher_with(NULL);
	const long page = sysconf(_SC_PAGESIZE);
	char block[1000] = "";

	(void)state;
	publish(publisher, "small");
	assert_true(status_of("t").st_blocks * 512 <= 2 * page);
	for (int i = 0; i < 100; i++)
		assert_int_equal(baf_publisher_publish(publisher, block, sizeof(block)), 0);
	assert_true(status_of("t").st_blocks * 512 <= page + 2L * 102400 + page);
	baf_publisher_close(publisher);
}

static void a_replaced_topic_leaves_no_files_behind(void **state)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	char path[128];
	glob_t found;

	(void)state;
	for (int i = 0; i < 5; i++) {
		options.capacity = UINT64_C(4096) << i;
		baf_publisher_close(publisher_with(&options));
	}
	(void)status_of(".t.*.subscribers");
	assert_int_equal(baf_topic_remove(test_directory, "t"), 0);
	snprintf(path, sizeof(path), "%s/.t*", test_directory);
	assert_int_equal(glob(path, 0, NULL, &found), GLOB_NOMATCH);
}

static void a_new_publisher_wakes_whom_the_last_one_could_not(void **state)
{
	struct baf_subscriber *subscriber;
	struct baf_publisher *publisher = publisher_with(NULL);
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		baf_publisher_close(publisher);
		subscriber = subscriber_with(NULL);
		while (strcmp(next(subscriber), "-") == 0)
			if (baf_subscriber_wait(subscriber, 20000 * MILLISECOND) != 1)
				_exit(1);
		_exit(0);
	}
	assert_int_equal(baf_publisher_wait_subscribers(publisher, 1, 20000 * MILLISECOND), 1);
	baf_publisher_close(publisher);
	publisher = publisher_with(NULL);
	publish(publisher, "x");
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	baf_publisher_close(publisher);
}

static void a_query_tells_what_is_there(void **state)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	struct baf_subscriber_info *subscribers = NULL;
	struct baf_publisher *publisher = publisher_with(NULL);
	struct baf_subscriber *subscriber;

	(void)state;
	publish(publisher, "12345");
	subscriber = subscriber_with(NULL);
	publish(publisher, "67");
	assert_int_equal(baf_topic_query(test_directory, "t", &info, &subscribers), 0);
	assert_int_equal(info.capacity, BAF_CAPACITY_DEFAULT);
	assert_int_equal(info.messages, 2);
	assert_int_equal(info.bytes, 7);
	assert_int_equal(info.history_messages, 2);
	assert_int_equal(info.publishing, 1);
	assert_int_equal(info.publisher.pid, getpid());
	assert_int_equal(info.n_subscribers, 1);
	assert_int_equal(subscribers[0].process.pid, getpid());
	assert_int_equal(subscribers[0].lag, 32);
	free(subscribers);
	baf_subscriber_close(subscriber);
	baf_publisher_close(publisher);
	assert_int_equal(baf_topic_query(test_directory, "t", &info, NULL), 0);
	assert_int_equal(info.publishing, 0);
	assert_int_equal(info.n_subscribers, 0);
	assert_int_equal(baf_topic_query(test_directory, "u", &info, NULL), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_directory, remove_test_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_published_is_received),
		TEST(a_batch_is_its_messages),
		TEST(a_message_can_be_made_in_place),
		TEST(a_commit_that_does_not_fit_is_refused),
		TEST(a_message_over_the_limit_is_refused_and_one_at_the_limit_is_not),
		TEST(a_topic_has_one_publisher_unless_it_is_shared),
		TEST(publishers_of_a_shared_topic_take_turns),
		TEST(another_capacity_replaces_the_ring_and_subscribers_follow),
		TEST(loss_is_exact_across_rings_that_were_missed),
		TEST(a_removed_topic_is_read_to_its_end),
		TEST(a_stuck_subscriber_costs_the_patience_once),
		TEST(a_subscriber_that_has_caught_up_is_waited_for_again),
		TEST(neither_an_observer_nor_patience_0_makes_a_publisher_wait),
		TEST(a_signal_ends_an_infinite_wait),
		TEST(a_dead_subscriber_holds_nobody),
		TEST(a_handle_does_not_work_in_a_child_and_closing_it_there_is_harmless),
		TEST(options_are_checked),
		TEST(the_modes_of_the_files_follow_the_topics),
		TEST(a_symbolic_link_is_not_a_topic),
		TEST(an_idle_topic_takes_two_pages),
		TEST(storage_is_taken_as_it_is_needed),
		TEST(a_replaced_topic_leaves_no_files_behind),
		TEST(a_new_publisher_wakes_whom_the_last_one_could_not),
		TEST(a_query_tells_what_is_there),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
