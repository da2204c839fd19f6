/* SPDX-License-Identifier: MIT */
#include "sub/submsg-options.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/test.h"

/* The line must live as long as the settings, which point into it. */
static void parse(struct sub_settings *settings, struct line *line, const char *text)
{
	line_init(line, "submsg", text);
	sub_settings_parse(settings, line->argc, line->argv);
}

static void parse_in_child(void *text)
{
	struct sub_settings settings;
	struct line line;

	parse(&settings, &line, text);
	sub_settings_deinit(&settings);
}

static void assert_refused(const char *text, const char *message)
{
	assert_refused_by(parse_in_child, text, message);
}

static void test_without_options_everything_is_live_and_plain(void **state)
{
	struct sub_settings settings;
	struct line line;

	parse(&settings, &line, "");
	assert_int_equal(settings.n_topics, 0);
	assert_int_equal(settings.subscriber.start, BAF_START_NEWEST);
	assert_int_equal(settings.subscriber.flags, 0);
	assert_int_equal(settings.framing, FRAMING_LINE);
	assert_int_equal(settings.look, LOOK_FRAMED);
	assert_true(settings.count == UINT64_MAX);
	assert_true(settings.timeout == NEVER && settings.idle == NEVER);
	sub_settings_deinit(&settings);
}

static void test_topics_are_separated_by_blanks_and_commas(void **state)
{
	static const char *const expected[] = { "a", "b.*", "c", "d.e" };
	struct sub_settings settings;
	struct line line;

	parse(&settings, &line, "a,b.* -e c d.e");
	assert_true(settings.exclude);
	assert_int_equal(settings.n_topics, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(settings.topics[i], expected[i]);
	sub_settings_deinit(&settings);
}

static void test_drain_starts_at_the_oldest_unless_it_is_told(void **state)
{
	struct sub_settings settings;
	struct line line;

	parse(&settings, &line, "--drain t");
	assert_int_equal(settings.subscriber.start, BAF_START_OLDEST);
	assert_int_equal(settings.subscriber.flags, BAF_SUBSCRIBER_DRAIN);
	sub_settings_deinit(&settings);
	parse(&settings, &line, "--last=5 --drain t");
	assert_int_equal(settings.subscriber.start, BAF_START_LAST);
	assert_int_equal(settings.subscriber.start_value, 5);
	sub_settings_deinit(&settings);
	parse(&settings, &line, "--drain --from=newest t");
	assert_int_equal(settings.subscriber.start, BAF_START_NEWEST);
	sub_settings_deinit(&settings);
}

static void test_since_is_a_span_or_a_point_in_time(void **state)
{
	struct sub_settings settings;
	struct line line;
	const uint64_t span = 120 * NANOSECONDS_PER_SECOND;
	uint64_t before = clock_realtime();

	parse(&settings, &line, "--since=2m t");
	assert_int_equal(settings.subscriber.start, BAF_START_SINCE);
	assert_true(settings.subscriber.start_value >= before - span);
	assert_true(settings.subscriber.start_value <= clock_realtime() - span);
	sub_settings_deinit(&settings);
	parse(&settings, &line, "--since=2026-01-02T03:04:05Z t");
	assert_int_equal(settings.subscriber.start_value, UINT64_C(1767323045000000000));
	sub_settings_deinit(&settings);
	parse(&settings, &line, "--since=1000000h t");
	assert_int_equal(settings.subscriber.start_value, 0);
	sub_settings_deinit(&settings);
}

static void test_framing_one_is_the_first_message_only(void **state)
{
	struct sub_settings settings;
	struct line line;

	parse(&settings, &line, "--framing=one t");
	assert_int_equal(settings.count, 1);
	sub_settings_deinit(&settings);
	parse(&settings, &line, "-n 0 --framing=one t");
	assert_int_equal(settings.count, 0);
	sub_settings_deinit(&settings);
}

static void test_contradictions_are_refused(void **state)
{
	assert_refused("-J -F %m t", "exclude one another");
	assert_refused("-F %m -J t", "exclude one another");
	assert_refused("-J -v t", "--json");
	assert_refused("--ts -J t", "--json");
	assert_refused("-F %m --ts t", "--format");
	assert_refused("--last=1 --from=oldest t", "exclude one another");
	assert_refused("--since=1 --last=1 t", "exclude one another");
	assert_refused("-e", "--exclude");
}

static void test_bad_values_name_option_and_value(void **state)
{
	assert_refused("--count=x t", "--count: 'x'");
	assert_refused("-C -1 t", "--count: '-1'");
	assert_refused("-W 5d t", "--timeout: '5d'");
	assert_refused("--idle=inf t", "--idle: 'inf'");
	assert_refused("--from=now t", "--from: 'now'");
	assert_refused("--since=yesterday t", "--since: 'yesterday'");
	assert_refused("--framing=json t", "--framing: 'json'");
	assert_refused("-F %t%x t", "--format: '%x'");
	assert_refused("--dir= t", "--dir: ''");
}

static void test_bad_names_are_told_with_the_rule(void **state)
{
	assert_refused("a..b", "'a..b' is not a topic name or pattern: give segments of letters");
	assert_refused("a,,b", "'' is not a topic name or pattern");
	assert_refused("a, b", "''");
	assert_refused("../x", "'../x'");
	assert_refused("-- -a", "'-a'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_options_everything_is_live_and_plain),
		cmocka_unit_test(test_topics_are_separated_by_blanks_and_commas),
		cmocka_unit_test(test_drain_starts_at_the_oldest_unless_it_is_told),
		cmocka_unit_test(test_since_is_a_span_or_a_point_in_time),
		cmocka_unit_test(test_framing_one_is_the_first_message_only),
		cmocka_unit_test(test_contradictions_are_refused),
		cmocka_unit_test(test_bad_values_name_option_and_value),
		cmocka_unit_test(test_bad_names_are_told_with_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
