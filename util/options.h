/* SPDX-License-Identifier: MIT */
/*
 * The command line of a program, described by one table. The table drives the parser and
 * --help; a test compares it with the man page and the completions.
 */
#ifndef BAF_UTIL_OPTIONS_H
#define BAF_UTIL_OPTIONS_H

#include <getopt.h>
#include <stddef.h>

/** A row of the table: an option, or a heading if it has no help. */
struct option_row {
	int key; /**< what options_next() returns; a letter or digit is the short option too */
	char other_letter; /**< another short option for the same; 0: none */
	const char *name; /**< the long option, or the heading; NULL: there is no long option */
	const char *argument; /**< what its argument is called; NULL: it takes none */
	const char *help;
};

/** Keys of options without a letter begin here. */
#define OPTION_KEY_FIRST 256

/** The last rows of a program. */
#define OPTION_LAST_ROWS                                                  \
	{ 'h', 0, "help", NULL, "show this help and exit" },              \
		{ 'V', 0, "version", NULL, "show the version and exit" }, \
	{                                                                 \
		0                                                         \
	}

/** An example for --help. */
struct option_example {
	const char *command;
	const char *effect;
};

/** A program, as --help shows it. */
struct program {
	const char *usage; /**< "pubmsg [OPTIONS] TOPIC" */
	const char *summary; /**< what it does, in a sentence */
	const struct option_example *commands; /**< of a program that has some; else NULL */
	const struct option_row
		*rows; /**< ends with an empty row; has keys 'h' for --help and 'V' for --version */
	const struct option_example *examples; /**< likewise */
	const char *notes; /**< what else must be known, in a few lines; ends with a newline */
};

#define OPTIONS_MAX 48

/** A parser on its way through a command line. */
struct options {
	const struct program *program;
	struct option long_options[OPTIONS_MAX];
	char letters[3 * OPTIONS_MAX];
};

/** Starts to parse. There is one parser at a time, as getopt_long(3) has it. */
void options_init(struct options *options, const struct program *program);

/**
 * Takes the next option; its argument is in optarg. Prints help and version by itself, and exits,
 * as it does for an option that does not exist or lacks its argument.
 *
 * Returns the key; -1 when only operands are left, from argv[optind] on.
 */
int options_next(struct options *options, int argc, char **argv);

/** Says that @p key does not take @p value but what @p right says, and exits. */
_Noreturn void options_reject(const struct options *options, int key, const char *value,
			      const char *right);

/** Prints --help. */
void options_print_help(const struct program *program);

#endif /* BAF_UTIL_OPTIONS_H */
