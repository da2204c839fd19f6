/* SPDX-License-Identifier: MIT */
/*
 * Checks the topic directory: whether it exists, whether we can write to it, whether others could
 * who should not, its file system, and whether there is room for declared topics and for existing
 * topics when they fill up.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <string.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/doctor.h"
#include "util/topic-directory.h"

#define MEBIBYTE ((uint64_t)1 << 20)

/*
 * Directory.
 */

static bool has_unit(const struct doctor *doctor)
{
	static const char *const folders[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib",
					       "/lib" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (access(doctor_path(doctor, path, "%s/systemd/system/dev-baf.mount", folders[i]),
			   F_OK) == 0)
			return true;
	return false;
}

/*
 * Adds a finding, and returns true, if the directory cannot even be made since a folder above it is
 * missing.
 */
static bool add_out_of_reach(struct doctor *doctor)
{
	char missing[PATH_MAX];

	if (doctor->error != ENOENT || !topic_directory_lacks_folder(doctor->path, missing))
		return false;
	doctor_add_wrong(doctor, "directory", "%s cannot be made: there is no %s", doctor->path,
			 missing);
	doctor_mend(doctor, "%s", topic_directory_advise(missing));
	return true;
}

static void add_missing(struct doctor *doctor)
{
	if (add_out_of_reach(doctor))
		return;
	if (doctor->error != ENOENT) {
		doctor_add_wrong(doctor, "directory", "cannot open %s: %s", doctor->path,
				 strerror(doctor->error));
		doctor_mend(doctor, "use another directory with --dir, or repair this one");
		return;
	}
	if (!doctor->is_system) {
		doctor_add(doctor, "directory", FINDING_OK,
			   "%s does not exist yet: the first program that needs it creates it",
			   doctor->path);
		return;
	}
	doctor_add_wrong(doctor, "directory", "%s does not exist", doctor->path);
	if (has_unit(doctor))
		doctor_mend(doctor, "systemctl start dev-baf.mount");
	else
		doctor_mend(doctor, "mount -t tmpfs -o mode=1777,size=1g,x-mount.mkdir tmpfs %s",
			    doctor->path);
}

static bool is_open_to_strangers(const struct stat *status)
{
	return status->st_mode & S_IWOTH && !(status->st_mode & S_ISVTX);
}

static void add_unwritable(struct doctor *doctor)
{
	char user[ACCOUNT_NAME_SIZE], group[ACCOUNT_NAME_SIZE];

	account_name_user(user, geteuid());
	account_name_group(group, doctor->status.st_gid);
	doctor_add_wrong(doctor, "directory", "%s may not create topics in %s", user, doctor->path);
	if (errno == EROFS)
		doctor_mend(doctor, "mount -o remount,rw %s", doctor->path);
	else if (doctor->status.st_mode & S_IWGRP)
		doctor_mend(doctor, "usermod -a -G %s %s, and log in again", group, user);
	else
		doctor_mend(doctor, "chmod g+w %s, or use another directory with --dir",
			    doctor->path);
}

void check_directory(struct doctor *doctor)
{
	char owner[ACCOUNT_NAME_SIZE], group[ACCOUNT_NAME_SIZE];

	if (doctor->directory < 0) {
		add_missing(doctor);
		return;
	}
	if (is_open_to_strangers(&doctor->status)) {
		doctor_add_wrong(doctor, "directory",
				 "every user may remove other users' topics in %s", doctor->path);
		doctor_mend(doctor, "chmod +t %s", doctor->path);
		return;
	}
	if (faccessat(doctor->directory, ".", W_OK | X_OK, AT_EACCESS)) {
		add_unwritable(doctor);
		return;
	}
	account_name_user(owner, doctor->status.st_uid);
	account_name_group(group, doctor->status.st_gid);
	doctor_add(doctor, "directory", FINDING_OK, "%s, mode %o, of %s, group %s", doctor->path,
		   doctor->status.st_mode & 07777, owner, group);
}

void check_group(struct doctor *doctor)
{
	if (doctor->directory < 0 || !doctor->is_system)
		return;
	if (getgrgid(doctor->status.st_gid)) {
		doctor_add(doctor, "group", FINDING_OK, "the group of %s has a name", doctor->path);
		return;
	}
	doctor_add_wrong(doctor, "group", "the group of %s, %u, does not exist", doctor->path,
			 doctor->status.st_gid);
	doctor_mend(doctor, "groupadd --system --gid %u baf", doctor->status.st_gid);
}

/*
 * File system.
 */

static bool is_memory(long type)
{
	return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

void check_file_system(struct doctor *doctor)
{
	struct statfs status;

	if (doctor->directory < 0 || fstatfs(doctor->directory, &status))
		return;
	if (doctor->is_kernel) {
		doctor_add(doctor, "filesystem", FINDING_OK, "fanout: topics are in the kernel");
	} else if (is_memory(status.f_type)) {
		doctor_add(doctor, "filesystem", FINDING_OK, "tmpfs: topics are in shared memory");
	} else {
		doctor_add_wrong(doctor, "filesystem",
				 "%s is on a disk: the kernel needlessly writes topics to it",
				 doctor->path);
		doctor_mend(doctor, "mount -t tmpfs -o mode=%o,size=1g tmpfs %s",
			    doctor->status.st_mode & 07777, doctor->path);
	}
}

/*
 * Declarations.
 */

void check_declarations(struct doctor *doctor)
{
	if (!doctor->is_system)
		return;
	if (doctor->conf.errors.n) {
		doctor_add_wrong(doctor, "topics.conf", "the declarations are invalid");
		doctor_mend(doctor, "baf setup --check");
	} else {
		doctor_add(doctor, "topics.conf", FINDING_OK, "%zu topics are declared",
			   doctor->conf.n_topics);
	}
}

/*
 * Room.
 */

/* Returns how many bytes an existing topic may still take, beside those that it has. */
static uint64_t still_needed(const struct doctor *doctor, const char *topic)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	if (baf_topic_query(doctor->path, topic, &info, NULL) || info.allocated > info.capacity)
		return 0;
	return info.capacity - info.allocated;
}

static bool is_link(const struct doctor *doctor, const char *name, struct stat *status)
{
	return fstatat(doctor->directory, name, status, AT_SYMLINK_NOFOLLOW) ||
	       S_ISLNK(status->st_mode);
}

/*
 * The sum of still_needed() for all topics. The kernel does not say how much memory its topics have
 * taken: count their full size.
 */
static uint64_t needed_by_topics(const struct doctor *doctor)
{
	struct stat status;
	uint64_t sum = 0;

	for (char **name = doctor->topics; *name; name++)
		if (!is_link(doctor, *name, &status))
			sum += doctor->is_kernel ? (uint64_t)status.st_size :
						   still_needed(doctor, *name);
	return sum;
}

static uint64_t needed_by_declarations(const struct doctor *doctor)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < doctor->conf.n_topics; i++) {
		const struct declaration *topic = doctor->conf.topics[i];
		uint64_t capacity = topic->options.capacity;

		if (topic->transport != BAF_TRANSPORT_DEVICE &&
		    faccessat(doctor->directory, topic->name, F_OK, AT_SYMLINK_NOFOLLOW))
			sum += baf_capacity_round(capacity ? capacity : BAF_CAPACITY_DEFAULT);
	}
	return sum;
}

