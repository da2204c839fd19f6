/* SPDX-License-Identifier: MIT */
#include "ctl/table.h"
#include "util/test.h"

static const struct column columns[] = {
	{ "name", "NAME" },
	{ "size", "SIZE" },
	{ "exact", NULL },
	{ "note", "NOTE" },
};

static void fill(struct table *table, enum look look)
{
	table_init(table, columns, sizeof(columns) / sizeof(columns[0]), look);
	table_row(table, (struct cell[]){ cell_text("a"), cell_number(CELL_BYTES, 4 << 20),
					  cell_number(CELL_SPAN, 1500000000), cell_text("good") });
	table_row(table, (struct cell[]){ cell_text("longer\tname"), cell_none(), cell_none(),
					  cell_none() });
}

static void print_table(void *context)
{
	const enum look *look = context;
	struct table table;

	fill(&table, *look);
	exit(table_print(&table));
}

static void assert_prints(enum look look, const char *expected)
{
	struct child child;

	child_run(&child, print_table, &look);
	assert_int_equal(child.status, 0);
	assert_string_equal(child.output, expected);
}

static void test_a_table_is_aligned_below_its_headings(void **state)
{
	assert_prints(LOOK_TABLE, "NAME         SIZE  NOTE\n"
				  "a              4M  good\n"
				  "longer?name     -  -\n");
}

static void test_lines_have_all_columns_in_base_units(void **state)
{
	assert_prints(LOOK_LINES, "a\t4194304\t1.500000000\tgood\n"
				  "longer?name\t-\t-\t-\n");
}

static void test_json_has_an_object_for_each_row(void **state)
{
	assert_prints(LOOK_JSON,
		      "{\"name\":\"a\",\"size\":4194304,\"exact\":1.500000000,\"note\":\"good\"}\n"
		      "{\"name\":\"longer\\tname\",\"size\":null,\"exact\":null,\"note\":null}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_table_is_aligned_below_its_headings),
		cmocka_unit_test(test_lines_have_all_columns_in_base_units),
		cmocka_unit_test(test_json_has_an_object_for_each_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
