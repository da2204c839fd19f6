// SPDX-License-Identifier: MIT
#include "ring/rights.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

int rights_set(int fd, const struct baf_topic_options *options)
{
	/* 0 means no owner. This turns it into -1, which fchown(2) leaves alone. */
	uid_t owner = (uid_t)(options->owner - 1);
	gid_t group = (gid_t)(options->group - 1);

	if ((options->owner || options->group) && fchown(fd, owner, group))
		return -errno;
	if (options->mode && fchmod(fd, options->mode & 0777))
		return -errno;
	return 0;
}

void rights_keep_owner(int fd, const struct stat *status)
{
	if (status->st_uid != geteuid())
		(void)!fchown(fd, status->st_uid, (gid_t)-1);
}

mode_t rights_of_lock(mode_t ring)
{
	mode_t writers = ring & (S_IWUSR | S_IWGRP | S_IWOTH);

	return S_IRUSR | S_IWUSR | writers | writers << 1;
}
