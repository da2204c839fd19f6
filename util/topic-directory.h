/* SPDX-License-Identifier: MIT */
/*
 * Where topics are: what --dir, --user, --system and BAF_DIR say together.
 */
#ifndef BAF_UTIL_TOPIC_DIRECTORY_H
#define BAF_UTIL_TOPIC_DIRECTORY_H

#include <limits.h>

#include <stdbool.h>

#include "baf.h"
#include "util/fail.h"
#include "util/options.h"

/** What a topic's name is made of, for messages. */
#define NAME_RULE \
	"segments of letters, digits, _ and -, joined by '.', at most 200 bytes, no leading '-'"

struct topic_directory {
	const char *given; /**< of --dir; NULL: as which says */
	enum baf_directory which;
	char path[PATH_MAX]; /**< the directory, after topic_directory_find() */
};

enum {
	TOPIC_DIRECTORY_KEY_DIR = 2 * OPTION_KEY_FIRST,
	TOPIC_DIRECTORY_KEY_USER,
	TOPIC_DIRECTORY_KEY_SYSTEM,
};

/** For the table of options of a program. */
#define TOPIC_DIRECTORY_OPTION_ROWS                                                          \
	{ .name = "Topic directory" },                                                       \
		{ TOPIC_DIRECTORY_KEY_DIR, 0, "dir", "DIR",                                  \
		  "topic directory (default: BAF_DIR, else /dev/baf if it exists, else "     \
		  "the user's)" },                                                           \
		{ TOPIC_DIRECTORY_KEY_USER, 0, "user", NULL, "the user's topic directory" }, \
	{                                                                                    \
		TOPIC_DIRECTORY_KEY_SYSTEM, 0, "system", NULL,                               \
			"the system's topic directory, /dev/baf"                             \
	}

/**
 * Takes an option if it is one of these rows; exits if it makes no sense. Returns whether it was.
 */
bool topic_directory_take_option(struct topic_directory *directory, const struct options *options,
				 int key);

/** Finds the path. Returns 0 or a negative errno. */
int topic_directory_find(struct topic_directory *directory);

/**
 * Whether a folder above the directory @p path is missing, and which. Nobody makes that one: a
 * program makes at most the topic directory itself.
 */
bool topic_directory_lacks_folder(const char *path, char missing[PATH_MAX]);

/** What to do about such a folder. */
const char *topic_directory_advise(const char *missing);

/**
 * Says that @p error, a negative errno of libbaf, hit the directory @p path as a whole, and what to
 * do. Returns the status to exit with.
 */
enum status topic_directory_fail(const char *path, int error);

/** Whether a path is that of the system's topic directory. */
bool topic_directory_is_system(const char *path);

#endif /* BAF_UTIL_TOPIC_DIRECTORY_H */
