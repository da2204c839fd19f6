// SPDX-License-Identifier: MIT
#include "ring/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fanout.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum transport transport_of_directory(int directory)
{
	struct statfs status;

	return fstatfs(directory, &status) == 0 && status.f_type == FANOUT_SUPER_MAGIC ?
		       TRANSPORT_MODULE :
		       TRANSPORT_MEMORY;
}

enum transport transport_of_file(int fd, const struct stat *status)
{
	struct fanout_query query;

	if (!S_ISCHR(status->st_mode))
		return transport_of_directory(
			fd); /* a file is on the file system of its directory */
	/* Whatever else may be wrong with the file: only our module knows the request. */
	if (ioctl(fd, FANOUT_IOC_QUERY, &query) == 0 || errno != ENOTTY)
		return TRANSPORT_MODULE;
	return TRANSPORT_FOREIGN;
}

/* The major number before a name in /proc/devices; -1: none. */
static long find_major(const char *devices, const char *name)
{
	const char *at = strstr(devices, name);

	while (at && at > devices && at[-1] != '\n')
		at--;
	return at ? strtol(at, NULL, 10) : -1;
}

bool transport_has_device(dev_t device)
{
	char devices[8192];
	int fd = open("/proc/devices", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, devices, sizeof(devices) - 1);
	close(fd);
	if (n < 0)
		return false;
	devices[n] = '\0';
	return find_major(devices, " fanout\n") == (long)major(device);
}
