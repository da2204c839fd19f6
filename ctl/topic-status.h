/* SPDX-License-Identifier: MIT */
/*
 * A topic, with all that is known of it without taking part.
 */
#ifndef BAF_CTL_TOPIC_STATUS_H
#define BAF_CTL_TOPIC_STATUS_H

#include "baf.h"
#include "ctl/process-unit.h"
#include "util/explain.h"
#include "util/json.h"

struct topic {
	const char *directory;
	const char *name;
	int error; /**< a negative errno: that is all that is known of it */
	struct baf_topic_info info;
	struct baf_subscriber_info *subscribers;
	struct file_identity
		files[2]; /**< ring and list of subscribers: what those processes have open */
	uint64_t time; /**< when it was looked at */
};

/** Looks at a topic; to be given back with topic_free(). */
void topic_look(struct topic *topic, const char *directory, const char *name);
void topic_free(struct topic *topic);

/**
 * In a word: "publishing", "idle", "damaged", "other-version", "foreign-device", "no-permission" or
 * "unusable".
 */
const char *topic_state(const struct topic *topic);

/** What is to be told of its error. */
struct explanation topic_error(const struct topic *topic);

/** How many of @p recent, a member of its info, there were in a second. */
uint64_t topic_rate(const struct topic *topic, uint64_t recent);

/** How far back the oldest message is that it holds, in nanoseconds. */
uint64_t topic_history_span(const struct topic *topic);

/** "attached", "lapsed" or "observing". */
const char *subscriber_state(const struct baf_subscriber_info *subscriber);

/** The units of its publisher and of a subscriber; NULL: none is known. */
const char *topic_publisher_unit(struct topic *topic, struct processes *processes);
const char *topic_subscriber_unit(struct topic *topic, struct processes *processes,
				  uint32_t number);

/** Adds all of it as an object. */
void topic_add_json(struct json *json, struct topic *topic, struct processes *processes);

#endif /* BAF_CTL_TOPIC_STATUS_H */
