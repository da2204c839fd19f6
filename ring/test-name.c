// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "baf.h"

static void names_are_segments_joined_by_dots(void **state)
{
	(void)state;
	assert_true(baf_name_valid("a"));
	assert_true(baf_name_valid("app.log"));
	assert_true(baf_name_valid("a.b-c.D_9"));
	assert_true(baf_name_valid("0"));
	assert_true(baf_name_valid("_"));
}

static void what_could_leave_the_directory_or_confuse_a_shell_is_no_name(void **state)
{
	const char *bad[] = { "",   ".",   "..",  "../x", "a/b", "/a",    ".a",   "a.", "a..b",
			      "-a", "a b", " ",   "a\t",  "a\n", "a\x01", "é",    "a*", "*",
			      ">",  "a.+", "a.#", "a:b",  "a,b", "~",     "$HOME" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (baf_name_valid(bad[i]))
			fail_msg("\"%s\" was taken for a name", bad[i]);
}

static void a_name_has_at_most_200_bytes(void **state)
{
	char name[BAF_NAME_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[BAF_NAME_MAX] = '\0';
	assert_true(baf_name_valid(name));
	name[BAF_NAME_MAX] = 'a';
	name[BAF_NAME_MAX + 1] = '\0';
	assert_false(baf_name_valid(name));
}

static void patterns_have_wildcards_in_their_places_only(void **state)
{
	(void)state;
	assert_true(baf_pattern_valid("a.*.b"));
	assert_true(baf_pattern_valid("a.+.b"));
	assert_true(baf_pattern_valid("a.>"));
	assert_true(baf_pattern_valid("a.#"));
	assert_true(baf_pattern_valid(">"));
	assert_true(baf_pattern_valid("#"));
	assert_true(baf_pattern_valid("a.b"));
	assert_false(baf_pattern_valid("a.>.b"));
	assert_false(baf_pattern_valid("a*"));
	assert_false(baf_pattern_valid("a.b*"));
	assert_false(baf_pattern_valid(""));
	assert_false(baf_pattern_valid("a.>b"));
}

static void patterns_match_as_nats_subjects_do(void **state)
{
	static const struct {
		const char *pattern, *name;
		int match;
	} cases[] = {
		{ "a", "a", 1 },        { "a", "b", 0 },         { "a", "a.b", 0 },
		{ "a.b", "a", 0 },      { "*", "a", 1 },         { "*", "a.b", 0 },
		{ "+", "abc", 1 },      { "a.*", "a.b", 1 },     { "a.*", "a", 0 },
		{ "a.*", "a.b.c", 0 },  { "a.*.c", "a.b.c", 1 }, { "a.+.c", "a.b.d", 0 },
		{ ">", "a", 1 },        { ">", "a.b.c", 1 },     { "a.>", "a", 0 },
		{ "a.>", "a.b", 1 },    { "a.#", "a.b.c", 1 },   { "a.>", "ab.c", 0 },
		{ "*.>", "a.b", 1 },    { "*.>", "a", 0 },       { "a.bc", "a.bcd", 0 },
		{ "a.bcd", "a.bc", 0 }, { "bad..", "bad", 0 },   { ">", "-bad", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (baf_pattern_match(cases[i].pattern, cases[i].name) != cases[i].match)
			fail_msg("%s, %s: not %d", cases[i].pattern, cases[i].name, cases[i].match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_segments_joined_by_dots),
		cmocka_unit_test(what_could_leave_the_directory_or_confuse_a_shell_is_no_name),
		cmocka_unit_test(a_name_has_at_most_200_bytes),
		cmocka_unit_test(patterns_have_wildcards_in_their_places_only),
		cmocka_unit_test(patterns_match_as_nats_subjects_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
