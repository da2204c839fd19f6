// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "baf.h"

/* Splits a batch: its messages, each followed by '|'; or "!" if the batch makes no sense. */
static const char *split(enum baf_framing framing, const void *bytes, size_t size)
{
	static char out[256];
	const void *message;
	size_t length, n = 0;
	int r;

	while ((r = baf_batch_next(framing, &bytes, &size, &message, &length)) == 1) {
		memcpy(out + n, message, length);
		n += length;
		out[n++] = '|';
	}
	if (r == -EBADMSG)
		out[n++] = '!';
	else
		assert_int_equal(r, 0);
	out[n] = '\0';
	return out;
}

static void each_framing_splits(void **state)
{
	(void)state;
	assert_string_equal(split(BAF_FRAMING_ONE, "a\nb", 3), "a\nb|");
	assert_string_equal(split(BAF_FRAMING_LINE, "a\n\nbc\n", 6), "a||bc|");
	assert_string_equal(split(BAF_FRAMING_NUL, "a\n\0\0b", 6), "a\n||b|");
	assert_string_equal(split(BAF_FRAMING_LENGTH, "\0\0\0\2ab\0\0\0\0\0\0\0\1c", 15), "ab||c|");
}

static void an_empty_message_is_not_no_message(void **state)
{
	(void)state;
	assert_string_equal(split(BAF_FRAMING_ONE, "", 0), "|");
	assert_string_equal(split(BAF_FRAMING_LINE, "\n", 1), "|");
	assert_string_equal(split(BAF_FRAMING_LENGTH, "\0\0\0\0", 4), "|");
	assert_string_equal(split(BAF_FRAMING_LINE, NULL, 0), "");
}

static void bytes_that_do_not_fit_are_noticed(void **state)
{
	(void)state;
	assert_string_equal(split(BAF_FRAMING_LINE, "a\nb", 3), "a|!");
	assert_string_equal(split(BAF_FRAMING_NUL, "a", 1), "!");
	assert_string_equal(split(BAF_FRAMING_LENGTH, "\0\0\0", 3), "!");
	assert_string_equal(split(BAF_FRAMING_LENGTH, "\0\0\0\5abcd", 8), "!");
	assert_string_equal(split(BAF_FRAMING_LENGTH, "\xff\xff\xff\xff", 4), "!");
	assert_string_equal(split((enum baf_framing)0, "a", 1), "!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_framing_splits),
		cmocka_unit_test(an_empty_message_is_not_no_message),
		cmocka_unit_test(bytes_that_do_not_fit_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
