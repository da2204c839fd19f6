/* SPDX-License-Identifier: MIT */
/*
 * Finds processes that still use a ring whose name no longer leads to it, because something was
 * mounted over the directory, or it was unmounted lazily. They keep talking to each other, while
 * newcomers meet others under the same name.
 *
 * /proc lists the files that a process has open or mapped, with paths as that process sees them. If
 * a file's mount is gone, only the part of the path below the mount point is left, so the topic's
 * path ends with the path of such a ring. If that path, as the process sees it, leads to another
 * file or to none, nobody else can find what the process uses. A ring without any name is
 * different: its topic was removed or replaced, and its subscribers read it to its end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fanout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "baf.h"
#include "ctl/doctor.h"
#include "ctl/process-unit.h"

#define CHECK "holders"

/* The process that is being examined, and counts. */
struct holders {
	struct doctor *doctor;
	char path[PATH_MAX]; /* of the topic directory, without links */
	int pid;
	size_t n_hidden; /* processes of other users, which we cannot examine */
};

/* The last part of a path. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Returns whether the path of a topic in the directory ends with @path. */
static bool may_be_topic(const struct holders *holders, const char *path)
{
	const char *name = base_name(path);
	size_t length = (size_t)(name - path), whole = strlen(holders->path) + 1;
	char folder[PATH_MAX + 1];

	if (*path != '/' || length > whole || !baf_name_valid(name))
		return false;
	snprintf(folder, sizeof(folder), "%s/", holders->path);
	return memcmp(folder + whole - length, path, length) == 0;
}

static bool is_ring(const char *place)
{
	int fd = open(place, O_PATH | O_CLOEXEC);
	struct statfs system;
	struct stat status;
	__u64 magic = 0;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) || fstatfs(fd, &system) || !S_ISREG(status.st_mode))
		status.st_nlink = 0;
	close(fd);
	if (status.st_nlink == 0)
		return false;
	/* Do not open topics of the kernel: opening takes memory for them. */
	if (system.f_type == FANOUT_SUPER_MAGIC)
		return true;
	fd = open(place, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (pread(fd, &magic, sizeof(magic), 0) != sizeof(magic))
		magic = 0;
	close(fd);
	return magic == FANOUT_MAGIC;
}

/* Returns whether @path leads to the file, as the process sees it. */
static bool is_found(const struct holders *holders, const char *path, const struct stat *file)
{
	char place[PATH_MAX + 64];
	struct stat status;

	snprintf(place, sizeof(place), "/proc/%d/root%s", holders->pid, path);
	return stat(place, &status) == 0 && status.st_dev == file->st_dev &&
	       status.st_ino == file->st_ino;
}

/* Returns whether @place in /proc is a ring of the process that @path does not lead to. */
static bool is_lost(const struct holders *holders, const char *place, const char *path)
{
	struct stat status;

	return may_be_topic(holders, path) && is_ring(place) && stat(place, &status) == 0 &&
	       !is_found(holders, path, &status);
}

/* Returns whether the process has a lost ring open, and stores its path. */
static bool find_open(struct holders *holders, char path[PATH_MAX])
{
	char folder[32], place[32 + NAME_MAX + 2];
	const struct dirent *entry;
	bool found = false;
	DIR *stream;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", holders->pid);
	stream = opendir(folder);
	if (!stream) {
		holders->n_hidden += errno == EACCES || errno == EPERM;
		return false;
	}
	while (!found && (entry = readdir(stream))) {
		ssize_t n;

		snprintf(place, sizeof(place), "%s/%s", folder, entry->d_name);
		n = readlink(place, path, PATH_MAX - 1);
		if (n < 0)
			continue;
		path[n] = '\0';
		found = is_lost(holders, place, path);
	}
	closedir(stream);
	return found;
}

/* Like find_open(), for mappings: the process may have closed the file. */
static bool find_mapped(struct holders *holders, char path[PATH_MAX])
{
	char name[64], place[128], range[64];
	struct buffer text = { 0 };
	bool found = false;
	char *line, *rest;

	snprintf(name, sizeof(name), "/proc/%d/maps", holders->pid);
	if (!doctor_read(holders->doctor, name, &text))
		return false;
	for (line = strtok_r(text.data, "\n", &rest); line && !found;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *slash = strchr(line, '/');

		if (!slash || !may_be_topic(holders, slash) || sscanf(line, "%63s", range) != 1)
			continue;
		snprintf(place, sizeof(place), "/proc/%d/map_files/%s", holders->pid, range);
		snprintf(path, PATH_MAX, "%s", slash);
		found = is_lost(holders, place, path);
	}
	buffer_free(&text);
	return found;
}

static void read_command(const struct holders *holders, struct buffer *command)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/comm", holders->pid);
	if (!doctor_read(holders->doctor, name, command))
		buffer_append(command, "", 1);
	command->data[strcspn(command->data, "\n")] = '\0';
}

static void read_unit(const struct holders *holders, char unit[UNIT_NAME_SIZE])
{
	struct buffer cgroups = { 0 };
	char name[64];

	*unit = '\0';
	snprintf(name, sizeof(name), "/proc/%d/cgroup", holders->pid);
	if (doctor_read(holders->doctor, name, &cgroups))
		unit_of_cgroups(unit, cgroups.data);
	buffer_free(&cgroups);
}

static bool is_service(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot && strcmp(dot, ".service") == 0;
}

static void add_holder(struct holders *holders, const char *path)
{
	struct buffer command = { 0 };
	char unit[UNIT_NAME_SIZE];

	read_command(holders, &command);
	read_unit(holders, unit);
	doctor_add_wrong(holders->doctor, CHECK,
			 "process %d (%s%s%s) uses a topic %s that is no longer reachable in %s: "
			 "something was mounted or unmounted there",
			 holders->pid, command.data, *unit ? ", " : "", unit, base_name(path),
			 holders->doctor->path);
	if (is_service(unit))
		doctor_mend(holders->doctor, "systemctl restart %s", unit);
	else
		doctor_mend(holders->doctor, "kill %d, and start it again", holders->pid);
	buffer_free(&command);
}

static void look_at_processes(struct holders *holders, DIR *processes)
{
	const struct dirent *entry;
	char path[PATH_MAX];

	while ((entry = readdir(processes))) {
		holders->pid = (int)strtol(entry->d_name, NULL, 10);
		if (holders->pid > 0 && (find_open(holders, path) || find_mapped(holders, path)))
			add_holder(holders, path);
	}
}

void check_holders(struct doctor *doctor)
{
	struct holders holders = { .doctor = doctor };
	size_t n_findings = doctor->n_findings;
	DIR *processes = opendir("/proc");

	if (!realpath(doctor->path, holders.path))
		strcpy(holders.path, doctor->path);
	if (processes) {
		look_at_processes(&holders, processes);
		closedir(processes);
	}
	if (doctor->n_findings != n_findings)
		return;
	if (holders.n_hidden)
		doctor_add(doctor, CHECK, FINDING_OK,
			   "your processes use the topics in %s; only root sees other users' "
			   "processes",
			   doctor->path);
	else
		doctor_add(doctor, CHECK, FINDING_OK, "all processes use the topics in %s",
			   doctor->path);
}
