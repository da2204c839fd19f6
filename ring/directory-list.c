// SPDX-License-Identifier: MIT
/* Collects the names in one buffer, then puts the array that points to them in front. */
#include "ring/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct names {
	char *bytes;
	size_t size;
	size_t room;
	size_t n;
};

static int names_add(struct names *names, const char *name)
{
	size_t length = strlen(name) + 1;

	if (names->size + length > names->room) {
		size_t room = (names->size + length) * 2;
		char *bytes = realloc(names->bytes, room);

		if (!bytes)
			return -ENOMEM;
		names->bytes = bytes;
		names->room = room;
	}
	memcpy(names->bytes + names->size, name, length);
	names->size += length;
	names->n++;
	return 0;
}

static int read_names(struct names *names, DIR *stream, directory_filter *wanted)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && (errno = 0, entry = readdir(stream)) != NULL)
		if (wanted(entry))
			r = names_add(names, entry->d_name);
	return r ? r : -errno;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **array_of(const struct names *names)
{
	size_t pointers = (names->n + 1) * sizeof(char *);
	char **array = malloc(pointers + names->size);
	char *bytes;

	if (!array)
		return NULL;
	bytes = (char *)array + pointers;
	if (names->size)
		memcpy(bytes, names->bytes, names->size);
	for (size_t i = 0; i < names->n; i++) {
		array[i] = bytes;
		bytes += strlen(bytes) + 1;
	}
	array[names->n] = NULL;
	qsort(array, names->n, sizeof(*array), compare_strings);
	return array;
}

static int list(DIR *stream, directory_filter *wanted, char ***namesp)
{
	struct names names = { 0 };
	int r = read_names(&names, stream, wanted);

	if (r == 0) {
		*namesp = array_of(&names);
		r = *namesp ? (int)names.n : -ENOMEM;
	}
	free(names.bytes);
	return r;
}

int directory_list(int directory, directory_filter *wanted, char ***namesp)
{
	/* A new descriptor, because the read position belongs to the open file description. */
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream;
	int r;

	if (fd < 0)
		return -errno;
	stream = fdopendir(fd);
	if (!stream) {
		r = -errno;
		close(fd);
		return r;
	}
	r = list(stream, wanted, namesp);
	closedir(stream);
	return r;
}
