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
	bool idle; /**< nothing came in the last sleep */
	uint64_t timeout_at;
	uint64_t idle_at;
	uint64_t idle_messages; /**< how many there were when idle_at was set */
	enum status topic_status; /**< of topics that failed */
};

/** Subscribes as the settings say. Returns the status to exit with, STATUS_DONE to go on. */
enum status stream_open(struct stream *stream, const struct sub_settings *settings);

/** Prints messages until it is time to stop. Returns the status to exit with. */
enum status stream_run(struct stream *stream);

/** Checks that the topics can be opened, and prints nothing. Returns likewise. */
enum status stream_check(struct stream *stream);

/** Tells what there is to tell at the end, and unsubscribes. */
void stream_close(struct stream *stream);

/** Mends a bus error, if it is in a topic. Async-signal-safe. */
int stream_mend(const void *address);

#endif /* BAF_SUB_STREAM_H */
