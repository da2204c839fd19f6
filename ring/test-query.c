// SPDX-License-Identifier: MIT
/*
 * The answers about a topic, and how much of it is recent. The tests set the times in rings
 * themselves, so no result depends on the clock.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "baf.h"
#include "ring/clock.h"
#include "ring/ring.h"
#include "ring/test-directory.h"

#define SECOND UINT64_C(1000000000)
#define HOUR (3600 * SECOND)

static struct baf_publisher *publisher_with(uint64_t capacity)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher = NULL;

	options.capacity = capacity;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &options), 0);
	return publisher;
}

/* Publishes @n records, of two messages each. */
static void publish(struct baf_publisher *publisher, unsigned int n, size_t size)
{
	static const char bytes[65536];
	const struct baf_buffer batch[] = { { bytes, size }, { NULL, 0 } };

	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(baf_publisher_publish_batch(publisher, batch, 2), 0);
}

static struct baf_topic_info look(void)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	assert_int_equal(baf_topic_query(test_directory, "t", &info, NULL), 0);
	return info;
}

/* A ring, mapped so that a test can change the times in it. */
struct opened {
	struct fanout_ring *ring;
	size_t size;
	uint64_t old;
	uint64_t young;
};

static struct opened open_ring(void)
{
	uint64_t now = clock_exact();
	struct opened opened = { .old = now - HOUR, .young = now + HOUR };
	char path[4096];
	struct stat status;
	int fd;

	snprintf(path, sizeof(path), "%s/t", test_directory);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	opened.size = (size_t)status.st_size;
	opened.ring = mmap(NULL, opened.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(opened.ring, MAP_FAILED);
	close(fd);
	return opened;
}

static uint64_t age(const struct opened *opened, uint64_t sequence, uint64_t first_young)
{
	return sequence < first_young ? opened->old : opened->young;
}

/*
 * Makes the records before message @first_young an hour old, and moves the others to the future.
 */
static void set_times(uint64_t first_young)
{
	struct opened opened = open_ring();
	struct fanout_ring *ring = opened.ring;
	unsigned char *data = (unsigned char *)ring + ring->header_size;
	uint64_t at = ring->tail, mask = ring->capacity - 1;

	ring->created = opened.old;
	for (int i = 0; i < FANOUT_MARKS; i++)
		ring->marks[i].time = age(&opened, ring->marks[i].sequence - 1, first_young);
	/* A header may continue at the beginning of the data. */
	while (at < ring->head) {
		const uint32_t *length = (const void *)(data + (at & mask));
		const uint64_t *sequence = (const void *)(data + ((at + 8) & mask));
		uint64_t *time = (void *)(data + ((at + 16) & mask));

		*time = age(&opened, *sequence, first_young);
		at += fanout_record_size(*length);
	}
	munmap(ring, opened.size);
}

/* Bytes of @n records, each with two messages of @size and 0 bytes, each behind its length. */
static uint64_t bytes_of(uint64_t n, size_t size)
{
	return n * fanout_record_size(UINT64_C(2) * FANOUT_LENGTH_PREFIX + size);
}

static void an_idle_topic_has_nothing_recent(void **state)
{
	struct baf_publisher *publisher = publisher_with(65536);
	struct baf_topic_info info = look();

	(void)state;
	assert_int_equal(info.recent_messages, 0);
	assert_int_equal(info.recent_span, SECOND);
	publish(publisher, 10, 100);
	set_times(UINT64_MAX);
	info = look();
	assert_int_equal(info.messages, 20);
	assert_int_equal(info.recent_messages, 0);
	assert_int_equal(info.recent_bytes, 0);
	assert_int_equal(info.recent_span, SECOND);
	baf_publisher_close(publisher);
}

static void what_was_published_within_a_second_is_recent_to_the_message(void **state)
{
	const size_t size = 1000 - sizeof(struct fanout_record);
	struct baf_publisher *publisher = publisher_with(65536);

	(void)state;
	/* Several laps, with the border at any record. */
	for (unsigned int n = 0; n < 300; n++) {
		uint64_t young = n % 60;
		struct baf_topic_info info;

		publish(publisher, 1, size);
		if (young > n)
			young = n;
		set_times(2 * (n + 1 - young));
		info = look();
		assert_int_equal(info.recent_messages, 2 * young);
		assert_int_equal(info.recent_bytes, bytes_of(young, size));
		assert_int_equal(info.recent_span, SECOND);
	}
	baf_publisher_close(publisher);
}

static void before_a_topic_was_made_nothing_was_published(void **state)
{
	struct baf_publisher *publisher = publisher_with(65536);
	struct baf_topic_info info;

	(void)state;
	publish(publisher, 5, 100);
	set_times(0);
	info = look();
	assert_int_equal(info.recent_messages, 10);
	assert_int_equal(info.recent_span, SECOND);
	baf_publisher_close(publisher);
}

static void a_ring_that_does_not_reach_back_tells_of_what_it_holds(void **state)
{
	struct baf_publisher *publisher = publisher_with(65536);
	struct baf_topic_info info;

	(void)state;
	publish(publisher, 1000, 1000);
	set_times(0);
	info = look();
	assert_true(info.messages > info.history_messages);
	assert_int_equal(info.recent_messages, info.history_messages);
	assert_int_equal(info.recent_bytes, info.history_bytes);
	assert_true(info.recent_span > 0);
	assert_true(info.recent_span <= SECOND);
	baf_publisher_close(publisher);
}

static void a_look_at_a_huge_ring_is_short_and_still_exact(void **state)
{
	struct baf_publisher *publisher = publisher_with(UINT64_C(4) << 30);
	struct baf_topic_info info;

	(void)state;
	/* More than is read of a stretch. */
	publish(publisher, 1100, 20000);
	set_times(UINT64_MAX);
	info = look();
	assert_true(info.recent_messages > 0);
	assert_true(info.recent_messages < 1100);
	assert_int_equal(info.recent_bytes, bytes_of(info.recent_messages / 2, 20000));
	assert_true(info.recent_span >= HOUR);
	baf_publisher_close(publisher);
}

static void times_that_cannot_be_are_no_danger(void **state)
{
	struct baf_publisher *publisher = publisher_with(65536);
	struct opened opened;

	(void)state;
	publish(publisher, 1000, 1000);
	opened = open_ring();
	for (int i = 0; i < FANOUT_MARKS; i++) {
		opened.ring->marks[i].time = i % 2 ? 0 : UINT64_MAX;
		opened.ring->marks[i].sequence = i % 3 ? UINT64_MAX : 0;
	}
	/* The answer obeys the ring's own rules, or is an error. */
	{
		struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
		int r = baf_topic_query(test_directory, "t", &info, NULL);

		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0) {
			assert_true(info.recent_messages <= info.messages);
			assert_true(info.recent_span > 0);
		}
	}
	munmap(opened.ring, opened.size);
	baf_publisher_close(publisher);
}

