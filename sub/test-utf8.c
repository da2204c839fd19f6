/* SPDX-License-Identifier: MIT */
#include "sub/base64.h"
#include "sub/utf8.h"
#include "util/test.h"

static void assert_valid(const char *text, int expected)
{
	/* Tries each offset: checking eight bytes at once must not hide anything. */
	for (size_t before = 0; before < 17; before++) {
		char padded[64];
		size_t size = strlen(text);

		memset(padded, 'x', sizeof(padded));
		memcpy(padded + before, text, size);
		assert_int_equal(utf8_valid(padded, before + size), expected);
		assert_int_equal(utf8_valid(padded, before + size + 9), expected);
	}
}

static void test_characters_of_all_sizes_are_valid(void **state)
{
	assert_true(utf8_valid(NULL, 0));
	assert_true(utf8_valid("\0", 1));
	assert_valid("\x7f", true);
	assert_valid("\xc2\x80", true);
	assert_valid("\xdf\xbf", true);
	assert_valid("\xe0\xa0\x80", true);
	assert_valid("\xed\x9f\xbf", true);
	assert_valid("\xee\x80\x80", true);
	assert_valid("\xef\xbf\xbf", true);
	assert_valid("\xf0\x90\x80\x80", true);
	assert_valid("\xf4\x8f\xbf\xbf", true);
}

static void test_overlong_surrogates_and_beyond_are_not(void **state)
{
	assert_valid("\xc0\x80", false);
	assert_valid("\xc1\xbf", false);
	assert_valid("\xe0\x9f\xbf", false);
	assert_valid("\xf0\x8f\xbf\xbf", false);
	assert_valid("\xed\xa0\x80", false);
	assert_valid("\xed\xbf\xbf", false);
	assert_valid("\xf4\x90\x80\x80", false);
	assert_valid("\xf5\x80\x80\x80", false);
	assert_valid("\xff", false);
}

static void test_stray_and_missing_bytes_are_not(void **state)
{
	assert_valid("\x80", false);
	assert_valid("\xbf\xbf", false);
	assert_valid("\xc3", false);
	assert_valid("\xe2\x82", false);
	assert_valid("\xf0\x9f\x90", false);
	assert_valid("\xc3x", false);
	assert_valid("\xf0\x9f\x90x", false);
	assert_false(utf8_valid("\xe2\x82\xac", 2));
}

static void test_base64_is_that_of_rfc_4648(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "a", "YQ==" },
		{ "ab", "YWI=" },
		{ "abc", "YWJj" },
		{ "abcd", "YWJjZA==" },
		{ "abcde", "YWJjZGU=" },
		{ "abcdef", "YWJjZGVm" },
		{ "\xff\xfe\xfd\xfc", "//79/A==" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t size = strlen(pairs[i][0]);
		char text[16] = { 0 };

		assert_ptr_equal(base64_write(text, pairs[i][0], size), text + base64_size(size));
		assert_string_equal(text, pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters_of_all_sizes_are_valid),
		cmocka_unit_test(test_overlong_surrogates_and_beyond_are_not),
		cmocka_unit_test(test_stray_and_missing_bytes_are_not),
		cmocka_unit_test(test_base64_is_that_of_rfc_4648),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
