/* SPDX-License-Identifier: MIT */
#include "pub/pubmsg-options.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/test.h"

/* The line must live as long as the settings, which point into it. */
static void parse(struct pub_settings *settings, struct line *line, const char *text)
{
	line_init(line, "pubmsg", text);
	pub_settings_parse(settings, line->argc, line->argv);
}

static void parse_in_child(void *text)
{
	struct pub_settings settings;
	struct line line;

	parse(&settings, &line, text);
	free(settings.messages);
}

static void assert_refused(const char *text, const char *message)
{
	assert_refused_by(parse_in_child, text, message);
}

static void test_defaults_are_those_of_the_library(void **state)
{
	struct baf_publisher_options defaults = BAF_PUBLISHER_OPTIONS_INIT;
	struct pub_settings settings;
	struct line line;

	parse(&settings, &line, "t");
	assert_string_equal(settings.topic, "t");
	defaults.framing = BAF_FRAMING_LINE; /* as 0 */
	assert_memory_equal(&settings.publisher, &defaults, sizeof(defaults));
	assert_int_equal(settings.framing, FRAMING_LINE);
	assert_int_equal(settings.on_large, LARGE_FAIL);
	assert_int_equal(settings.n_messages, 0);
	free(settings.messages);
}

static void test_options_reach_the_library(void **state)
{
	struct pub_settings settings;
	struct line line;

	parse(&settings, &line,
	      "-s 64K --mode=640 --group=12 --patience=inf --shared --rm --wait-subs=3:0.5 t");
	assert_int_equal(settings.publisher.capacity, 65536);
	assert_int_equal(settings.publisher.mode, BAF_MODE(0640));
	assert_int_equal(settings.publisher.group, BAF_GROUP(12));
	assert_true(settings.publisher.patience == BAF_INFINITE);
	assert_int_equal(settings.publisher.flags, BAF_PUBLISHER_SHARED | BAF_PUBLISHER_REMOVE);
	assert_int_equal(settings.wait_subscribers, 3);
	assert_int_equal(settings.wait_time, NANOSECONDS_PER_SECOND / 2);
	free(settings.messages);
}

static void test_messages_are_kept_in_order(void **state)
{
	struct pub_settings settings;
	struct line line;

	parse(&settings, &line, "-m a t -mb --message=c --message d");
	assert_int_equal(settings.n_messages, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(settings.messages[i][0], 'a' + i);
	free(settings.messages);
}

static void test_the_last_choice_of_a_directory_counts(void **state)
{
	struct pub_settings settings;
	struct line line;

	parse(&settings, &line, "--dir=x --user t");
	assert_null(settings.directory.given);
	assert_int_equal(settings.directory.which, BAF_DIRECTORY_USER);
	free(settings.messages);
	parse(&settings, &line, "--system --dir=x t");
	assert_string_equal(settings.directory.given, "x");
	free(settings.messages);
}

static void test_one_valid_topic_is_needed(void **state)
{
	assert_refused("", "a topic is missing");
	assert_refused("a b", "unexpected argument 'b'");
	assert_refused("a.*", "'a.*' is not a topic name");
	assert_refused("-", "'-' is not a topic name");
}

static void test_bad_values_name_option_and_value(void **state)
{
	assert_refused("--size=0 t", "--size: '0'");
	assert_refused("--size=2000000G t", "--size: '2000000G'");
	assert_refused("-s 1.5M t", "--size: '1.5M'");
	assert_refused("--mode=888 t", "--mode: '888'");
	assert_refused("--group=no-such-group t", "--group: 'no-such-group'");
	assert_refused("--patience=soon t", "--patience: 'soon'");
	assert_refused("--wait-subs=1: t", "--wait-subs: '1:'");
	assert_refused("--wait-subs=4294967297 t", "--wait-subs: '4294967297'");
	assert_refused("--on-large=drop t", "--on-large: 'drop'");
	assert_refused("--framing=x t", "--framing: 'x'");
	assert_refused("--tee -m x t", "--tee");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_are_those_of_the_library),
		cmocka_unit_test(test_options_reach_the_library),
		cmocka_unit_test(test_messages_are_kept_in_order),
		cmocka_unit_test(test_the_last_choice_of_a_directory_counts),
		cmocka_unit_test(test_one_valid_topic_is_needed),
		cmocka_unit_test(test_bad_values_name_option_and_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
