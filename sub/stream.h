/* SPDX-License-Identifier: MIT */
/*
 * From the topics to stdout: the loop of submsg.
 */
#ifndef BAF_SUB_STREAM_H
#define BAF_SUB_STREAM_H

#include "sub/waiting-notice.h"
#include "sub/printer.h"
#include "sub/losses.h"
#include "util/meter.h"

struct stream {
	const struct sub_settings *settings;
	struct baf_subscriber *subscriber;
	struct printer printer;
	struct losses losses;
	struct waiting_notice notice;
	struct meter meter;
	uint64_t lost;
	bool idle; /**< nothing came during the last sleep */
	uint64_t timeout_at;
	uint64_t idle_at;
	uint64_t idle_messages; /**< the number of messages when idle_at was set */
	enum status topic_status; /**< of topics that failed */
};

/** Subscribes as the settings say. Returns STATUS_DONE to go on, or the status to exit with. */
enum status stream_open(struct stream *stream, const struct sub_settings *settings);

/** Prints messages until it is time to stop. Returns the status to exit with. */
enum status stream_run(struct stream *stream);

/** Checks that the topics can be opened, and prints nothing. Returns the status to exit with. */
enum status stream_check(struct stream *stream);

/** Prints the final reports, and unsubscribes. */
void stream_close(struct stream *stream);

/** Repairs the mapping after a bus error, if @p address is in a topic. Async-signal-safe. */
int stream_mend(const void *address);

#endif /* BAF_SUB_STREAM_H */