/* Finds where the directory's file system is mounted. */
static void find_mount_point(const struct doctor *doctor, char path[PATH_MAX])
{
	struct stat status;
	char *slash;

	if (!realpath(doctor->path, path))
		strcpy(path, doctor->path);
	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (stat(*path ? path : "/", &status) || status.st_dev != doctor->status.st_dev) {
			*slash = '/';
			break;
		}
	}
	if (!*path)
		strcpy(path, "/");
}

static uint64_t in_mebibytes(uint64_t bytes)
{
	return (bytes + MEBIBYTE - 1) / MEBIBYTE;
}

static void add_too_small(struct doctor *doctor, uint64_t total, uint64_t available,
			  uint64_t needed)
{
	char mount_point[PATH_MAX];

	find_mount_point(doctor, mount_point);
	doctor_add_wrong(doctor, "room",
			 "%s has %" PRIu64 " MiB left of %" PRIu64
			 ", but its topics may need %" PRIu64,
			 doctor->path, available / MEBIBYTE, in_mebibytes(total),
			 in_mebibytes(needed));
	doctor_mend(doctor, "mount -o remount,size=%" PRIu64 "m %s",
		    in_mebibytes(total - available + needed) + 1, mount_point);
}

static void add_no_files(struct doctor *doctor)
{
	char mount_point[PATH_MAX];

	find_mount_point(doctor, mount_point);
	doctor_add_wrong(doctor, "room", "%s has no room for another file; the limit is %" PRIu64,
			 doctor->path, doctor->info.files);
	doctor_mend(doctor, "mount -o remount,%s=%" PRIu64 " %s",
		    doctor->is_kernel ? "max" : "nr_inodes", 2 * doctor->info.files, mount_point);
}

void check_room(struct doctor *doctor)
{
	uint64_t total = doctor->info.capacity, available = doctor->info.available, needed;

	if (doctor->directory < 0)
		return;
	needed = needed_by_topics(doctor) + needed_by_declarations(doctor);
	if (total == 0) /* no limit */
		doctor_add(doctor, "room", FINDING_OK, "%s has no limit", doctor->path);
	else if (doctor->info.files && !doctor->info.files_available)
		add_no_files(doctor);
	/* Both numbers include the memory that kernel topics have already. */
	else if (doctor->is_kernel && needed > total)
		add_too_small(doctor, total, total, needed);
	else if (available == 0 || (!doctor->is_kernel && needed > available))
		add_too_small(doctor, total, available, needed);
	else
		doctor_add(doctor, "room", FINDING_OK, "%" PRIu64 " MiB of %" PRIu64 " are free",
			   available / MEBIBYTE, in_mebibytes(total));
}
