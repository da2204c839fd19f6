/* SPDX-License-Identifier: MIT */
/* A topic directory for one test, removed when the test is over. */
#ifndef BAF_TEST_DIRECTORY_H
#define BAF_TEST_DIRECTORY_H

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char test_directory[64];

static inline int make_test_directory(void **state)
{
	(void)state;
	strcpy(test_directory, "/dev/shm/baf-test-XXXXXX");
	return mkdtemp(test_directory) ? 0 : -1;
}

static inline int remove_test_directory(void **state)
{
	DIR *stream = opendir(test_directory);
	const struct dirent *entry;

	(void)state;
	while (stream && (entry = readdir(stream)) != NULL)
		(void)unlinkat(dirfd(stream), entry->d_name, 0);
	if (stream)
		closedir(stream);
	return rmdir(test_directory);
}

#endif /* BAF_TEST_DIRECTORY_H */
