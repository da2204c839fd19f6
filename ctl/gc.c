/* SPDX-License-Identifier: MIT */
/* baf gc: removes files that removed topics left behind. */
#include <stdlib.h>

#include "ctl/command.h"
#include "ctl/table.h"

static const struct column columns[] = { { "removed", "REMOVED" } };

static enum status print_names(char **names, enum look look)
{
	struct table table;

	table_init(&table, columns, 1, look);
	for (char **name = names; name && *name; name++)
		table_row(&table, (struct cell[]){ cell_text(*name) });
	return table_print(&table);
}

static enum status run(int argc, char **argv)
{
	struct command_line line;
	enum status status;
	bool json = false;
	char **names;
	int key, r;

	command_start(&line, &gc_command, argc, argv);
	while ((key = command_next(&line)) >= 0)
		json |= key == 'J';
	if (line.operands[0])
		usage_error("unexpected argument '%s': gc cleans the whole directory; choose one "
			    "with --dir",
			    line.operands[0]);
	r = baf_directory_clean(line.directory.path, &names);
	status = print_names(names, look_choose(json));
	free(names);
	if (command_directory_is_not_made_yet(&line, r) || r >= 0)
		return status;
	return command_fail_directory(&line, r);
}

static const struct option_row rows[] = {
	COMMAND_JSON_ROW,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf gc", "remove leftover files, list them" },
	{ NULL, NULL },
};

const struct command gc_command = {
	.name = "gc",
	.program = {
		.usage = "baf gc [OPTIONS]",
		.summary = "Removes leftover files of topics that no longer exist.",
		.rows = rows,
		.examples = examples,
		.notes = "Topics stay, whether they are in use or not.\n",
	},
	.run = run,
};
