/* SPDX-License-Identifier: MIT */
/*
 * From stdin to the topic. Each function goes on until the end of stdin, a signal that stops the
 * program (STATUS_DONE as well) or an error, which has been told.
 */
#ifndef BAF_PUB_INPUT_H
#define BAF_PUB_INPUT_H

#include "pub/sink.h"
#include "pub/source.h"

/** Publishes stdin, as --framing says. */
enum status input_publish(struct source *source, struct sink *sink);

/** --framing=line, nul: messages that end in a delimiter. */
enum status input_delimited(struct source *source, struct sink *sink, enum framing framing);

/** --framing=len: messages behind their length. */
enum status input_prefixed(struct source *source, struct sink *sink);

/** --framing=raw: what one read gives is a message. */
enum status input_raw(struct source *source, struct sink *sink);

/** --framing=one: all of it is one message. */
enum status input_one(struct source *source, struct sink *sink);

#endif /* BAF_PUB_INPUT_H */
