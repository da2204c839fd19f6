/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a configuration file. An error is told with its file and line, and the next
 * line is read: people see all errors of a file at once.
 */
#ifndef BAF_CTL_CONF_ERRORS_H
#define BAF_CTL_CONF_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/** All zero to begin with. */
struct conf_errors {
	const char *file; /**< that is being read */
	unsigned int line; /**< likewise; 0: what is wrong concerns the whole file */
	size_t n;
	bool quiet; /**< set by the caller: errors are counted, and not told */
};

/** Adds an error. */
void conf_complain(struct conf_errors *errors, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* BAF_CTL_CONF_ERRORS_H */
