/* SPDX-License-Identifier: MIT */
/* Reports lost messages to the user: exact totals, but at most one line a second. */
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
	struct loss *pending; /**< not reported yet; the oldest first */
	size_t n_pending;
	size_t n_allocated;
	uint64_t next; /**< when the next line may be printed */
};

void losses_init(struct losses *losses, bool quiet);
void losses_deinit(struct losses *losses);

/** Notes a loss. A @p count of 0 means unknown; the topic's total is then unknown, too. */
void losses_add(struct losses *losses, const char *topic, uint64_t count);

/** Returns when the next report is due; NEVER if there is nothing to report. */
uint64_t losses_due(const struct losses *losses);

/** Prints the reports that are due. */
void losses_tell(struct losses *losses, uint64_t now);

/** Prints all pending reports. */
void losses_tell_all(struct losses *losses);

#endif /* BAF_SUB_LOSSES_H */
