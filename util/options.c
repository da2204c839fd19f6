/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baf.h"
#include "util/fail.h"
#include "util/options.h"

#define HELP_WIDTH 80
#define HELP_COLUMN 29 /* where the text of an option begins */
#define COMMAND_WIDTH 8
#define EXAMPLE_WIDTH 42

static bool row_is_last(const struct option_row *row)
{
	return !row->name && !row->help;
}

static bool row_is_heading(const struct option_row *row)
{
	return !row->help;
}

static bool row_has_letter(const struct option_row *row)
{
	return row->key < OPTION_KEY_FIRST;
}

static char *add_letter(char *letters, char letter, bool has_argument)
{
	*letters++ = letter;
	if (has_argument)
		*letters++ = ':';
	return letters;
}

void options_init(struct options *options, const struct program *program)
{
	struct option *next = options->long_options;
	char *letters = options->letters;

	memset(options, 0, sizeof(*options));
	options->program = program;
	*letters++ = ':'; /* tells a missing argument from an unknown option */
	for (const struct option_row *row = program->rows; !row_is_last(row); row++) {
		bool has_argument = row->argument != NULL;

		if (row_is_heading(row))
			continue;
		assert(next < options->long_options + OPTIONS_MAX - 1);
		if (row_has_letter(row))
			letters = add_letter(letters, (char)row->key, has_argument);
		if (row->other_letter)
			letters = add_letter(letters, row->other_letter, has_argument);
		if (row->name)
			*next++ = (struct option){ row->name, has_argument, NULL, row->key };
	}
	opterr = 0;
	optind = 0; /* resets getopt in glibc */
}

static const struct option_row *find_row(const struct options *options, int key)
{
	for (const struct option_row *row = options->program->rows; !row_is_last(row); row++)
		if (!row_is_heading(row) && (row->key == key || (key && row->other_letter == key)))
			return row;
	return NULL;
}

/* "--size" or "-0": the name of an option in messages. */
static const char *row_name(const struct option_row *row, char *name, size_t size)
{
	if (row->name)
		snprintf(name, size, "--%s", row->name);
	else
		snprintf(name, size, "-%c", row->key);
	return name;
}

static _Noreturn void reject_option(const struct options *options, const char *word)
{
	const struct option_row *row = optopt ? find_row(options, optopt) : NULL;
	char name[64];

	if (row)
		usage_error("%s takes no argument", row_name(row, name, sizeof(name)));
	if (optopt)
		usage_error("unknown option -%c", optopt);
	usage_error("unknown or ambiguous option %s", word);
}

static _Noreturn void reject_missing_argument(const struct options *options)
{
	const struct option_row *row = find_row(options, optopt);
	char name[64];

	usage_error("%s needs an argument: %s", row_name(row, name, sizeof(name)), row->argument);
}

void options_reject(const struct options *options, int key, const char *value, const char *right)
{
	const struct option_row *row = find_row(options, key);
	char name[64];

	usage_error("%s: '%s' is not a valid %s: give %s", row_name(row, name, sizeof(name)), value,
		    row->argument, right);
}

/* Output may fail late, when the disk is full. */
static _Noreturn void exit_after_output(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		exit(fail(STATUS_FAILED, "stdout: %s", strerror(errno)));
	exit(STATUS_DONE);
}

int options_next(struct options *options, int argc, char **argv)
{
	int key = getopt_long(argc, argv, options->letters, options->long_options, NULL);

	switch (key) {
	case 'h':
		options_print_help(options->program);
		exit_after_output();
	case 'V':
		printf("%s (baf) %s\n", program_invocation_short_name, baf_version());
		exit_after_output();
	case ':':
		reject_missing_argument(options);
	case '?':
		reject_option(options, argv[optind - 1]);
	}
	return key < 0 ? -1 : find_row(options, key)->key;
}

/* Prints words up to the last column, and indents all lines but the first. */
static void print_text(const char *text, int column, int indent)
{
	while (*text) {
		int size = (int)strcspn(text, " ");

		if (column > indent && column + 1 + size > HELP_WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", size, text);
		column += size;
		text += size + strspn(text + size, " ");
	}
	putchar('\n');
}

static int print_letters(const struct option_row *row)
{
	int size = row_has_letter(row) ? printf("  -%c", row->key) : printf("    ");

	if (row->other_letter)
		size += printf(", -%c", row->other_letter);
	return size;
}

static void print_row(const struct option_row *row)
{
	int column = print_letters(row);

	if (row->name)
		column += printf("%s--%s", row_has_letter(row) ? ", " : "  ", row->name);
	if (row->argument)
		column += printf("=%s", row->argument);
	if (column + 2 > HELP_COLUMN)
		column = printf("\n") - 1;
	printf("%*s", HELP_COLUMN - column, "");
	print_text(row->help, HELP_COLUMN, HELP_COLUMN);
}

static void print_rows(const struct option_row *rows)
{
	for (const struct option_row *row = rows; !row_is_last(row); row++) {
		if (row_is_heading(row))
			printf("\n%s:\n", row->name);
		else
			print_row(row);
	}
}

static void print_examples(const char *heading, const struct option_example *examples, int width)
{
	printf("\n%s:\n", heading);
	for (; examples->command; examples++)
		printf("  %-*s %s\n", width, examples->command, examples->effect);
}

void options_print_help(const struct program *program)
{
	printf("Usage: %s\n", program->usage);
	print_text(program->summary, 0, 0);
	if (program->commands)
		print_examples("Commands", program->commands, COMMAND_WIDTH);
	print_rows(program->rows);
	printf("\n%s", program->notes);
	print_examples("Examples", program->examples, EXAMPLE_WIDTH);
}
