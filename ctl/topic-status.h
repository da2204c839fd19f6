/* SPDX-License-Identifier: MIT */
/* All that is known about a topic without publishing or subscribing to it. */
#ifndef BAF_CTL_TOPIC_STATUS_H
#define BAF_CTL_TOPIC_STATUS_H

#include "baf.h"
#include "ctl/process-unit.h"
#include "util/explain.h"
#include "util/json.h"

struct topic {
	const char *directory;
	const char *name;
	int error; /**< a negative errno: nothing else is known */
	struct baf_topic_info info;
	struct baf_subscriber_info *subscribers;
	struct file_identity
		files[2]; /**< ring and list of subscribers: files that its processes have open */
	uint64_t time; /**< when it was read */
};

/** Reads the state of a topic. Free it with topic_free(). */
void topic_look(struct topic *topic, const char *directory, const char *name);
void topic_free(struct topic *topic);

/**
 * Returns its state in a word: "publishing", "idle", "damaged", "other-version", "foreign-device",
 * "no-permission" or "unusable".
 */
const char *topic_state(const struct topic *topic);

/** Explains its error. */
struct explanation topic_error(const struct topic *topic);

/** Returns the rate per second of @p recent, a counter in its info. */
uint64_t topic_rate(const struct topic *topic, uint64_t recent);

/** Returns the age of the oldest message that the topic still holds, in nanoseconds. */
uint64_t topic_history_span(const struct topic *topic);

/** Returns "attached", "lapsed" or "observing". */
const char *subscriber_state(const struct baf_subscriber_info *subscriber);

/** Returns the unit of its publisher, or of a subscriber; NULL if unknown. */
const char *topic_publisher_unit(struct topic *topic, struct processes *processes);
const char *topic_subscriber_unit(struct topic *topic, struct processes *processes,
				  uint32_t number);

/** Adds everything as one object. */
void topic_add_json(struct json *json, struct topic *topic, struct processes *processes);

#endif /* BAF_CTL_TOPIC_STATUS_H */
