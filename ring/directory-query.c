// SPDX-License-Identifier: MIT
/* Queries a topic directory, and devices that can be topics, without taking part. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "baf.h"
#include "ring/capacity.h"
#include "ring/clean.h"
#include "ring/directory.h"
#include "ring/options.h"
#include "ring/transport.h"

uint64_t baf_capacity_round(uint64_t size)
{
	return capacity_round(size);
}

/*
 * Directories.
 */

static int fill_room(struct baf_directory_info *info, int directory)
{
	struct statvfs status;

	if (fstatvfs(directory, &status))
		return -errno;
	info->capacity = (uint64_t)status.f_blocks * status.f_frsize;
	info->available = (uint64_t)status.f_bavail * status.f_frsize;
	info->files = status.f_files;
	info->files_available = status.f_favail;
	return 0;
}

static int fill_leftovers(struct baf_directory_info *info, int directory)
{
	int n = directory_count_leftovers(directory);

	info->n_leftovers = n < 0 ? 0 : (uint32_t)n;
	return n < 0 ? n : 0;
}

int baf_directory_query(const char *directory, struct baf_directory_info *info)
{
	struct baf_directory_info found = { 0 };
	int fd = directory_open(directory, false);
	int r;

	if (fd < 0)
		return fd;
	found.transport = transport_of_directory(fd) == TRANSPORT_MODULE ?
				  BAF_TRANSPORT_KERNEL :
				  BAF_TRANSPORT_SHARED_MEMORY;
	r = fill_room(&found, fd);
	if (r == 0)
		r = fill_leftovers(&found, fd);
	close(fd);
	return r ? r : options_give(info, &found, sizeof(found));
}

/*
 * Devices.
 */

/* Reads a file that holds nothing but a number; 0: there is none. */
static uint64_t read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoull(text, NULL, 10);
}

int baf_device_query(const char *path, uint64_t *capacityp)
{
	struct stat status;
	char file[64];

	if (stat(path, &status))
		return -errno;
	if (!S_ISCHR(status.st_mode) || !transport_has_device(status.st_rdev))
		return -ENODEV;
	snprintf(file, sizeof(file), "/sys/dev/char/%u:%u/capacity", major(status.st_rdev),
		 minor(status.st_rdev));
	*capacityp = read_number(file);
	/* A foreign module has one value for all of its devices. */
	if (!*capacityp)
		*capacityp = read_number("/sys/module/fanout/parameters/buffersize");
	return 0;
}
