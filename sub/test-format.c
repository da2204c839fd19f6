/* SPDX-License-Identifier: MIT */
#include "sub/format.h"
#include "util/test.h"

static const struct received message = {
	.topic = "a.b",
	.data = "one\0two",
	.size = 7,
	.sequence = 12,
	.time = UINT64_C(1767323045123456789),
};

static void assert_formatted(const char *text, const char *expected, size_t expected_size)
{
	struct timestamp cache = { 0 };
	struct buffer buffer = { 0 };
	struct format format;
	char wrong[FORMAT_WRONG_SIZE];

	assert_true(format_parse(&format, text, wrong));
	format_append(&format, &buffer, &cache, &message);
	assert_int_equal(buffer.size, expected_size);
	if (expected_size > 0)
		assert_memory_equal(buffer.data, expected, expected_size);
	buffer_free(&buffer);
	format_deinit(&format);
}

#define ASSERT_FORMATTED(text, expected) assert_formatted(text, expected, sizeof(expected) - 1)

static void test_directives_stand_for_what_they_say(void **state)
{
	ASSERT_FORMATTED("%t", "a.b");
	ASSERT_FORMATTED("%m", "one\0two");
	ASSERT_FORMATTED("%s", "12");
	ASSERT_FORMATTED("%n", "7");
	ASSERT_FORMATTED("%T", "2026-01-02T03:04:05.123456789Z");
	ASSERT_FORMATTED("%e", "1767323045.123456789");
	ASSERT_FORMATTED("%j", "{\"topic\":\"a.b\",\"sequence\":12,\"time\":"
			       "\"2026-01-02T03:04:05.123456789Z\",\"message\":\"one\\u0000two\"}");
	ASSERT_FORMATTED("%%", "%");
}

static void test_escapes_are_bytes(void **state)
{
	ASSERT_FORMATTED("\\n\\t\\r\\0\\\\", "\n\t\r\0\\");
}

static void test_text_stays_and_nothing_is_added(void **state)
{
	ASSERT_FORMATTED("", "");
	ASSERT_FORMATTED("x", "x");
	ASSERT_FORMATTED("gr\xc3\xbcn \xff\"'", "gr\xc3\xbcn \xff\"'");
	ASSERT_FORMATTED("%%m", "%m");
	ASSERT_FORMATTED("\\\\n", "\\n");
}

static void test_pieces_keep_their_order(void **state)
{
	ASSERT_FORMATTED("<%t>%s%s-100%%\\n%t", "<a.b>1212-100%\na.b");
}

static void assert_wrong(const char *text, const char *expected)
{
	struct format format;
	char wrong[FORMAT_WRONG_SIZE] = "??";

	assert_false(format_parse(&format, text, wrong));
	assert_string_equal(wrong, expected);
	format_deinit(&format);
}

static void test_what_is_unknown_is_named(void **state)
{
	assert_wrong("%x", "%x");
	assert_wrong("%t and %M", "%M");
	assert_wrong("%", "%");
	assert_wrong("100%", "%");
	assert_wrong("\\y", "\\y");
	assert_wrong("\\", "\\");
	assert_wrong("%%%", "%");
	assert_wrong("% t", "% ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directives_stand_for_what_they_say),
		cmocka_unit_test(test_escapes_are_bytes),
		cmocka_unit_test(test_text_stays_and_nothing_is_added),
		cmocka_unit_test(test_pieces_keep_their_order),
		cmocka_unit_test(test_what_is_unknown_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
