/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "util/topic-directory.h"

static void choose(struct place *place, const char *directory, enum baf_directory which)
{
	place->directory = directory;
	place->which = which;
}

bool place_take_option(struct place *place, const struct options *options, int key)
{
	switch (key) {
	case PLACE_KEY_DIR:
		if (!*optarg)
			options_reject(options, key, optarg, "the path of a directory");
		choose(place, optarg, BAF_DIRECTORY_DEFAULT);
		return true;
	case PLACE_KEY_USER:
		choose(place, NULL, BAF_DIRECTORY_USER);
		return true;
	case PLACE_KEY_SYSTEM:
		choose(place, NULL, BAF_DIRECTORY_SYSTEM);
		return true;
	}
	return false;
}

int place_find(struct place *place)
{
	if (!place->directory)
		return baf_directory_path(place->which, place->path, sizeof(place->path));
	if (strlen(place->directory) >= sizeof(place->path))
		return -ENAMETOOLONG;
	strcpy(place->path, place->directory);
	return 0;
}

bool place_is_system(const char *path)
{
	char system[PATH_MAX];

	return baf_directory_path(BAF_DIRECTORY_SYSTEM, system, sizeof(system)) == 0 &&
	       strcmp(path, system) == 0;
}
