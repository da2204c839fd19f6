/* SPDX-License-Identifier: MIT */
/*
 * Output of commands: rows of cells. On a terminal they are aligned below headings, with numbers
 * formatted for people. Elsewhere each row is a line, with tabs between cells, no headings, and
 * numbers in base units: bytes, seconds, RFC 3339. With --json each row is an object.
 *
 * 	struct table table;
 *
 * 	table_init(&table, columns, n_columns, look_choose(json));
 * 	table_row(&table, (struct cell[]){ cell_text("a"), cell_bytes(4096) });
 * 	return table_print(&table);
 */
#ifndef BAF_CTL_TABLE_H
#define BAF_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/fail.h"
#include "util/json.h"

/** The format of the output. */
enum look {
	LOOK_TABLE, /**< for people */
	LOOK_LINES, /**< tab-separated values */
	LOOK_JSON,
};

/** Returns LOOK_JSON if @p json is set; else chooses by whether stdout is a terminal. */
enum look look_choose(bool json);

enum cell_kind {
	CELL_NONE, /**< no value: "-", or null */
	CELL_TEXT,
	CELL_NUMBER, /**< an identifier, such as a pid */
	CELL_COUNT,
	CELL_BYTES,
	CELL_SPAN, /**< nanoseconds */
	CELL_TIME, /**< nanoseconds since 1970 */
};

struct cell {
	enum cell_kind kind;
	const char *text;
	uint64_t number;
};

static inline struct cell cell_none(void)
{
	return (struct cell){ .kind = CELL_NONE };
}

/** A text, which must live until the row is added. NULL gives an empty cell. */
static inline struct cell cell_text(const char *text)
{
	return (struct cell){ .kind = text ? CELL_TEXT : CELL_NONE, .text = text };
}

static inline struct cell cell_number(enum cell_kind kind, uint64_t number)
{
	return (struct cell){ .kind = kind, .number = number };
}

/** Appends a cell, formatted for people or in base units. Control characters become '?'. */
void cell_append(struct buffer *to, const struct cell *cell, bool human);

/** Adds a cell to a JSON object. */
void cell_add_json(struct json *json, const char *key, const struct cell *cell);

struct column {
	const char *key; /**< name in JSON */
	const char *heading; /**< heading on a terminal; NULL: not shown there */
};

#define TABLE_COLUMNS_MAX 16

struct table {
	const struct column *columns;
	size_t n_columns;
	enum look look;
	struct buffer cells; /**< of a table: texts, concatenated, each with a NUL */
	size_t widths[TABLE_COLUMNS_MAX];
	bool numeric[TABLE_COLUMNS_MAX];
	struct buffer lines;
	struct json json;
};

/** Begins a table; the columns are not copied. */
void table_init(struct table *table, const struct column *columns, size_t n_columns,
		enum look look);

/** Adds a row, with one cell for each column. */
void table_row(struct table *table, const struct cell *cells);

/**
 * Prints the table, and frees it. A table without rows has no headings. Returns STATUS_DONE, or
 * reports the error and returns the status to exit with.
 */
enum status table_print(struct table *table);

/** Prints @p text on stdout, and frees it. Returns like table_print(). */
enum status print_buffer(struct buffer *text);

#endif /* BAF_CTL_TABLE_H */
