/* SPDX-License-Identifier: MIT */
#include "ctl/human.h"
#include "util/test.h"

#define SECOND UINT64_C(1000000000)

typedef void append_function(struct buffer *to, uint64_t number);

static void assert_reads(append_function *append, uint64_t number, const char *expected)
{
	struct buffer buffer = { 0 };

	append(&buffer, number);
	buffer_append_byte(&buffer, '\0');
	assert_string_equal(buffer.data, expected);
	buffer_free(&buffer);
}

static void test_counts_have_three_digits(void **state)
{
	assert_reads(human_append_count, 0, "0");
	assert_reads(human_append_count, 999, "999");
	assert_reads(human_append_count, 1000, "1k");
	assert_reads(human_append_count, 1234, "1.23k");
	assert_reads(human_append_count, 12345, "12.3k");
	assert_reads(human_append_count, 123456, "123k");
	assert_reads(human_append_count, 999999, "1.00M");
	assert_reads(human_append_count, UINT64_MAX, "18.4E");
}

static void test_sizes_are_in_the_units_of_the_option(void **state)
{
	assert_reads(human_append_bytes, 1023, "1023");
	assert_reads(human_append_bytes, 1024, "1K");
	assert_reads(human_append_bytes, 1536, "1.50K");
	assert_reads(human_append_bytes, 4 << 20, "4M");
	assert_reads(human_append_bytes, UINT64_C(1) << 40, "1T");
	assert_reads(human_append_bytes, UINT64_MAX, "16.0E");
}

static void test_spans_have_two_units(void **state)
{
	assert_reads(human_append_span, 0, "0ms");
	assert_reads(human_append_span, SECOND - 1, "999ms");
	assert_reads(human_append_span, SECOND * 16 / 5, "3.2s");
	assert_reads(human_append_span, SECOND * 60 - 1, "59.9s");
	assert_reads(human_append_span, SECOND * 245, "4m05s");
	assert_reads(human_append_span, SECOND * 9000, "2h30m");
	assert_reads(human_append_span, SECOND * 86400 * 5, "5d00h");
	assert_reads(human_append_span, UINT64_MAX, "213503d23h");
}

static void test_times_are_without_fractions(void **state)
{
	assert_reads(human_append_time, UINT64_C(1767323045999999999), "2026-01-02 03:04:05Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_have_three_digits),
		cmocka_unit_test(test_sizes_are_in_the_units_of_the_option),
		cmocka_unit_test(test_spans_have_two_units),
		cmocka_unit_test(test_times_are_without_fractions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
