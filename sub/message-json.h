/* SPDX-License-Identifier: MIT */
/*
 * Messages as JSON objects, for any bytes.
 */
#ifndef BAF_SUB_MESSAGE_JSON_H
#define BAF_SUB_MESSAGE_JSON_H

#include "sub/received.h"
#include "util/buffer.h"
#include "util/timestamp.h"

/**
 * Appends an object for a message:
 *
 *     {"topic":"t","sequence":12,"time":"2026-01-02T03:04:05.123456789Z","message":"text"}
 *
 * with "message_base64" in place of "message" if the bytes are not UTF-8.
 */
void json_append_message(struct buffer *to, struct timestamp *cache,
			 const struct received *message);

/**
 * Appends an object for a loss, before message @p sequence: {"topic":"t","lost":17,"sequence":40}.
 */
void json_append_loss(struct buffer *to, const char *topic, uint64_t lost, uint64_t sequence);

#endif /* BAF_SUB_MESSAGE_JSON_H */
