/* SPDX-License-Identifier: MIT */
#include "sub/message-json.h"
#include "util/test.h"

#define BEFORE "{\"topic\":\"a.b\",\"sequence\":12,\"time\":\"2026-01-02T03:04:05.123456789Z\","

static struct received message_of(const char *data, size_t size)
{
	return (struct received){
		.topic = "a.b",
		.data = data,
		.size = size,
		.sequence = 12,
		.time = UINT64_C(1767323045123456789),
	};
}

static void assert_json(const char *data, size_t size, const char *expected)
{
	struct received message = message_of(data, size);
	struct timestamp cache = { 0 };
	struct buffer buffer = { 0 };

	json_append_message(&buffer, &cache, &message);
	buffer_append_byte(&buffer, '\0');
	assert_string_equal(buffer.data, expected);
	buffer_free(&buffer);
}

static void test_a_message_is_an_object(void **state)
{
	assert_json("text", 4, BEFORE "\"message\":\"text\"}");
	assert_json(NULL, 0, BEFORE "\"message\":\"\"}");
}

static void test_control_characters_quotes_and_backslashes_are_escaped(void **state)
{
	const char data[] = "\"\\/\b\f\n\r\t\0\x01\x1f\x7f";

	assert_json(data, sizeof(data) - 1,
		    BEFORE "\"message\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7f\"}");
}

static void test_utf8_stands_for_itself(void **state)
{
	assert_json("gr\xc3\xbc\xc3\x9f", 6, BEFORE "\"message\":\"gr\xc3\xbc\xc3\x9f\"}");
}

static void test_other_bytes_are_base64(void **state)
{
	assert_json("\xff\xfe", 2, BEFORE "\"message_base64\":\"//4=\"}");
}

static void test_large_messages_are_escaped_to_their_end(void **state)
{
	const size_t size = 100003;
	char *data = malloc(size);
	struct received message = message_of(data, size);
	struct timestamp cache = { 0 };
	struct buffer buffer = { 0 };
	size_t start = strlen(BEFORE "\"message\":\"");

	assert_non_null(data);
	memset(data, '\n', size);
	json_append_message(&buffer, &cache, &message);
	assert_int_equal(buffer.size, start + 2 * size + 2);
	for (size_t i = 0; i < size; i++)
		assert_memory_equal(buffer.data + start + 2 * i, "\\n", 2);
	buffer_free(&buffer);
	free(data);
}

static void test_a_loss_is_an_object(void **state)
{
	struct buffer buffer = { 0 };

	json_append_loss(&buffer, "t", 17, 40);
	buffer_append_byte(&buffer, '\0');
	assert_string_equal(buffer.data, "{\"topic\":\"t\",\"lost\":17,\"sequence\":40}");
	buffer_free(&buffer);
}

static void test_a_loss_that_nobody_can_count_is_null(void **state)
{
	struct buffer buffer = { 0 };

	json_append_loss(&buffer, "t", 0, 40);
	buffer_append_byte(&buffer, '\0');
	assert_string_equal(buffer.data, "{\"topic\":\"t\",\"lost\":null,\"sequence\":40}");
	buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message_is_an_object),
		cmocka_unit_test(test_control_characters_quotes_and_backslashes_are_escaped),
		cmocka_unit_test(test_utf8_stands_for_itself),
		cmocka_unit_test(test_other_bytes_are_base64),
		cmocka_unit_test(test_large_messages_are_escaped_to_their_end),
		cmocka_unit_test(test_a_loss_is_an_object),
		cmocka_unit_test(test_a_loss_that_nobody_can_count_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
