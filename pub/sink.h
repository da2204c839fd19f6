/* SPDX-License-Identifier: MIT */
/*
 * The topic that pubmsg publishes to. These functions report errors to the user themselves, once,
 * and return the status to exit with: STATUS_DONE if all is well.
 */
#ifndef BAF_PUB_SINK_H
#define BAF_PUB_SINK_H

#include "pub/pubmsg-options.h"
#include "util/fail.h"
#include "util/meter.h"

struct sink {
	const struct pub_settings *settings;
	struct baf_publisher *publisher;
	const void *reserved; /**< what sink_reserve() returned last */
	size_t limit; /**< the largest message */
	size_t batch; /**< the most bytes in one record, so that it does not fill the ring */
	uint64_t n_large; /**< messages that were larger than the limit */
	struct baf_publisher_counters before; /**< of handles that are already closed */
};

/** Opens the topic. */
enum status sink_open(struct sink *sink, const struct pub_settings *settings);

/** Closes the topic, and prints the final report. */
void sink_close(struct sink *sink);

/** Waits for the subscribers that --wait-subs asks for. */
enum status sink_wait_subscribers(struct sink *sink);

/** Publishes one message, which must not exceed the limit. */
enum status sink_publish(struct sink *sink, const void *data, size_t size);

/** Publishes several messages as one record. They may be in two pieces: @p head comes first. */
enum status sink_publish_run(struct sink *sink, enum baf_framing framing, size_t n_messages,
			     const struct baf_buffer *head, const struct baf_buffer *tail);

/** Reserves @p size bytes of the ring to fill. Call sink_commit() or sink_cancel() next. */
enum status sink_reserve(struct sink *sink, size_t size, char **datap);
enum status sink_commit(struct sink *sink, size_t size, enum baf_framing framing,
			size_t n_messages);
void sink_cancel(struct sink *sink);

/** Notes that a message of @p size bytes was too large and was handled as --on-large says. */
enum status sink_note_large(struct sink *sink, uint64_t size);

/** Reads the counters for --stats. */
struct meter_reading sink_read_meter(const struct sink *sink);

/** Repairs the mapping after a bus error, if @p address is in the ring. Async-signal-safe. */
int sink_mend(const void *address);

#endif /* BAF_PUB_SINK_H */
