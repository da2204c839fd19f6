/* SPDX-License-Identifier: MIT */
#include "sub/render.h"
#include "util/test.h"

#define TIME "2026-01-02T03:04:05.123456789Z"

static const struct received message = {
	.topic = "t",
	.data = "a\nb",
	.size = 3,
	.sequence = 12,
	.time = UINT64_C(1767323045123456789),
};

static void assert_rendered(const struct sub_settings *settings, const char *expected, size_t size)
{
	struct renderer renderer = { .settings = settings };
	struct buffer buffer = { 0 };

	buffer_append(&buffer, "before", 6);
	render_message(&renderer, &buffer, &message);
	assert_int_equal(buffer.size, 6 + size);
	assert_memory_equal(buffer.data + 6, expected, size);
	buffer_free(&buffer);
}

#define ASSERT_RENDERED(expected, ...) \
	assert_rendered(&(struct sub_settings){ __VA_ARGS__ }, expected, sizeof(expected) - 1)

static void test_framings_put_their_marks_around_a_message(void **state)
{
	ASSERT_RENDERED("a\nb\n", .framing = FRAMING_LINE);
	ASSERT_RENDERED("a\nb\0", .framing = FRAMING_NUL);
	ASSERT_RENDERED("\0\0\0\3a\nb", .framing = FRAMING_LEN);
	ASSERT_RENDERED("a\nb", .framing = FRAMING_RAW);
	ASSERT_RENDERED("a\nb", .framing = FRAMING_ONE);
}

static void test_time_and_topic_stand_before_the_message(void **state)
{
	ASSERT_RENDERED("t\ta\nb\n", .with_topic = true);
	ASSERT_RENDERED(TIME "\ta\nb\n", .with_time = true);
	ASSERT_RENDERED(TIME "\tt\ta\nb\n", .with_topic = true, .with_time = true);
}

static void test_a_length_counts_what_stands_before_the_message(void **state)
{
	ASSERT_RENDERED("\0\0\0\5t\ta\nb", .framing = FRAMING_LEN, .with_topic = true);
}

static void test_json_is_a_line_whatever_the_framing(void **state)
{
	static const char expected[] = "{\"topic\":\"t\",\"sequence\":12,\"time\":\"" TIME
				       "\",\"message\":\"a\\nb\"}\n";

	ASSERT_RENDERED(expected, .look = LOOK_JSON);
	ASSERT_RENDERED(expected, .look = LOOK_JSON, .framing = FRAMING_LEN);
	ASSERT_RENDERED(expected, .look = LOOK_JSON, .framing = FRAMING_NUL);
}

static void test_a_loss_is_in_the_output_with_json_only(void **state)
{
	struct sub_settings settings = { .look = LOOK_JSON };
	const struct renderer renderer = { .settings = &settings };
	struct buffer buffer = { 0 };

	render_loss(&renderer, &buffer, "t", 17, 40);
	buffer_append_byte(&buffer, '\0');
	assert_string_equal(buffer.data, "{\"topic\":\"t\",\"lost\":17,\"sequence\":40}\n");
	buffer.size = 0;
	settings.look = LOOK_FRAMED;
	render_loss(&renderer, &buffer, "t", 17, 40);
	settings.look = LOOK_FORMAT;
	render_loss(&renderer, &buffer, "t", 17, 40);
	assert_int_equal(buffer.size, 0);
	buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framings_put_their_marks_around_a_message),
		cmocka_unit_test(test_time_and_topic_stand_before_the_message),
		cmocka_unit_test(test_a_length_counts_what_stands_before_the_message),
		cmocka_unit_test(test_json_is_a_line_whatever_the_framing),
		cmocka_unit_test(test_a_loss_is_in_the_output_with_json_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
