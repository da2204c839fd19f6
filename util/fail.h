/* SPDX-License-Identifier: MIT */
/*
 * Messages for people, and exit codes. Each message is one line on stderr in a single write, so
 * that lines of several programs on one terminal or in one log do not mix.
 */
#ifndef BAF_UTIL_FAIL_H
#define BAF_UTIL_FAIL_H

#include <stdbool.h>

/** The exit codes of the programs; the man pages list them. */
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

/** Prints "PROGRAM: message". Control characters become '?'. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Like say(), and returns @p status: "return fail(STATUS_FAILED, ...)". */
enum status fail(enum status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Like say(), then points to --help and exits with STATUS_USAGE. */
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Says that memory is short, and exits. */
_Noreturn void out_of_memory(void);

/** Returns @p memory. Exits as out_of_memory() does if it is NULL. */
void *or_out_of_memory(void *memory) __attribute__((returns_nonnull));

/** Tells say() whether the terminal shows an unfinished line: the next message overwrites it. */
void say_over_unfinished_line(bool unfinished);

#endif /* BAF_UTIL_FAIL_H */
