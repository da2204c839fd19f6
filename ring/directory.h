/* SPDX-License-Identifier: MIT */
/*
 * Topic directories: which one to use, and how to open files in them so that nobody who shares
 * the directory can mislead us.
 */
#ifndef BAF_DIRECTORY_H
#define BAF_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens a topic directory (NULL: the default one). If @make is set, makes it if it does not
 * exist, for its owner only; never makes the system's. Returns a descriptor or a negative errno.
 */
int directory_open(const char *path, bool make);

/* Whether only we (and root) can reach the files in it. */
bool directory_is_private(int directory);

/*
 * Opens a regular file of the directory, or a device of the fanout module, without blocking.
 * Follows only one kind of link: to such a device, made by somebody whom we trust anyway. Fills
 * in @status. Returns a descriptor; -EBADMSG: it is neither; or another negative errno.
 */
int directory_open_file(int directory, const char *name, int flags, struct stat *status);

/*
 * Whether a stranger may have put this file here for us to write to: the directory is open to all
 * and sticky, and the file belongs neither to us nor to the directory's owner. The kernel's
 * fs.protected_regular applies the same rule to O_CREAT.
 */
bool directory_file_is_planted(int directory, const struct stat *status);

/* Whether both describe the same file. */
static inline bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Makes a file without a name, readable and writable as the umask allows. Returns a descriptor or
 * a negative errno.
 */
int directory_make_file(int directory);

/* Gives the file a name. 0; -EEXIST: a file has that name; or another negative errno. */
int directory_link_file(int directory, int fd, const char *name);

/*
 * Removes the name of the file that @fd refers to. 0; -ENOENT: nothing has that name; -ESTALE: a
 * different file has it, for example a link; or another negative errno.
 */
int directory_remove_file(int directory, const char *name, int fd);

/* Whether a list should contain the file. */
typedef bool directory_filter(const struct dirent *entry);

/*
 * Lists the files of a directory that @wanted accepts: a sorted array that ends with NULL, in one
 * allocation that the caller frees with free(). Returns how many, or a negative errno.
 */
int directory_list(int directory, directory_filter *wanted, char ***namesp);

#endif /* BAF_DIRECTORY_H */
