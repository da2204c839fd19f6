/* SPDX-License-Identifier: MIT */
#include "util/decimal.h"
#include "util/test.h"
#include "util/timestamp.h"

static void assert_written(struct timestamp *cache, uint64_t time, const char *expected)
{
	char text[TIMESTAMP_SIZE + 1];

	assert_ptr_equal(timestamp_write(cache, text, time), text + TIMESTAMP_SIZE);
	text[TIMESTAMP_SIZE] = '\0';
	assert_string_equal(text, expected);
}

static void assert_read(const char *text, uint64_t expected)
{
	uint64_t time = 42;

	assert_true(timestamp_parse(text, &time));
	assert_int_equal(time, expected);
}

static void test_times_are_written_as_rfc_3339(void **state)
{
	struct timestamp cache = { 0 };

	assert_written(&cache, 0, "1970-01-01T00:00:00.000000000Z");
	assert_written(&cache, 1, "1970-01-01T00:00:00.000000001Z");
	assert_written(&cache, UINT64_C(1767323045123456789), "2026-01-02T03:04:05.123456789Z");
	assert_written(&cache, UINT64_C(1767323045999999999), "2026-01-02T03:04:05.999999999Z");
	assert_written(&cache, UINT64_C(1767323046000000000), "2026-01-02T03:04:06.000000000Z");
	assert_written(&cache, UINT64_C(951827696000000000), "2000-02-29T12:34:56.000000000Z");
	assert_written(&cache, UINT64_MAX, "2554-07-21T23:34:33.709551615Z");
}

static void test_what_is_written_can_be_read(void **state)
{
	struct timestamp cache = { 0 };
	char text[TIMESTAMP_SIZE + 1] = { 0 };

	for (uint64_t time = 1; time < UINT64_C(18446744073000000000) / 3; time *= 3) {
		timestamp_write(&cache, text, time);
		assert_read(text, time);
	}
}

static void test_seconds_since_1970_have_nine_decimals(void **state)
{
	struct buffer buffer = { 0 };

	timestamp_append_epoch(&buffer, UINT64_C(1767323045000000789));
	assert_int_equal(buffer.size, 20);
	assert_memory_equal(buffer.data, "1767323045.000000789", 20);
	buffer_free(&buffer);
}

static void test_zones_and_fractions_are_read(void **state)
{
	const uint64_t time = UINT64_C(1767323045000000000);

	assert_read("2026-01-02T03:04:05Z", time);
	assert_read("2026-01-02t03:04:05z", time);
	assert_read("2026-01-02 03:04:05Z", time);
	assert_read("2026-01-02T04:04:05+01:00", time);
	assert_read("2026-01-01T21:34:05-05:30", time);
	assert_read("2026-01-02T03:04:05.5Z", time + 500000000);
	assert_read("2026-01-02T03:04:05.1234567899999Z", time + 123456789);
	assert_read("2016-12-31T23:59:60Z", UINT64_C(1483228799000000000));
}

static void test_what_is_no_point_in_time_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"now",
		"2026-01-02",
		"2026-01-02T03:04:05",
		"2026-01-02T03:04Z",
		"2026-01-02T03:04:05Zx",
		"2026-01-02T03:04:05.Z",
		"2026-1-2T03:04:05Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-02-30T00:00:00Z",
		"2025-02-29T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-01-01T00:00:61Z",
		"2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60",
		"2026-01-02T03:04:05+0100",
		"1969-12-31T23:59:59Z",
		"2600-01-01T00:00:00Z",
		"x026-01-02T03:04:05Z",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t time = 42;

		if (timestamp_parse(texts[i], &time))
			fail_msg("\"%s\" was taken for a point in time", texts[i]);
		assert_int_equal(time, 42);
	}
}

static void test_numbers_are_written_without_zeros_in_front(void **state)
{
	char digits[DECIMAL_SIZE];

	assert_ptr_equal(decimal_write(digits, 0), digits + 1);
	assert_memory_equal(digits, "0", 1);
	assert_ptr_equal(decimal_write(digits, 1000), digits + 4);
	assert_memory_equal(digits, "1000", 4);
	assert_ptr_equal(decimal_write(digits, UINT64_MAX), digits + DECIMAL_SIZE);
	assert_memory_equal(digits, "18446744073709551615", DECIMAL_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_are_written_as_rfc_3339),
		cmocka_unit_test(test_what_is_written_can_be_read),
		cmocka_unit_test(test_seconds_since_1970_have_nine_decimals),
		cmocka_unit_test(test_zones_and_fractions_are_read),
		cmocka_unit_test(test_what_is_no_point_in_time_is_refused),
		cmocka_unit_test(test_numbers_are_written_without_zeros_in_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
