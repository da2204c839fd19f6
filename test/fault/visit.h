/* SPDX-License-Identifier: MIT */
/*
 * A visit to a topic that may be damaged or made by somebody who means harm: it is looked at, read
 * and published to in all ways that there are. Each call must come back, with an error or not, and
 * what it shows must be there to be read.
 */
#ifndef TEST_FAULT_VISIT_H
#define TEST_FAULT_VISIT_H

#include <stdint.h>

#define VISITED "t"

/**
 * struct visit - what came of it: 0 or a negative errno
 * @query:     by a query
 * @subscribe: by reading; of the ways that are tried, the last that failed
 * @reason:    what a subscriber was told then, or NULL
 * @publish:   by opening it to publish and publishing
 * @messages:  that were read, in all ways
 */
struct visit {
	int query;
	int subscribe;
	const char *reason;
	int publish;
	uint64_t messages;
};

/* Visits the topic VISITED in the scratch directory. */
struct visit visit(void);

/* The same, without publishing: it stays as it is. */
struct visit visit_to_read(void);

#endif /* TEST_FAULT_VISIT_H */
