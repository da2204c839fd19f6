/* SPDX-License-Identifier: MIT */
/*
 * Who may do what with the files of a topic.
 */
#ifndef BAF_RIGHTS_H
#define BAF_RIGHTS_H

#include <sys/stat.h>

#include "baf.h"

/* Gives an open file the mode, owner and group that are in the options. 0 or a negative errno. */
int rights_set(int fd, const struct baf_topic_options *options);

/*
 * Gives a new file the owner of another one, where we may. Root makes files for their owner this way;
 * what another user makes stays their own.
 */
void rights_keep_owner(int fd, const struct stat *status);

/*
 * The mode of the lock file of a ring with mode @ring: who may write the ring may read and write the
 * lock file, nobody else may do either.
 */
mode_t rights_of_lock(mode_t ring);

#endif /* BAF_RIGHTS_H */
