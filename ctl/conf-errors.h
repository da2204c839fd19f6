/* SPDX-License-Identifier: MIT */
/*
 * Errors in a configuration file. Each is reported with file and line, and reading continues with
 * the next line: people see all errors of a file at once.
 */
#ifndef BAF_CTL_CONF_ERRORS_H
#define BAF_CTL_CONF_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/** Initialise with zeros. */
struct conf_errors {
	const char *file; /**< the file that is being read */
	unsigned int line; /**< the line that is being read; 0: the error concerns the whole file */
	size_t n;
	bool quiet; /**< set by the caller: count errors without reporting them */
};

/** Reports and counts an error. */
void conf_complain(struct conf_errors *errors, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* BAF_CTL_CONF_ERRORS_H */
