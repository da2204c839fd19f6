/* SPDX-License-Identifier: MIT */
#include "util/count.h"
#include "util/test.h"

static void test_counts_at_every_size_and_alignment(void **state)
{
	char data[700];
	size_t expected;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i % 7 == 0 ? '\n' : i % 3 == 0 ? '\0' : 'x';
	for (size_t start = 0; start < 40; start++) {
		expected = 0;
		for (size_t size = 0; start + size < sizeof(data); size++) {
			assert_int_equal(count_byte(data + start, size, '\n'), expected);
			expected += data[start + size] == '\n';
		}
	}
}

static void test_lanes_do_not_run_over(void **state)
{
	const size_t size = 1 << 20;
	char *data = malloc(size);

	assert_non_null(data);
	memset(data, '\n', size);
	assert_int_equal(count_byte(data, size, '\n'), size);
	assert_int_equal(count_byte(data + 1, size - 1, '\n'), size - 1);
	memset(data, 0, size);
	assert_int_equal(count_byte(data, size, '\0'), size);
	assert_int_equal(count_byte(data, size, '\n'), 0);
	free(data);
}

static void test_bytes_with_the_high_bit_are_counted(void **state)
{
	const char data[] = "\xff\x7f\x80\xff";

	assert_int_equal(count_byte(data, 4, '\xff'), 2);
	assert_int_equal(count_byte(data, 4, '\x80'), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_at_every_size_and_alignment),
		cmocka_unit_test(test_lanes_do_not_run_over),
		cmocka_unit_test(test_bytes_with_the_high_bit_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
