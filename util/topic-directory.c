/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "util/explain.h"
#include "util/topic-directory.h"

static void choose(struct topic_directory *directory, const char *given, enum baf_directory which)
{
	directory->given = given;
	directory->which = which;
}

bool topic_directory_take_option(struct topic_directory *directory, const struct options *options,
				 int key)
{
	switch (key) {
	case TOPIC_DIRECTORY_KEY_DIR:
		if (!*optarg)
			options_reject(options, key, optarg, "the path of a directory");
		choose(directory, optarg, BAF_DIRECTORY_DEFAULT);
		return true;
	case TOPIC_DIRECTORY_KEY_USER:
		choose(directory, NULL, BAF_DIRECTORY_USER);
		return true;
	case TOPIC_DIRECTORY_KEY_SYSTEM:
		choose(directory, NULL, BAF_DIRECTORY_SYSTEM);
		return true;
	}
	return false;
}

int topic_directory_find(struct topic_directory *directory)
{
	if (!directory->given)
		return baf_directory_path(directory->which, directory->path,
					  sizeof(directory->path));
	if (strlen(directory->given) >= sizeof(directory->path))
		return -ENAMETOOLONG;
	strcpy(directory->path, directory->given);
	return 0;
}

bool topic_directory_is_system(const char *path)
{
	char system[PATH_MAX];

	return baf_directory_path(BAF_DIRECTORY_SYSTEM, system, sizeof(system)) == 0 &&
	       strcmp(path, system) == 0;
}

bool topic_directory_lacks_folder(const char *path, char missing[PATH_MAX])
{
	size_t length = strlen(path);
	struct stat status;

	while (length > 1 && path[length - 1] == '/')
		length--;
	for (size_t end = 1; end < length && end < PATH_MAX; end++) {
		if (path[end] != '/')
			continue;
		memcpy(missing, path, end);
		missing[end] = '\0';
		if (stat(missing, &status) && errno == ENOENT)
			return true;
	}
	return false;
}

const char *topic_directory_advise(const char *missing)
{
	if (strcmp(missing, "/dev/shm") == 0)
		return "mount a tmpfs there, or set BAF_DIR to a directory on another file system";
	return "create it, or give another directory with --dir";
}

enum status topic_directory_fail(const char *path, int error)
{
	struct explanation explanation = explain(error);
	char missing[PATH_MAX];

	if (error == -ENOENT && topic_directory_lacks_folder(path, missing))
		return fail(explanation.status, "%s: there is no %s: %s", path, missing,
			    topic_directory_advise(missing));
	return fail(explanation.status, "%s: %s: %s", path, explanation.wrong, explanation.advice);
}
