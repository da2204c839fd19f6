/* SPDX-License-Identifier: MIT */
/*
 * Topics that were asked for by name and do not exist yet: who sits at a terminal is told
 * after a second, and need not wonder why nothing comes.
 */
#ifndef BAF_SUB_WAITING_NOTICE_H
#define BAF_SUB_WAITING_NOTICE_H

#include "sub/submsg-options.h"

struct awaited {
	const char *directory;
	const char **names; /**< without a topic so far */
	size_t n_names;
	uint64_t due; /**< when to tell; NEVER: not at all */
};

void awaited_init(struct awaited *awaited, const struct sub_settings *settings);
void awaited_deinit(struct awaited *awaited);

/** The topic is there. */
void awaited_attached(struct awaited *awaited, const char *topic);

/** Says when to tell; NEVER if there is nothing to tell. */
uint64_t awaited_due(const struct awaited *awaited);

/** Tells, if it is due. */
void awaited_tell(struct awaited *awaited, uint64_t now);

#endif /* BAF_SUB_WAITING_NOTICE_H */
