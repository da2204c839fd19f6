/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "util/explain.h"

#define ASK_THE_OWNER "ask the owner of the topic, or use another directory with --dir or --user"

static const struct explanation explanations[] = {
	{ -EACCES, STATUS_PERMISSION, "no permission", ASK_THE_OWNER },
	{ -EPERM, STATUS_PERMISSION, "no permission", ASK_THE_OWNER },
	{ -EROFS, STATUS_FAILED, "the file system is read-only",
	  "use another directory with --dir" },
	{ -ENOSPC, STATUS_FAILED, "no space left",
	  "free space in the topic directory, use a smaller --size, or enlarge the file system" },
	{ -EDQUOT, STATUS_FAILED, "the disk quota is used up",
	  "free space in the topic directory" },
	{ -EBADMSG, STATUS_FAILED, "the file is damaged or not a topic",
	  "remove it and publish again" },
	{ -EPROTONOSUPPORT, STATUS_FAILED, "the topic was made by another version of baf",
	  "use that version, or remove the topic" },
	{ -EOPNOTSUPP, STATUS_FAILED, "the file system of the directory cannot hold topics",
	  "use a directory on a tmpfs with --dir, such as one below /dev/shm" },
	{ -ESTALE, STATUS_FAILED, "the topic was removed or replaced", "start again" },
	{ -ENOENT, STATUS_FAILED, "no such directory", "make it, or give another one with --dir" },
	{ -ENOTDIR, STATUS_FAILED, "not a directory", "give a directory with --dir" },
	{ -ELOOP, STATUS_FAILED, "a symbolic link is in its place", "remove the link" },
	{ -EMFILE, STATUS_FAILED, "too many open files",
	  "raise the limit (ulimit -n), or use fewer topics" },
	{ -ENFILE, STATUS_FAILED, "too many open files on this machine", "raise fs.file-max" },
	{ -ENOMEM, STATUS_FAILED, "out of memory", "raise the limit (ulimit -v), or free memory" },
	{ -EINVAL, STATUS_USAGE, "an option is out of range", "give another value" },
};

struct explanation explain(int error)
{
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (explanations[i].error == error)
			return explanations[i];
	return (struct explanation){ error, STATUS_FAILED, strerror(-error), "see 'man baf'" };
}