static _Noreturn void publish_until_killed(uint64_t capacity)
{
	struct baf_publisher *publisher;

	/* Kills the publisher even if the test fails first. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	publisher = publisher_with(capacity);
	for (;;)
		publish(publisher, 1, 100);
}

static void check_look_is_exact(const struct baf_topic_info *info)
{
	assert_true(info->recent_messages <= info->history_messages);
	assert_int_equal(info->recent_messages % 2, 0);
	assert_int_equal(info->recent_bytes, bytes_of(info->recent_messages / 2, 100));
}

/* A value that only two totals give may be a few records off. */
static void check_look_is_plausible(const struct baf_topic_info *info)
{
	uint64_t bytes = bytes_of(info->recent_messages / 2, 100);

	assert_true(info->recent_bytes > 0);
	assert_true(info->recent_bytes <= bytes + FANOUT_CAPACITY_MIN);
	assert_true(bytes <= info->recent_bytes + FANOUT_CAPACITY_MIN);
	assert_true(info->history_bytes <= FANOUT_CAPACITY_MIN);
	assert_true(info->history_messages <= 2 * FANOUT_CAPACITY_MIN / bytes_of(1, 100));
}

static void check_looks_at_busy_ring(uint64_t capacity,
				     void (*check)(const struct baf_topic_info *info))
{
	pid_t pid = fork();
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	if (pid == 0)
		publish_until_killed(capacity);
	while (baf_topic_query(test_directory, "t", &info, NULL) < 0 || info.messages == 0)
		;
	for (int i = 0; i < 3000; i++) {
		uint64_t before = info.messages;

		info = look();
		assert_true(info.messages >= before);
		assert_true(info.history_messages <= info.messages);
		assert_true(info.recent_span > 0);
		check(&info);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void looks_at_a_busy_ring_are_always_right(void **state)
{
	(void)state;
	/* The publisher takes milliseconds to go round, a look takes microseconds, even on a busy
	 * machine. */
	check_looks_at_busy_ring(1 << 20, check_look_is_exact);
}

/* The publisher goes round it while the header is read. */
static void looks_at_the_smallest_ring_succeed_at_full_speed(void **state)
{
	(void)state;
	check_looks_at_busy_ring(FANOUT_CAPACITY_MIN, check_look_is_plausible);
}

static void the_transport_is_told(void **state)
{
	(void)state;
	assert_int_equal(baf_topic_create(test_directory, "t", NULL), 0);
	assert_int_equal(look().transport, BAF_TRANSPORT_SHARED_MEMORY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_directory, remove_test_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_idle_topic_has_nothing_recent),
		TEST(what_was_published_within_a_second_is_recent_to_the_message),
		TEST(before_a_topic_was_made_nothing_was_published),
		TEST(a_ring_that_does_not_reach_back_tells_of_what_it_holds),
		TEST(a_look_at_a_huge_ring_is_short_and_still_exact),
		TEST(times_that_cannot_be_are_no_danger),
		TEST(looks_at_a_busy_ring_are_always_right),
		TEST(looks_at_the_smallest_ring_succeed_at_full_speed),
		TEST(the_transport_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
