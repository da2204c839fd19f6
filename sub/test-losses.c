/* SPDX-License-Identifier: MIT */
#include "sub/losses.h"
#include "util/clock.h"
#include "util/test.h"

static const uint64_t second = NANOSECONDS_PER_SECOND;

static void lose_on_one_topic(void *quiet)
{
	struct losses losses;

	losses_init(&losses, quiet != NULL);
	losses_tell(&losses, 100 * second);
	losses_add(&losses, "t", 1);
	losses_tell(&losses, 100 * second); /* at once */
	losses_add(&losses, "t", 5);
	losses_tell(&losses, 100 * second + 1);
	losses_add(&losses, "t", 6);
	losses_tell(&losses, 101 * second - 1); /* too early */
	losses_tell(&losses, 101 * second);
	losses_add(&losses, "t", 3);
	losses_tell_all(&losses);
	losses_deinit(&losses);
}

static void test_sums_are_exact_and_lines_a_second_apart(void **state)
{
	struct child child;
	const char *line = child.output;

	child_run(&child, lose_on_one_topic, NULL);
	line = strstr(line, "t: lost 1 message (slow reader)\n");
	assert_non_null(line);
	line = strstr(line, "t: lost 11 messages (slow reader)\n");
	assert_non_null(line);
	line = strstr(line, "t: lost 3 messages (slow reader)\n");
	assert_non_null(line);
	assert_string_equal(line, "t: lost 3 messages (slow reader)\n");
}

static void test_quiet_says_nothing(void **state)
{
	struct child child;

	child_run(&child, lose_on_one_topic, state);
	assert_string_equal(child.output, "");
}

static void lose_on_many_topics(void *context)
{
	static const char *const topics[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
	struct losses losses;

	losses_init(&losses, false);
	for (uint64_t round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
			losses_add(&losses, topics[i], i + 1);
	losses_tell(&losses, second);
	losses_tell(&losses, second);
	losses_tell(&losses, 2 * second);
	losses_add(&losses, "a", 1);
	losses_tell_all(&losses);
	losses_deinit(&losses);
}

static void test_each_topic_gets_its_own_sum_in_turn(void **state)
{
	struct child child;
	const char *line = child.output;

	child_run(&child, lose_on_many_topics, NULL);
	line = strstr(line, "a: lost 3 messages");
	assert_non_null(line);
	line = strstr(line, "b: lost 6 messages");
	assert_non_null(line);
	line = strstr(line, "j: lost 30 messages");
	assert_non_null(line);
	assert_non_null(strstr(line, "a: lost 1 message "));
}

static void lose_without_a_count(void *context)
{
	struct losses losses;

	losses_init(&losses, false);
	losses_add(&losses, "t", 0);
	losses_add(&losses, "t", 0);
	losses_tell_all(&losses);
	losses_deinit(&losses);
}

static void test_a_loss_that_nobody_can_count_is_told_as_such(void **state)
{
	struct child child;

	child_run(&child, lose_without_a_count, NULL);
	assert_non_null(
		strstr(child.output, "t: lost an unknown number of messages (slow reader)\n"));
	assert_null(strstr(child.output, "0"));
}

static void test_nothing_is_due_without_a_loss(void **state)
{
	struct losses losses;

	losses_init(&losses, false);
	assert_true(losses_due(&losses) == NEVER);
	losses_add(&losses, "t", 1);
	assert_true(losses_due(&losses) <= clock_monotonic());
	losses_deinit(&losses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_are_exact_and_lines_a_second_apart),
		cmocka_unit_test(test_quiet_says_nothing),
		cmocka_unit_test(test_each_topic_gets_its_own_sum_in_turn),
		cmocka_unit_test(test_a_loss_that_nobody_can_count_is_told_as_such),
		cmocka_unit_test(test_nothing_is_due_without_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
