/* SPDX-License-Identifier: MIT */
#include "util/clock.h"
#include "util/meter.h"
#include "util/test.h"

static void assert_line(uint64_t messages, uint64_t bytes, uint64_t span, const char *expected)
{
	const struct meter_reading reading = {
		.messages = messages,
		.bytes = bytes,
		.extras = { { "lost", 3 }, { "bytes lag", 0 } },
	};
	char line[256];

	meter_format(line, sizeof(line), &reading, messages, bytes, span);
	assert_string_equal(line, expected);
}

static void test_counts_are_exact_and_rates_are_short(void **state)
{
	const uint64_t second = NANOSECONDS_PER_SECOND;

	assert_line(0, 0, second, "0 messages, 0 bytes, 0 msg/s, 0 B/s, 3 lost, 0 bytes lag");
	assert_line(1, 1, second, "1 message, 1 byte, 1 msg/s, 1 B/s, 3 lost, 0 bytes lag");
	assert_line(999, 1000, second,
		    "999 messages, 1000 bytes, 999 msg/s, 1.00 kB/s, 3 lost, 0 bytes lag");
	assert_line(
		1234567, 123456789, second,
		"1234567 messages, 123456789 bytes, 1.23 Mmsg/s, 123 MB/s, 3 lost, 0 bytes lag");
	assert_line(100, 99999, 2 * second,
		    "100 messages, 99999 bytes, 50 msg/s, 50.0 kB/s, 3 lost, 0 bytes lag");
}

static void test_a_moment_of_no_length_is_no_division_by_zero(void **state)
{
	assert_line(0, 0, 0, "0 messages, 0 bytes, 0 msg/s, 0 B/s, 3 lost, 0 bytes lag");
}

static void test_without_stats_and_terminal_nothing_is_ever_due(void **state)
{
	struct meter meter;

	meter_start(&meter, false);
	assert_true(meter_due(&meter) == NEVER);
}

static void end_meter(void *on)
{
	const struct meter_reading reading = { .extras = { { "lost", 0 }, { "bytes lag", 0 } } };
	struct meter meter;

	meter_start(&meter, on != NULL);
	meter_end(&meter, &reading);
}

static void test_the_final_line_is_printed_if_it_was_asked_for(void **state)
{
	struct child child;
	int on;

	child_run(&child, end_meter, NULL);
	assert_string_equal(child.output, "");
	child_run(&child, end_meter, &on);
	assert_contains(child.output, "0 messages, ");
	assert_ptr_equal(strchr(child.output, '\n'), child.output + strlen(child.output) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_exact_and_rates_are_short),
		cmocka_unit_test(test_a_moment_of_no_length_is_no_division_by_zero),
		cmocka_unit_test(test_without_stats_and_terminal_nothing_is_ever_due),
		cmocka_unit_test(test_the_final_line_is_printed_if_it_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
