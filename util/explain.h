/* SPDX-License-Identifier: MIT */
/*
 * What to tell the user about an error of libbaf.
 */
#ifndef BAF_UTIL_EXPLAIN_H
#define BAF_UTIL_EXPLAIN_H

#include "util/fail.h"

struct explanation {
	int error; /**< a negative errno */
	enum status status; /**< to exit with */
	const char *wrong; /**< what is wrong */
	const char *advice; /**< what to do */
};

/** Explains @p error, a negative errno. Always finds something to say. */
struct explanation explain(int error);

#endif /* BAF_UTIL_EXPLAIN_H */
