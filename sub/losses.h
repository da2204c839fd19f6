/* SPDX-License-Identifier: MIT */
/*
 * Tells the user of lost messages: exact in sum, but not more than one line a second.
 */
#ifndef BAF_SUB_LOSSES_H
#define BAF_SUB_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loss {
	const char *topic; /**< lives as long as the subscription */
	uint64_t count;
};

struct losses {
	bool quiet;
	struct loss *pending; /**< not told yet; the one that waits longest first */
	size_t n_pending;
	size_t n_allocated;
	uint64_t next; /**< when the next line may be printed */
};

void losses_init(struct losses *losses, bool quiet);
void losses_deinit(struct losses *losses);

/** Notes a loss; a @p count of 0 if nobody knows how many, as for all losses of that topic then. */
void losses_add(struct losses *losses, const char *topic, uint64_t count);

/** Says when something is to be told; NEVER if there is nothing. */
uint64_t losses_due(const struct losses *losses);

/** Tells what is due. */
void losses_tell(struct losses *losses, uint64_t now);

/** Tells all that is left. */
void losses_tell_all(struct losses *losses);

#endif /* BAF_SUB_LOSSES_H */
