/* SPDX-License-Identifier: MIT */
/*
 * Topics that were asked for by name and do not exist yet: who sits at a terminal is told
 * after a second, and need not wonder why nothing comes.
 */
#ifndef BAF_SUB_WAITING_NOTICE_H
#define BAF_SUB_WAITING_NOTICE_H

#include "sub/submsg-options.h"

struct waiting_notice {
	const char *directory;
	const char **names; /**< without a topic so far */
	size_t n_names;
	uint64_t due; /**< when to tell; NEVER: not at all */
};

void waiting_notice_init(struct waiting_notice *notice, const struct sub_settings *settings);
void waiting_notice_deinit(struct waiting_notice *notice);

/** The topic is there. */
void waiting_notice_attached(struct waiting_notice *notice, const char *topic);

/** Says when to tell; NEVER if there is nothing to tell. */
uint64_t waiting_notice_due(const struct waiting_notice *notice);

/** Tells, if it is due. */
void waiting_notice_tell(struct waiting_notice *notice, uint64_t now);

#endif /* BAF_SUB_WAITING_NOTICE_H */
