/* SPDX-License-Identifier: MIT */
/*
 * A notice about topics that were requested by name and do not exist yet. It is printed after a
 * second, so that a user at a terminal knows why nothing comes.
 */
#ifndef BAF_SUB_WAITING_NOTICE_H
#define BAF_SUB_WAITING_NOTICE_H

#include "sub/submsg-options.h"

struct waiting_notice {
	const char *directory;
	const char **names; /**< topics that do not exist yet */
	size_t n_names;
	uint64_t due; /**< when to print it; NEVER: not at all */
};

void waiting_notice_init(struct waiting_notice *notice, const struct sub_settings *settings);
void waiting_notice_deinit(struct waiting_notice *notice);

/** Notes that the topic exists now. */
void waiting_notice_attached(struct waiting_notice *notice, const char *topic);

/** Returns when the notice is due; NEVER if there is nothing to say. */
uint64_t waiting_notice_due(const struct waiting_notice *notice);

/** Prints the notice if it is due. */
void waiting_notice_tell(struct waiting_notice *notice, uint64_t now);

#endif /* BAF_SUB_WAITING_NOTICE_H */
