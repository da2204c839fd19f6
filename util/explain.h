/* SPDX-License-Identifier: MIT */
/* What to tell users when a call to libbaf fails. */
#ifndef BAF_UTIL_EXPLAIN_H
#define BAF_UTIL_EXPLAIN_H

#include "util/fail.h"

struct explanation {
	int error; /**< a negative errno */
	enum status status; /**< to exit with */
	const char *wrong; /**< what is wrong */
	const char *advice; /**< what to do */
};

/** Explains @p error, a negative errno. Has an answer for every error. */
struct explanation explain(int error);

#endif /* BAF_UTIL_EXPLAIN_H */
