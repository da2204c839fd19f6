/* SPDX-License-Identifier: MIT */
/*
 * A message that is assembled from pieces. If it grows larger than the topic takes, --on-large
 * decides. Never holds more than the limit.
 */
#ifndef BAF_PUB_MESSAGE_H
#define BAF_PUB_MESSAGE_H

#include <stdbool.h>

#include "pub/sink.h"
#include "util/buffer.h"

struct message {
	struct sink *sink;
	struct buffer bytes; /**< the part that is held */
	uint64_t size; /**< of all pieces so far */
	bool large; /**< it is larger than the limit */
	bool dropping; /**< further pieces are ignored */
};

void message_init(struct message *message, struct sink *sink);
void message_deinit(struct message *message);

/** Returns whether no piece was added yet. */
bool message_is_empty(const struct message *message);

/** Adds a piece. Returns STATUS_DONE, or the status to exit with. */
enum status message_add(struct message *message, const char *data, size_t size);

/**
 * Publishes the message, which is complete now. Afterwards the next one can begin. Returns
 * STATUS_DONE, or the status to exit with.
 */
enum status message_end(struct message *message);

/** Drops the message, so that the next one can begin. */
void message_clear(struct message *message);

#endif /* BAF_PUB_MESSAGE_H */
