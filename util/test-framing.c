/* SPDX-License-Identifier: MIT */
#include "util/framing.h"
#include "util/test.h"

static void test_names_are_those_of_the_options(void **state)
{
	static const struct {
		const char *name;
		enum framing framing;
	} names[] = {
		{ "line", FRAMING_LINE }, { "nul", FRAMING_NUL }, { "len", FRAMING_LEN },
		{ "raw", FRAMING_RAW },   { "one", FRAMING_ONE },
	};
	enum framing framing;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		framing = FRAMING_LINE;
		assert_true(framing_parse(names[i].name, &framing));
		assert_int_equal(framing, names[i].framing);
		assert_non_null(strstr(FRAMING_NAMES, names[i].name));
	}
	framing = FRAMING_RAW;
	assert_false(framing_parse("", &framing));
	assert_false(framing_parse("lines", &framing));
	assert_false(framing_parse("LINE", &framing));
	assert_int_equal(framing, FRAMING_RAW);
}

static void test_lengths_are_big_endian(void **state)
{
	char bytes[FRAMING_LENGTH_SIZE];

	framing_write_length(bytes, 0x01020304);
	assert_memory_equal(bytes, "\1\2\3\4", 4);
	assert_int_equal(framing_read_length(bytes), 0x01020304);
	framing_write_length(bytes, UINT32_MAX);
	assert_true(framing_read_length(bytes) == UINT32_MAX);
}

static void test_plain_devices_are_framed_as_streams_are(void **state)
{
	assert_int_equal(framing_of_bytes(FRAMING_LINE), BAF_FRAMING_LINE);
	assert_int_equal(framing_of_bytes(FRAMING_NUL), BAF_FRAMING_NUL);
	assert_int_equal(framing_of_bytes(FRAMING_LEN), BAF_FRAMING_LENGTH);
	assert_int_equal(framing_of_bytes(FRAMING_RAW), BAF_FRAMING_ONE);
	assert_int_equal(framing_of_bytes(FRAMING_ONE), BAF_FRAMING_ONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_those_of_the_options),
		cmocka_unit_test(test_lengths_are_big_endian),
		cmocka_unit_test(test_plain_devices_are_framed_as_streams_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
