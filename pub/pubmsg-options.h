/* SPDX-License-Identifier: MIT */
/* The settings of pubmsg. */
#ifndef BAF_PUB_PUBMSG_OPTIONS_H
#define BAF_PUB_PUBMSG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"
#include "util/framing.h"
#include "util/options.h"
#include "util/topic-directory.h"

/** --on-large: what to do with a message that is larger than the topic takes. */
enum large_policy {
	LARGE_FAIL,
	LARGE_TRUNCATE,
	LARGE_SPLIT,
	LARGE_SKIP,
};

struct pub_settings {
	const char *topic;
	struct topic_directory directory;
	struct baf_publisher_options publisher;
	enum framing framing;
	enum large_policy on_large;
	const char **messages; /**< from -m; free with free() */
	size_t n_messages; /**< 0: read stdin */
	unsigned int wait_subscribers;
	uint64_t wait_time;
	bool tee;
	bool stats;
	bool quiet;
	bool verbose;
};

/** The table, for --help and for tests. */
extern const struct program pubmsg_program;

/** Reads the command line; exits if it is wrong. */
void pub_settings_parse(struct pub_settings *settings, int argc, char **argv);

#endif /* BAF_PUB_PUBMSG_OPTIONS_H */
