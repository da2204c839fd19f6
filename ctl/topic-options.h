/* SPDX-License-Identifier: MIT */
/* The options for properties of a topic, for commands that make or change topics. */
#ifndef BAF_CTL_TOPIC_OPTIONS_H
#define BAF_CTL_TOPIC_OPTIONS_H

#include <stdbool.h>

#include "baf.h"
#include "util/options.h"

enum {
	TOPIC_KEY_MODE = 3 * OPTION_KEY_FIRST,
	TOPIC_KEY_OWNER,
	TOPIC_KEY_GROUP,
};

#define TOPIC_OPTION_ROWS                                                                         \
	{ .name = "Topic" }, { 's', 0, "size", "SIZE", "capacity of the ring (K, M, G)" },        \
		{ TOPIC_KEY_MODE, 0, "mode", "MODE",                                              \
		  "octal file mode: read permission allows subscribing, write permission allows " \
		  "publishing" },                                                                 \
		{ TOPIC_KEY_OWNER, 0, "owner", "USER", "owner, by name or number (root only)" },  \
	{                                                                                         \
		TOPIC_KEY_GROUP, 0, "group", "GROUP", "group, by name or number"                  \
	}

/**
 * Handles an option of these rows; exits if its value is not valid. Returns false for any other
 * option.
 */
bool topic_take_option(struct baf_topic_options *topic, const struct options *options, int key);

#endif /* BAF_CTL_TOPIC_OPTIONS_H */
