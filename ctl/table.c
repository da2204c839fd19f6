/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "ctl/human.h"
#include "ctl/table.h"
#include "util/decimal.h"
#include "util/io.h"
#include "util/timestamp.h"

#define GAP "  " /* between columns */

enum look look_choose(bool json)
{
	if (json)
		return LOOK_JSON;
	return isatty(STDOUT_FILENO) ? LOOK_TABLE : LOOK_LINES;
}

enum status print_buffer(struct buffer *text)
{
	int r = io_write_all(STDOUT_FILENO, text->data, text->size);

	buffer_free(text);
	return r < 0 ? fail(STATUS_FAILED, "stdout: %s", strerror(-r)) : STATUS_DONE;
}

/*
 * Cells.
 */

/* Names come from users: they must not send control sequences to the terminal, nor end a cell. */
static void append_text(struct buffer *to, const char *text)
{
	for (; *text; text++)
		buffer_append_byte(to, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void append_exact(struct buffer *to, const struct cell *cell)
{
	struct timestamp cache = { 0 };

	if (cell->kind == CELL_TIME)
		timestamp_append(to, &cache, cell->number);
	else if (cell->kind == CELL_SPAN)
		timestamp_append_epoch(to, cell->number);
	else
		decimal_append(to, cell->number);
}

static void append_human(struct buffer *to, const struct cell *cell)
{
	if (cell->kind == CELL_TIME)
		human_append_time(to, cell->number);
	else if (cell->kind == CELL_SPAN)
		human_append_span(to, cell->number);
	else if (cell->kind == CELL_BYTES)
		human_append_bytes(to, cell->number);
	else if (cell->kind == CELL_COUNT)
		human_append_count(to, cell->number);
	else
		decimal_append(to, cell->number);
}

void cell_append(struct buffer *to, const struct cell *cell, bool human)
{
	if (cell->kind == CELL_NONE)
		buffer_append_byte(to, '-');
	else if (cell->kind == CELL_TEXT)
		append_text(to, cell->text);
	else if (human)
		append_human(to, cell);
	else
		append_exact(to, cell);
}

void cell_add_json(struct json *json, const char *key, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NONE:
		json_add_null(json, key);
		break;
	case CELL_TEXT:
		json_add_text(json, key, cell->text);
		break;
	case CELL_NUMBER:
	case CELL_COUNT:
	case CELL_BYTES:
		json_add_number(json, key, cell->number);
		break;
	case CELL_SPAN:
		json_add_seconds(json, key, cell->number);
		break;
	case CELL_TIME:
		json_add_time(json, key, cell->number);
		break;
	}
}

/*
 * Rows.
 */

void table_init(struct table *table, const struct column *columns, size_t n_columns, enum look look)
{
	assert(n_columns <= TABLE_COLUMNS_MAX);
	*table = (struct table){ .columns = columns, .n_columns = n_columns, .look = look };
}

/* Keeps the row: a table's layout depends on all its cells. */
static void keep_row(struct table *table, const struct cell *cells)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		size_t before = table->cells.size, width;

		cell_append(&table->cells, &cells[i], true);
		width = table->cells.size - before;
		buffer_append_byte(&table->cells, '\0');
		if (width > table->widths[i])
			table->widths[i] = width;
		if (cells[i].kind > CELL_TEXT)
			table->numeric[i] = cells[i].kind != CELL_TIME;
	}
}

static void append_line(struct table *table, const struct cell *cells)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		if (i > 0)
			buffer_append_byte(&table->lines, '\t');
		cell_append(&table->lines, &cells[i], false);
	}
	buffer_append_byte(&table->lines, '\n');
}

static void append_object(struct table *table, const struct cell *cells)
{
	json_open(&table->json, NULL, '{');
	for (size_t i = 0; i < table->n_columns; i++)
		cell_add_json(&table->json, table->columns[i].key, &cells[i]);
	json_close(&table->json, '}');
	json_end_line(&table->json);
}

void table_row(struct table *table, const struct cell *cells)
{
	switch (table->look) {
	case LOOK_TABLE:
		keep_row(table, cells);
		break;
	case LOOK_LINES:
		append_line(table, cells);
		break;
	case LOOK_JSON:
		append_object(table, cells);
		break;
	}
}

/*
 * Layout.
 */

static void append_blanks(struct buffer *to, size_t n)
{
	while (n-- > 0)
		buffer_append_byte(to, ' ');
}

/* Numbers are aligned to the right; no blanks follow the last column. */
static void append_aligned(struct table *table, size_t i, const char *text)
{
	size_t size = strlen(text), blanks = table->widths[i] - size;

	if (table->lines.size > 0 && buffer_end(&table->lines)[-1] != '\n')
		buffer_append(&table->lines, GAP, sizeof(GAP) - 1);
	if (table->numeric[i])
		append_blanks(&table->lines, blanks);
	buffer_append(&table->lines, text, size);
	if (!table->numeric[i])
		append_blanks(&table->lines, blanks);
}

static void end_line(struct buffer *lines)
{
	while (lines->size > 0 && lines->data[lines->size - 1] == ' ')
		lines->size--;
	buffer_append_byte(lines, '\n');
}

static void append_headings(struct table *table)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const char *heading = table->columns[i].heading;

		if (!heading)
			continue;
		if (strlen(heading) > table->widths[i])
			table->widths[i] = strlen(heading);
		append_aligned(table, i, heading);
	}
	end_line(&table->lines);
}

static void lay_out(struct table *table)
{
	const char *cell = table->cells.data;

	append_headings(table);
	while (cell < buffer_end(&table->cells)) {
		for (size_t i = 0; i < table->n_columns; i++) {
			if (table->columns[i].heading)
				append_aligned(table, i, cell);
			cell += strlen(cell) + 1;
		}
		end_line(&table->lines);
	}
}

enum status table_print(struct table *table)
{
	if (table->cells.size > 0)
		lay_out(table);
	buffer_free(&table->cells);
	if (table->look == LOOK_JSON)
		return print_buffer(&table->json.text);
	return print_buffer(&table->lines);
}
