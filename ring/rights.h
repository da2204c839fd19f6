/* SPDX-License-Identifier: MIT */
/* Permissions of a topic's files. */
#ifndef BAF_RIGHTS_H
#define BAF_RIGHTS_H

#include <sys/stat.h>

#include "baf.h"

/* Gives an open file the mode, owner and group from the options. 0 or a negative errno. */
int rights_set(int fd, const struct baf_topic_options *options);

/*
 * Gives a new file the owner of another file, if permitted. Root makes files for their owner this
 * way; files of other users stay their own.
 */
void rights_keep_owner(int fd, const struct stat *status);

/*
 * The mode of the lock file of a ring with mode @ring: users who may write the ring may read and
 * write the lock file, and nobody else may do either.
 */
mode_t rights_of_lock(mode_t ring);

#endif /* BAF_RIGHTS_H */
