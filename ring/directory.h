/* SPDX-License-Identifier: MIT */
/*
 * Topic directories: which one is meant, and how files in them are opened so that nobody
 * who shares the directory can lead us astray.
 */
#ifndef BAF_DIRECTORY_H
#define BAF_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens a topic directory (NULL: the default one). If @make, one that does not exist is made, for
 * its owner only; the system's never is. Returns a descriptor or a negative errno.
 */
int directory_open(const char *path, bool make);

/* Whether nobody but us (and root) can reach the files in it. */
bool directory_is_private(int directory);

/*
 * Opens a regular file of the directory, or a device of the fanout module: blocks on nothing,
 * follows no link but one to such a device that somebody made whom we trust anyway. @status is
 * filled in. Returns a descriptor; -EBADMSG: it is neither; or another negative errno.
 */
int directory_open_file(int directory, const char *name, int flags, struct stat *status);

/*
 * Whether a file in this directory may be one that a stranger put there for us to write to: the
 * directory is open to all and sticky, and the file belongs neither to us nor to the
 * directory's owner. The kernel's fs.protected_regular has the same rule for O_CREAT.
 */
bool directory_file_is_planted(int directory, const struct stat *status);

/* Whether both tell of one file. */
static inline bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Makes a file without a name, readable and writable as the umask says. Returns a descriptor or
 * a negative errno.
 */
int directory_make_file(int directory);

/*
 * Gives it a name. 0; -EEXIST: there is such a file; or another negative errno.
 */
int directory_link_file(int directory, int fd, const char *name);

/*
 * Takes a file's name away, if the open descriptor @fd is of that very file. 0; -ENOENT: nothing
 * has the name; -ESTALE: another file has it, a link for example; or another negative errno.
 */
int directory_remove_file(int directory, const char *name, int fd);

/* Whether a file belongs in a list. */
typedef bool directory_filter(const struct dirent *entry);

/*
 * Lists those files of a directory that @wanted takes: a sorted array that ends with NULL, in one
 * piece of memory, to be freed with free(). How many, or a negative errno.
 */
int directory_list(int directory, directory_filter *wanted, char ***namesp);

#endif /* BAF_DIRECTORY_H */
