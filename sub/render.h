/* SPDX-License-Identifier: MIT */
/* Renders messages for output. */
#ifndef BAF_SUB_RENDER_H
#define BAF_SUB_RENDER_H

#include "sub/submsg-options.h"

struct renderer {
	const struct sub_settings *settings;
	struct timestamp cache;
};

/** Appends a message. */
void render_message(struct renderer *renderer, struct buffer *to, const struct received *message);

/** Appends the output for a loss before message @p sequence: an object for --json, or nothing. */
void render_loss(const struct renderer *renderer, struct buffer *to, const char *topic,
		 uint64_t lost, uint64_t sequence);

#endif /* BAF_SUB_RENDER_H */
