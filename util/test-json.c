/* SPDX-License-Identifier: MIT */
#include "util/json.h"
#include "util/test.h"

static void assert_written(struct json *json, const char *expected)
{
	buffer_append_byte(&json->text, '\0');
	assert_string_equal(json->text.data, expected);
	buffer_free(&json->text);
}

static void test_values_are_separated_at_every_depth(void **state)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	json_add_number(&json, "n", UINT64_MAX);
	json_open(&json, "empty", '[');
	json_close(&json, ']');
	json_open(&json, "list", '[');
	json_add_bool(&json, NULL, true);
	json_add_null(&json, NULL);
	json_open(&json, NULL, '{');
	json_add_bool(&json, "b", false);
	json_close(&json, '}');
	json_close(&json, ']');
	json_add_text(&json, "last", "");
	json_close(&json, '}');
	assert_written(&json, "{\"n\":18446744073709551615,\"empty\":[],"
			      "\"list\":[true,null,{\"b\":false}],\"last\":\"\"}");
}

static void test_each_line_is_a_value_of_its_own(void **state)
{
	struct json json = { 0 };

	for (int i = 0; i < 2; i++) {
		json_open(&json, NULL, '{');
		json_close(&json, '}');
		json_end_line(&json);
	}
	assert_written(&json, "{}\n{}\n");
}

static void test_text_is_escaped(void **state)
{
	struct json json = { 0 };

	json_add_text(&json, NULL, "\"\\\n\x01");
	assert_written(&json, "\"\\\"\\\\\\n\\u0001\"");
}

static void test_spans_are_seconds_and_times_are_text(void **state)
{
	struct json json = { 0 };

	json_open(&json, NULL, '[');
	json_add_seconds(&json, NULL, UINT64_C(1500000001));
	json_add_time(&json, NULL, UINT64_C(1767323045123456789));
	json_close(&json, ']');
	assert_written(&json, "[1.500000001,\"2026-01-02T03:04:05.123456789Z\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_separated_at_every_depth),
		cmocka_unit_test(test_each_line_is_a_value_of_its_own),
		cmocka_unit_test(test_text_is_escaped),
		cmocka_unit_test(test_spans_are_seconds_and_times_are_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
