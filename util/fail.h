/* SPDX-License-Identifier: MIT */
/*
 * Messages to people, and exit codes. All of it goes to stderr, one line each, in one write:
 * lines of several programs on one terminal or log do not mix.
 */
#ifndef BAF_UTIL_FAIL_H
#define BAF_UTIL_FAIL_H

#include <stdbool.h>

/** What the programs exit with; the man pages list it. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /**< something went wrong at run time */
	STATUS_USAGE = 2, /**< the command line makes no sense */
	STATUS_LOST = 3, /**< messages were lost, and --strict was given */
	STATUS_NO_TOPIC = 4, /**< no such topic, and waiting was declined */
	STATUS_PERMISSION = 5,
	STATUS_TOO_LARGE = 6, /**< a message is larger than the topic takes */
	STATUS_BUSY = 7, /**< the topic already has a publisher */
	STATUS_TIMEOUT = 124, /**< as timeout(1) */
};

/** Prints "PROGRAM: what the format says". Control characters become '?'. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** As say(), and returns @p status: "return fail(STATUS_FAILED, ...)". */
enum status fail(enum status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** As say(), then points to --help and exits with STATUS_USAGE. */
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Says that there is no memory, and exits. */
_Noreturn void out_of_memory(void);

/** Returns @p memory; exits as out_of_memory() if there is none. */
void *or_out_of_memory(void *memory) __attribute__((returns_nonnull));

/**
 * The last thing on the terminal is a line that is not finished: the next message overwrites it.
 */
void say_over_unfinished_line(bool unfinished);

#endif /* BAF_UTIL_FAIL_H */
