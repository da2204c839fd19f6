/* SPDX-License-Identifier: MIT */
/*
 * How a message looks in the output.
 */
#ifndef BAF_SUB_RENDER_H
#define BAF_SUB_RENDER_H

#include "sub/submsg-options.h"

struct renderer {
	const struct sub_settings *settings;
	struct timestamp cache;
};

/** Appends a message. */
void render_message(struct renderer *renderer, struct buffer *to, const struct received *message);

/**
 * Appends what is to be seen of a loss before message @p sequence: an object with --json, else
 * nothing.
 */
void render_loss(const struct renderer *renderer, struct buffer *to, const char *topic,
		 uint64_t lost, uint64_t sequence);

#endif /* BAF_SUB_RENDER_H */
