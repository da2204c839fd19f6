// SPDX-License-Identifier: MIT
#include "ring/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "ring/transport.h"

#define SYSTEM_DIRECTORY "/dev/baf"

static int put(char *path, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int put(char *path, size_t size, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(path, size, format, arguments);
	va_end(arguments);
	return n >= 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static int user_path(char *path, size_t size)
{
	const char *run_time = secure_getenv("XDG_RUNTIME_DIR");

	if (run_time && *run_time == '/')
		return put(path, size, "%s/baf", run_time);
	return put(path, size, "/dev/shm/baf-%u", geteuid());
}

static bool system_exists(void)
{
	struct stat status;

	return stat(SYSTEM_DIRECTORY, &status) == 0 && S_ISDIR(status.st_mode);
}

int baf_directory_path(enum baf_directory which, char *path, size_t size)
{
	const char *chosen = secure_getenv("BAF_DIR");

	switch (which) {
	case BAF_DIRECTORY_DEFAULT:
		if (chosen && *chosen)
			return put(path, size, "%s", chosen);
		if (system_exists())
			return put(path, size, SYSTEM_DIRECTORY);
		return user_path(path, size);
	case BAF_DIRECTORY_USER:
		return user_path(path, size);
	case BAF_DIRECTORY_SYSTEM:
		return put(path, size, SYSTEM_DIRECTORY);
	}
	return -EINVAL;
}

/* The user's directory may lie in /dev/shm, where anybody can make one of that name first. */
static int check_own(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH))
		return -EACCES;
	return 0;
}

static int open_path(const char *path, bool own, bool make)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (own ? O_NOFOLLOW : 0);
	int fd = open(path, flags);
	int r;

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		fd = open(path, flags);
	}
	if (fd < 0)
		return own && (errno == ELOOP || errno == ENOTDIR) ? -EACCES : -errno;
	r = own ? check_own(fd) : 0;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int directory_open(const char *path, bool make)
{
	char chosen[PATH_MAX], own[PATH_MAX];
	int r;

	if (!path) {
		r = baf_directory_path(BAF_DIRECTORY_DEFAULT, chosen, sizeof(chosen));
		if (r)
			return r;
		path = chosen;
	}
	/* Never make the system's directory here: the first caller would own it and lock others
	 * out. */
	if (strcmp(path, SYSTEM_DIRECTORY) == 0)
		make = false;
	r = user_path(own, sizeof(own));
	return open_path(path, r == 0 && strcmp(path, own) == 0, make);
}

bool directory_is_private(int directory)
{
	struct stat status;

	return fstat(directory, &status) == 0 && status.st_uid == geteuid() &&
	       !(status.st_mode & (S_IRWXG | S_IRWXO));
}

/*
 * Whether to follow a link to a device: only if its creator is somebody whom we have to trust
 * anyway, which means root, the directory's owner, or us.
 */
static bool link_is_trusted(int directory, const char *name)
{
	struct stat link, at;

	if (fstatat(directory, name, &link, AT_SYMLINK_NOFOLLOW) || fstat(directory, &at))
		return false;
	return link.st_uid == 0 || link.st_uid == geteuid() || link.st_uid == at.st_uid;
}

static int open_device(int directory, const char *name, int flags)
{
	char path[32];
	struct stat status;
	int fd, r = -EBADMSG;
	int place = openat(directory, name, O_PATH | O_CLOEXEC);

	if (place < 0)
		return -errno;
	/* Opening any other kind of device may have side effects. */
	if (fstat(place, &status) == 0 && S_ISCHR(status.st_mode) &&
	    transport_has_device(status.st_rdev)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
		fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		r = fd < 0 ? -errno : fd;
	}
	close(place);
	return r;
}

int directory_open_file(int directory, const char *name, int flags, struct stat *status)
{
	int fd, r = 0;

	fd = openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP && link_is_trusted(directory, name))
		fd = open_device(directory, name, flags);
	else if (fd < 0)
		fd = errno == ELOOP || errno == ENXIO || errno == EISDIR ? -EBADMSG : -errno;
	if (fd < 0)
		return fd;
	if (fstat(fd, status))
		r = -errno;
	else if (!S_ISREG(status->st_mode) &&
		 !(S_ISCHR(status->st_mode) && transport_has_device(status->st_rdev)))
		r = -EBADMSG;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

bool directory_file_is_planted(int directory, const struct stat *status)
{
	struct stat at;

	if (status->st_uid == geteuid())
		return false;
	if (fstat(directory, &at))
		return true;
	return (at.st_mode & S_ISVTX) && (at.st_mode & (S_IWOTH | S_IWGRP)) &&
	       status->st_uid != at.st_uid;
}

int directory_make_file(int directory)
{
	int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd;
}

int directory_link_file(int directory, int fd, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	/* Without /proc, linkat() needs a capability or a new kernel. */
	if (errno == ENOENT && linkat(fd, "", directory, name, AT_EMPTY_PATH) == 0)
		return 0;
	return -errno;
}

int directory_remove_file(int directory, const char *name, int fd)
{
	struct stat ours, named;

	if (fstat(fd, &ours) || fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!is_same_file(&ours, &named))
		return -ESTALE;
	return unlinkat(directory, name, 0) ? -errno : 0;
}
