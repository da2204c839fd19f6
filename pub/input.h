/* SPDX-License-Identifier: MIT */
/*
 * Publishing stdin. Each function runs until the end of stdin or a signal that stops the program
 * (both STATUS_DONE), or until an error, which it has reported to the user.
 */
#ifndef BAF_PUB_INPUT_H
#define BAF_PUB_INPUT_H

#include "pub/sink.h"
#include "pub/source.h"

/** Publishes stdin as --framing says. */
enum status input_publish(struct source *source, struct sink *sink);

/** --framing=line, nul: messages that end in a delimiter. */
enum status input_delimited(struct source *source, struct sink *sink, enum framing framing);

/** --framing=len: a length in front of each message. */
enum status input_prefixed(struct source *source, struct sink *sink);

/** --framing=raw: each read is one message. */
enum status input_raw(struct source *source, struct sink *sink);

/** --framing=one: all of stdin is one message. */
enum status input_one(struct source *source, struct sink *sink);

#endif /* BAF_PUB_INPUT_H */
