/* SPDX-License-Identifier: MIT */
/* baf info: shows everything about one topic. */
#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/topic-status.h"
#include "ctl/transport-name.h"

/* A line about the topic itself. */
struct row {
	const char *key;
	struct cell cell;
};

enum { ROWS_MAX = 24, KEY_WIDTH = 21 };

struct rows {
	size_t n;
	struct row rows[ROWS_MAX];
};

static void add(struct rows *rows, const char *key, struct cell cell)
{
	rows->rows[rows->n++] = (struct row){ key, cell };
}

static void add_contents(struct rows *rows, const struct topic *topic)
{
	const struct baf_topic_info *info = &topic->info;

	add(rows, "topic", cell_text(topic->name));
	add(rows, "state", cell_text(topic_state(topic)));
	add(rows, "transport", cell_text(transport_name(topic->info.transport)));
	add(rows, "capacity", cell_number(CELL_BYTES, info->capacity));
	add(rows, "allocated", cell_number(CELL_BYTES, info->allocated));
	add(rows, "created", cell_number(CELL_TIME, info->created));
	add(rows, "messages", cell_number(CELL_COUNT, info->messages));
	add(rows, "bytes", cell_number(CELL_BYTES, info->bytes));
	add(rows, "messages_per_second",
	    cell_number(CELL_COUNT, topic_rate(topic, info->recent_messages)));
	add(rows, "bytes_per_second",
	    cell_number(CELL_BYTES, topic_rate(topic, info->recent_bytes)));
	add(rows, "history_messages", cell_number(CELL_COUNT, info->history_messages));
	add(rows, "history_bytes", cell_number(CELL_BYTES, info->history_bytes));
	add(rows, "history_seconds", cell_number(CELL_SPAN, topic_history_span(topic)));
}

static void add_publisher(struct rows *rows, struct topic *topic, struct processes *processes)
{
	const struct baf_topic_info *info = &topic->info;

	add(rows, "patience",
	    info->patience == BAF_INFINITE ? cell_text("inf") :
					     cell_number(CELL_SPAN, info->patience));
	add(rows, "waits", cell_number(CELL_COUNT, info->waits));
	add(rows, "waited", cell_number(CELL_SPAN, info->waited));
	add(rows, "lapses", cell_number(CELL_COUNT, info->lapses));
	if (!info->publishing) {
		add(rows, "publisher", cell_none());
		return;
	}
	add(rows, "publisher", cell_text(info->publisher.command));
	add(rows, "publisher_pid", cell_number(CELL_NUMBER, (uint64_t)info->publisher.pid));
	add(rows, "publisher_unit", cell_text(topic_publisher_unit(topic, processes)));
	add(rows, "publisher_since", cell_number(CELL_TIME, info->publisher.since));
}

static void append_key(struct buffer *to, const char *key, bool human)
{
	size_t n = 0;

	for (; key[n]; n++)
		buffer_append_byte(to, human && key[n] == '_' ? ' ' : key[n]);
	while (human && n++ < KEY_WIDTH)
		buffer_append_byte(to, ' ');
	if (!human)
		buffer_append_byte(to, '\t');
}

static void append_rows(struct buffer *to, const struct rows *rows, bool human)
{
	for (size_t i = 0; i < rows->n; i++) {
		append_key(to, rows->rows[i].key, human);
		cell_append(to, &rows->rows[i].cell, human);
		buffer_append_byte(to, '\n');
	}
}

static const struct column columns[] = {
	{ "", NULL }, /* the kind of line, for output without headings */
	{ "command", "SUBSCRIBER" },
	{ "pid", "PID" },
	{ "unit", "UNIT" },
	{ "since", "SINCE" },
	{ "state", "STATE" },
	{ "lag", "LAG" },
	{ "lost", "LOST" },
	{ "received", "RECEIVED" },
};

enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static enum status print_subscribers(struct topic *topic, struct processes *processes,
				     enum look look)
{
	struct table table;

	table_init(&table, columns, N_COLUMNS, look);
	for (uint32_t i = 0; i < topic->info.n_subscribers; i++) {
		const struct baf_subscriber_info *subscriber = &topic->subscribers[i];
		const struct baf_process *process = &subscriber->process;
		const struct cell cells[N_COLUMNS] = {
			cell_text("subscriber"),
			cell_text(process->command),
			cell_number(CELL_NUMBER, (uint64_t)process->pid),
			cell_text(topic_subscriber_unit(topic, processes, i)),
			cell_number(CELL_TIME, process->since),
			cell_text(subscriber_state(subscriber)),
			cell_number(CELL_BYTES, subscriber->lag),
			cell_number(CELL_COUNT, subscriber->lost),
			cell_number(CELL_COUNT, subscriber->received),
		};

		table_row(&table, cells);
	}
	return table_print(&table);
}

static enum status print_json(struct topic *topic, struct processes *processes)
{
	struct json json = { 0 };

	topic_add_json(&json, topic, processes);
	return print_buffer(&json.text);
}

static enum status print_topic(struct topic *topic, struct processes *processes, enum look look)
{
	struct buffer text = { 0 };
	struct rows rows = { 0 };
	enum status status;

	if (look == LOOK_JSON)
		return print_json(topic, processes);
	add_contents(&rows, topic);
	add_publisher(&rows, topic, processes);
	add(&rows, "subscribers", cell_number(CELL_COUNT, topic->info.n_subscribers));
	append_rows(&text, &rows, look == LOOK_TABLE);
	if (topic->info.n_subscribers > 0 && look == LOOK_TABLE)
		buffer_append_byte(&text, '\n');
	status = print_buffer(&text);
	return status ? status : print_subscribers(topic, processes, look);
}

static enum status run(int argc, char **argv)
{
	struct processes processes = { 0 };
	struct command_line line;
	enum status status;
	struct topic topic;
	bool json = false;
	int key;

	command_start(&line, &info_command, argc, argv);
	while ((key = command_next(&line)) >= 0)
		json |= key == 'J';
	command_need_topics(&line, 1, 1);
	topic_look(&topic, line.directory.path, line.operands[0]);
	if (topic.error)
		status = command_fail_as(&line, topic.name, topic_error(&topic));
	else
		status = print_topic(&topic, &processes, look_choose(json));
	topic_free(&topic);
	processes_free(&processes);
	return status;
}

static const struct option_row rows[] = {
	COMMAND_JSON_ROW,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf info telemetry", "what it holds, and who reads it" },
	{ "baf info --json t | jq '.subscribers[].lost'", "what they lost" },
	{ NULL, NULL },
};

const struct command info_command = {
	.name = "info",
	.program = {
		.usage = "baf info [OPTIONS] TOPIC",
		.summary = "Shows everything about a topic, its publisher and its subscribers.",
		.rows = rows,
		.examples = examples,
		.notes = "Processes are shown as they described themselves.\n",
	},
	.run = run,
};
