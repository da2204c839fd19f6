/* SPDX-License-Identifier: MIT */
/*
 * The command line of a program, described by one table. The parser and --help use the table; a
 * test compares it with the man page and the completions.
 */
#ifndef BAF_UTIL_OPTIONS_H
#define BAF_UTIL_OPTIONS_H

#include <getopt.h>
#include <stddef.h>

/** A row of the table: an option, or a heading if it has no help text. */
struct option_row {
	int key; /**< what options_next() returns; a letter or digit is also the short option */
	char other_letter; /**< a second short option with the same meaning; 0: none */
	const char *name; /**< the long option, or the heading; NULL: no long option */
	const char *argument; /**< the name of its argument; NULL: it takes none */
	const char *help;
};

/** The first key for options without a short form. */
#define OPTION_KEY_FIRST 256

/** The last rows of each program's table. */
#define OPTION_LAST_ROWS                                                  \
	{ 'h', 0, "help", NULL, "show this help and exit" },              \
		{ 'V', 0, "version", NULL, "show the version and exit" }, \
	{                                                                 \
		0                                                         \
	}

/** An example in --help. */
struct option_example {
	const char *command;
	const char *effect;
};

/** A program, as --help shows it. */
struct program {
	const char *usage; /**< "pubmsg [OPTIONS] TOPIC" */
	const char *summary; /**< what it does, in a sentence */
	const struct option_example *commands; /**< if the program has commands; else NULL */
	const struct option_row
		*rows; /**< ends with an empty row; has keys 'h' for --help and 'V' for --version */
	const struct option_example *examples; /**< likewise */
	const char *notes; /**< a few lines on anything else worth knowing; ends with a newline */
};

#define OPTIONS_MAX 48

/** The state of a parser. */
struct options {
	const struct program *program;
	struct option long_options[OPTIONS_MAX];
	char letters[3 * OPTIONS_MAX];
};

/** Starts to parse. Only one parser can be active, because getopt_long(3) has global state. */
void options_init(struct options *options, const struct program *program);

/**
 * Takes the next option; its argument is in optarg. Prints --help or --version itself and exits.
 * Also exits if an option is unknown or lacks its argument.
 *
 * Returns the key; -1 when only operands are left, from argv[optind] on.
 */
int options_next(struct options *options, int argc, char **argv);

/** Says that @p key does not take @p value, and that it takes @p right; exits. */
_Noreturn void options_reject(const struct options *options, int key, const char *value,
			      const char *right);

/** Prints --help. */
void options_print_help(const struct program *program);

#endif /* BAF_UTIL_OPTIONS_H */
