/* SPDX-License-Identifier: MIT */
/* The settings of submsg. */
#ifndef BAF_SUB_SUBMSG_OPTIONS_H
#define BAF_SUB_SUBMSG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"
#include "sub/format.h"
#include "util/framing.h"
#include "util/options.h"
#include "util/topic-directory.h"

/** How a message is printed. */
enum look {
	LOOK_FRAMED, /**< the bytes, framed as --framing says */
	LOOK_JSON,
	LOOK_FORMAT,
};

struct sub_settings {
	char **topics; /**< names and patterns; point into topic_text */
	size_t n_topics;
	char *topic_text;
	bool exclude; /**< all topics but these */
	struct topic_directory directory;
	struct baf_subscriber_options subscriber;
	enum framing framing;
	enum look look;
	struct format format;
	bool with_topic; /**< before each message */
	bool with_time; /**< likewise */
	uint64_t count; /**< stop after this many messages; UINT64_MAX: never */
	uint64_t timeout; /**< NEVER: none */
	uint64_t idle; /**< likewise */
	bool strict;
	bool stats;
	bool quiet;
	bool verbose;
};

/** The table, for --help and for tests. */
extern const struct program submsg_program;

/** Reads the command line; exits if it is wrong. */
void sub_settings_parse(struct sub_settings *settings, int argc, char **argv);

void sub_settings_deinit(struct sub_settings *settings);

#endif /* BAF_SUB_SUBMSG_OPTIONS_H */
