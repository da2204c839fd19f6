/* SPDX-License-Identifier: MIT */
/*
 * Where topics are: what --dir, --user, --system and BAF_DIR say together.
 */
#ifndef BAF_UTIL_PLACE_H
#define BAF_UTIL_PLACE_H

#include <limits.h>

#include "baf.h"

/** What a topic's name is made of, for messages. */
#define NAME_RULE \
	"letters, digits, _ and - in segments joined by '.', at most 200 bytes, no '-' in front"

struct place {
	const char *directory; /**< of --dir; NULL: as which says */
	enum baf_directory which;
	char path[PATH_MAX]; /**< the directory, after place_find() */
};

/** Finds the path. Returns 0 or a negative errno. */
int place_find(struct place *place);

#endif /* BAF_UTIL_PLACE_H */
