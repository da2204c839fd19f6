/* SPDX-License-Identifier: MIT */
/*
 * Where topics are: what --dir, --user, --system and BAF_DIR say together.
 */
#ifndef BAF_UTIL_TOPIC_DIRECTORY_H
#define BAF_UTIL_TOPIC_DIRECTORY_H

#include <limits.h>

#include <stdbool.h>

#include "baf.h"
#include "util/options.h"

/** What a topic's name is made of, for messages. */
#define NAME_RULE \
	"letters, digits, _ and - in segments joined by '.', at most 200 bytes, no '-' in front"

struct place {
	const char *directory; /**< of --dir; NULL: as which says */
	enum baf_directory which;
	char path[PATH_MAX]; /**< the directory, after place_find() */
};

enum {
	PLACE_KEY_DIR = 2 * OPTION_KEY_FIRST,
	PLACE_KEY_USER,
	PLACE_KEY_SYSTEM,
};

/** For the table of options of a program. */
#define PLACE_OPTION_ROWS                                                                     \
	{ .name = "Where topics are" },                                                       \
		{ PLACE_KEY_DIR, 0, "dir", "DIR",                                             \
		  "topic directory (default: BAF_DIR, /dev/baf if it exists, the user's)" },  \
		{ PLACE_KEY_USER, 0, "user", NULL, "the user's topic directory" },            \
	{                                                                                     \
		PLACE_KEY_SYSTEM, 0, "system", NULL, "the system's topic directory, /dev/baf" \
	}

/** Takes an option if it is one of these rows; exits if it makes no sense. Returns whether it was. */
bool place_take_option(struct place *place, const struct options *options, int key);

/** Finds the path. Returns 0 or a negative errno. */
int place_find(struct place *place);

/** Whether a path is that of the system's topic directory. */
bool place_is_system(const char *path);

#endif /* BAF_UTIL_TOPIC_DIRECTORY_H */
