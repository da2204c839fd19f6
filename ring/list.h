/* SPDX-License-Identifier: MIT */
/*
 * Lists of file names.
 */
#ifndef BAF_LIST_H
#define BAF_LIST_H

#include <dirent.h>
#include <stdbool.h>

/* Whether a file is to be in the list. */
typedef bool list_function(const struct dirent *entry);

/*
 * Lists those files of a directory: a sorted array that ends with NULL, in one piece of memory, to be
 * freed with free(). How many, or a negative errno.
 */
int directory_list(int directory, list_function *wanted, char ***namesp);

#endif /* BAF_LIST_H */
