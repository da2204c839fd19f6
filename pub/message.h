/* SPDX-License-Identifier: MIT */
/*
 * A message that is put together from pieces, and that may turn out to be larger than
 * the topic takes: then --on-large decides. Never holds more than the limit.
 */
#ifndef BAF_PUB_MESSAGE_H
#define BAF_PUB_MESSAGE_H

#include <stdbool.h>

#include "pub/sink.h"
#include "util/buffer.h"

struct message {
	struct sink *sink;
	struct buffer bytes; /**< what is here of it */
	uint64_t size; /**< of all that came */
	bool large; /**< it went beyond the limit */
	bool dropping; /**< the rest of it is not wanted */
};

void message_init(struct message *message, struct sink *sink);
void message_deinit(struct message *message);

/** Says whether nothing of it came yet. */
bool message_is_empty(const struct message *message);

/** Adds a piece. */
enum status message_add(struct message *message, const char *data, size_t size);

/** That was all of it: publishes it. Then the next message can begin. */
enum status message_end(struct message *message);

/** Forgets it, so that the next message can begin. */
void message_clear(struct message *message);

#endif /* BAF_PUB_MESSAGE_H */
