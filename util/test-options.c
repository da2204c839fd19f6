/* SPDX-License-Identifier: MIT */
#include "util/fail.h"
#include "util/options.h"
#include "util/test.h"

enum {
	KEY_LONG_ONLY = OPTION_KEY_FIRST,
};

static const struct option_row rows[] = {
	{ .name = "Group" },
	{ 'a', 0, "argument", "THING",
	  "takes an argument, and has a text that is long enough for a second line of it" },
	{ 'n', 'C', "count", "N", "has two letters" },
	{ '0', 0, NULL, NULL, "has a letter only" },
	{ KEY_LONG_ONLY, 0, "long-only-with-a-long-name", "ARGUMENT", "has no letter" },
	{ .name = "Other" },
	{ 'h', 0, "help", NULL, "help" },
	{ 'V', 0, "version", NULL, "version" },
	{ 0 },
};

static const struct option_example examples[] = {
	{ "test -a b", "an example" },
	{ NULL, NULL },
};

static const struct program program = {
	.usage = "test [OPTIONS] WORD",
	.summary = "Is a test.",
	.rows = rows,
	.examples = examples,
	.notes = "A note.\n",
};

static int next(struct options *options, struct line *line)
{
	return options_next(options, line->argc, line->argv);
}

static void test_options_are_found_by_letter_and_by_name(void **state)
{
	struct options options;
	struct line line;

	line_init(&line, "test", "-a x --argument=y -C5 -n 6 -0");
	options_init(&options, &program);
	assert_int_equal(next(&options, &line), 'a');
	assert_string_equal(optarg, "x");
	assert_int_equal(next(&options, &line), 'a');
	assert_string_equal(optarg, "y");
	assert_int_equal(next(&options, &line), 'n');
	assert_string_equal(optarg, "5");
	assert_int_equal(next(&options, &line), 'n');
	assert_string_equal(optarg, "6");
	assert_int_equal(next(&options, &line), '0');
	assert_int_equal(next(&options, &line), -1);
	line_init(&line, "test", "--long-only-with-a-long-name z");
	options_init(&options, &program);
	assert_int_equal(next(&options, &line), KEY_LONG_ONLY);
	assert_string_equal(optarg, "z");
}

static void test_operands_are_what_is_left(void **state)
{
	struct options options;
	struct line line;

	line_init(&line, "test", "one -0 two -- -0");
	options_init(&options, &program);
	assert_int_equal(next(&options, &line), '0');
	assert_int_equal(next(&options, &line), -1);
	assert_int_equal(line.argc - optind, 3);
	assert_string_equal(line.argv[optind], "one");
	assert_string_equal(line.argv[optind + 1], "two");
	assert_string_equal(line.argv[optind + 2], "-0");
}

static void parse_all(void *text)
{
	struct options options;
	struct line line;

	line_init(&line, "test", text);
	options_init(&options, &program);
	while (next(&options, &line) >= 0)
		;
}

static void assert_refused(const char *text, const char *message)
{
	struct child child;
	char copy[128];

	strcpy(copy, text);
	child_run(&child, parse_all, copy);
	assert_int_equal(child.status, STATUS_USAGE);
	assert_contains(child.output, message);
	assert_contains(child.output, " --help'.\n");
}

static void test_wrong_options_are_named(void **state)
{
	assert_refused("-x", "unknown option -x");
	assert_refused("-0x", "unknown option -x");
	assert_refused("--no-such", "unknown or ambiguous option --no-such");
	assert_refused("--no-such=value", "unknown or ambiguous option --no-such");
	assert_refused("--argument", "--argument needs an argument: THING");
	assert_refused("-a", "--argument needs an argument: THING");
	assert_refused("-C", "--count needs an argument: N");
	assert_refused("--help=me", "--help takes no argument");
}

static void reject(void *context)
{
	struct options options;

	options_init(&options, &program);
	options_reject(&options, *(int *)context, "bad", "something better");
}

static void test_wrong_values_are_told_with_what_is_right(void **state)
{
	struct child child;
	int key = 'a';

	child_run(&child, reject, &key);
	assert_int_equal(child.status, STATUS_USAGE);
	assert_contains(child.output,
			"--argument: 'bad' is not a valid THING: give something better\n");
}

static void test_help_shows_every_row_in_80_columns(void **state)
{
	char text[] = "--help";
	struct child child;

	child_run(&child, parse_all, text);
	assert_int_equal(child.status, STATUS_DONE);
	assert_contains(child.output, "Usage: test [OPTIONS] WORD\nIs a test.\n\nGroup:\n");
	assert_contains(child.output, "\n  -a, --argument=THING       takes an argument, and");
	assert_contains(child.output, "\n  -n, -C, --count=N          has two letters\n");
	assert_contains(child.output, "\n  -0                         has a letter only\n");
	assert_contains(child.output, "\n      --long-only-with-a-long-name=ARGUMENT\n"
				      "                             has no letter\n");
	assert_contains(child.output, "\nA note.\n\nExamples:\n  test -a b  ");
	for (const char *line = child.output; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
}

static void test_version_is_printed(void **state)
{
	char text[] = "-V";
	struct child child;

	child_run(&child, parse_all, text);
	assert_int_equal(child.status, STATUS_DONE);
	assert_contains(child.output, " (baf) ");
}

static void print_help_to_full_disk(void *context)
{
	assert_non_null(freopen("/dev/full", "w", stdout));
	parse_all(context);
}

static void test_help_that_cannot_be_written_is_a_failure(void **state)
{
	char text[] = "--help";
	struct child child;

	child_run(&child, print_help_to_full_disk, text);
	assert_int_equal(child.status, STATUS_FAILED);
	assert_contains(child.output, "stdout: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_are_found_by_letter_and_by_name),
		cmocka_unit_test(test_operands_are_what_is_left),
		cmocka_unit_test(test_wrong_options_are_named),
		cmocka_unit_test(test_wrong_values_are_told_with_what_is_right),
		cmocka_unit_test(test_help_shows_every_row_in_80_columns),
		cmocka_unit_test(test_version_is_printed),
		cmocka_unit_test(test_help_that_cannot_be_written_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
