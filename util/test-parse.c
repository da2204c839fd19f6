/* SPDX-License-Identifier: MIT */
#include "util/parse.h"
#include "util/test.h"

static void assert_size(const char *text, uint64_t expected)
{
	uint64_t size = 42;

	assert_true(parse_size(text, &size));
	assert_int_equal(size, expected);
}

static void assert_time(const char *text, uint64_t expected)
{
	uint64_t time = 42;

	assert_true(parse_time(text, &time));
	assert_int_equal(time, expected);
}

static void test_sizes_are_bytes_or_units_of_1024(void **state)
{
	assert_size("0", 0);
	assert_size("1", 1);
	assert_size("4096", 4096);
	assert_size("4K", 4096);
	assert_size("3M", 3 << 20);
	assert_size("2G", UINT64_C(2) << 30);
	assert_size("18446744073709551615", UINT64_MAX);
	assert_size("17179869183G", UINT64_C(17179869183) << 30);
}

static void test_what_is_no_size_is_refused_and_stores_nothing(void **state)
{
	static const char *const texts[] = { "",
					     " ",
					     "x",
					     "-1",
					     "+1",
					     " 4K",
					     "4 K",
					     "4K ",
					     "4k",
					     "4KB",
					     "4KiB",
					     "K",
					     "1.5M",
					     "0x10",
					     "4T",
					     "1e3",
					     "99999999999999999999",
					     "17179869184G" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t size = 42;

		assert_false(parse_size(texts[i], &size));
		assert_int_equal(size, 42);
	}
}

static void test_times_have_units_and_fractions(void **state)
{
	assert_time("0", 0);
	assert_time("1", 1000000000);
	assert_time("1s", 1000000000);
	assert_time("5ms", 5000000);
	assert_time("2m", UINT64_C(120000000000));
	assert_time("3h", UINT64_C(10800000000000));
	assert_time("0.5", 500000000);
	assert_time("1.5h", UINT64_C(5400000000000));
	assert_time("0.000001ms", 1);
	assert_time("0.0000000019s", 1); /* fractions of a nanosecond are cut off */
	assert_time("18446744073.709551615", UINT64_MAX);
}

static void test_what_is_no_time_is_refused_and_stores_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"x",
		"-1",
		"1.",
		".5",
		"1..5",
		"1us",
		"1ns",
		"1d",
		"s",
		"ms",
		"1 s",
		" 1s",
		"1ss",
		"1.2.3",
		"1e3",
		"nan",
		"inf",
		"0x10",
		"5124095576030432h",
		"18446744073.709551616",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t time = 42;

		if (parse_time(texts[i], &time))
			fail_msg("\"%s\" was taken for a time", texts[i]);
		assert_int_equal(time, 42);
	}
}

static void test_counts_are_plain_decimal_numbers(void **state)
{
	static const char *const wrong[] = { "",    "-1",  "+1",
					     "1.5", "0x1", "1K",
					     " 1",  "1 ",  "18446744073709551616" };
	uint64_t count;

	assert_true(parse_count("0", &count));
	assert_int_equal(count, 0);
	assert_true(parse_count("007", &count));
	assert_int_equal(count, 7);
	assert_true(parse_count("18446744073709551615", &count));
	assert_true(count == UINT64_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(parse_count(wrong[i], &count));
}

static void test_modes_are_octal(void **state)
{
	static const char *const wrong[] = { "",     "8",   "0o644", "-1",
					     "1000", "u+r", "0778",  "07777777777" };
	mode_t mode;

	assert_true(parse_mode("640", &mode));
	assert_int_equal(mode, 0640);
	assert_true(parse_mode("0000", &mode));
	assert_int_equal(mode, 0);
	assert_true(parse_mode("0777", &mode));
	assert_int_equal(mode, 0777);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(parse_mode(wrong[i], &mode));
}

static void test_groups_are_names_or_numbers(void **state)
{
	gid_t group;

	assert_true(parse_group("12345", &group));
	assert_int_equal(group, 12345);
	assert_true(parse_group("root", &group));
	assert_int_equal(group, 0);
	assert_false(parse_group("", &group));
	assert_false(parse_group("no-such-group", &group));
	assert_false(parse_group("4294967295", &group)); /* stands for "none" */
	assert_false(parse_group("4294967296", &group));
}

static void test_users_are_names_or_numbers(void **state)
{
	uid_t user = 99;

	assert_true(parse_user("12345", &user));
	assert_int_equal(user, 12345);
	assert_true(parse_user("root", &user));
	assert_int_equal(user, 0);
	assert_false(parse_user("", &user));
	assert_false(parse_user("no-such-user", &user));
	assert_false(parse_user("4294967295", &user)); /* stands for "none" */
	assert_false(parse_user("12x", &user));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_are_bytes_or_units_of_1024),
		cmocka_unit_test(test_what_is_no_size_is_refused_and_stores_nothing),
		cmocka_unit_test(test_times_have_units_and_fractions),
		cmocka_unit_test(test_what_is_no_time_is_refused_and_stores_nothing),
		cmocka_unit_test(test_counts_are_plain_decimal_numbers),
		cmocka_unit_test(test_modes_are_octal),
		cmocka_unit_test(test_groups_are_names_or_numbers),
		cmocka_unit_test(test_users_are_names_or_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
