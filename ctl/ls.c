/* SPDX-License-Identifier: MIT */
/*
 * baf ls: lists topics.
 */
#include <errno.h>
#include <stdlib.h>

#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/topic-status.h"
#include "ctl/transport-name.h"

static const struct column columns[] = {
	{ "topic", "TOPIC" },
	{ "state", "STATE" },
	{ "transport", "TRANSPORT" },
	{ "capacity", "CAPACITY" },
	{ "history_messages", "HELD" },
	{ "history_bytes", NULL },
	{ "history_seconds", "SPAN" },
	{ "messages", "MESSAGES" },
	{ "messages_per_second", "RATE" },
	{ "subscribers", "SUBSCRIBERS" },
	{ "publisher", "PUBLISHER" },
	{ "pid", "PID" },
};

enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* What to print: a table, or JSON. */
struct listing {
	struct table table;
	struct json json;
	struct processes processes;
};

static bool is_wanted(const struct command_line *line, const char *name)
{
	if (!line->operands[0])
		return true;
	for (char **pattern = line->operands; *pattern; pattern++)
		if (baf_pattern_match(*pattern, name))
			return true;
	return false;
}

static void add_row(struct table *table, const struct topic *topic)
{
	const struct baf_topic_info *info = &topic->info;
	struct cell cells[N_COLUMNS] = { cell_text(topic->name), cell_text(topic_state(topic)) };

	if (topic->error == 0) {
		cells[2] = cell_text(transport_name(topic->info.transport));
		cells[3] = cell_number(CELL_BYTES, info->capacity);
		cells[4] = cell_number(CELL_COUNT, info->history_messages);
		cells[5] = cell_number(CELL_BYTES, info->history_bytes);
		cells[6] = cell_number(CELL_SPAN, topic_history_span(topic));
		cells[7] = cell_number(CELL_COUNT, info->messages);
		cells[8] = cell_number(CELL_COUNT, topic_rate(topic, info->recent_messages));
		cells[9] = cell_number(CELL_COUNT, info->n_subscribers);
	}
	if (topic->error == 0 && info->publishing) {
		cells[10] = cell_text(info->publisher.command);
		cells[11] = cell_number(CELL_NUMBER, (uint64_t)info->publisher.pid);
	}
	table_row(table, cells);
}

static void add_topic(struct listing *listing, const char *directory, const char *name)
{
	struct topic topic;

	topic_look(&topic, directory, name);
	/* A topic that was removed meanwhile is not listed. */
	if (topic.error == -ENOENT)
		return;
	if (listing->table.look == LOOK_JSON)
		topic_add_json(&listing->json, &topic, &listing->processes);
	else
		add_row(&listing->table, &topic);
	topic_free(&topic);
}

static enum status list(const struct command_line *line, bool json)
{
	struct listing listing = { 0 };
	char **names;
	int n = baf_topic_list(line->directory.path, &names);

	if (command_directory_is_not_made_yet(line, n))
		return STATUS_DONE;
	if (n < 0)
		return command_fail_directory(line, n);
	table_init(&listing.table, columns, N_COLUMNS, look_choose(json));
	for (char **name = names; *name; name++)
		if (is_wanted(line, *name))
			add_topic(&listing, line->directory.path, *name);
	free(names);
	processes_free(&listing.processes);
	return json ? print_buffer(&listing.json.text) : table_print(&listing.table);
}

static void check_patterns(const struct command_line *line)
{
	for (char **pattern = line->operands; *pattern; pattern++)
		if (!baf_pattern_valid(*pattern))
			usage_error("'%s' is not a topic name or pattern: give " NAME_RULE
				    ", with * or + for any one segment, and > or # at the end for "
				    "the rest",
				    *pattern);
}

static enum status run(int argc, char **argv)
{
	struct command_line line;
	bool json = false;
	int key;

	command_start(&line, &ls_command, argc, argv);
	while ((key = command_next(&line)) >= 0)
		json |= key == 'J';
	check_patterns(&line);
	return list(&line, json);
}

static const struct option_row rows[] = {
	COMMAND_JSON_ROW,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf ls", "all topics" },
	{ "baf ls 'sensor.*'", "the topics that match a pattern" },
	{ "baf ls --json | jq -r 'select(.publisher).topic'", "" },
	{ NULL, NULL },
};

const struct command ls_command = {
	.name = "ls",
	.program = {
		.usage = "baf ls [OPTIONS] [PATTERN]...",
		.summary = "Lists topics, their contents and their publishers.",
		.rows = rows,
		.examples = examples,
		.notes = "In a PATTERN, * or + matches one segment of a name; > or # at its end\n"
			 "matches the rest. If stdout is not a terminal, each topic is a line\n"
			 "of tab-separated values.\n",
	},
	.run = run,
};
