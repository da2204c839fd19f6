/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "util/place.h"

int place_find(struct place *place)
{
	if (!place->directory)
		return baf_directory_path(place->which, place->path, sizeof(place->path));
	if (strlen(place->directory) >= sizeof(place->path))
		return -ENAMETOOLONG;
	strcpy(place->path, place->directory);
	return 0;
}
