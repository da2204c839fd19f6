/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/process-unit.h"
#include "util/clock.h"
#include "util/fail.h"

#define CLOCKS_DIFFER (2 * NANOSECONDS_PER_SECOND) /* by no more, unless somebody sets a clock */

/*
 * A process and the files that it has open. Read once, since it may be at the end of many topics.
 */
struct known_process {
	int32_t pid;
	char unit[UNIT_NAME_SIZE]; /* "": none */
	bool exists;
	bool open_to_us; /* we could list the files */
	struct file_identity *files; /* sorted */
	size_t n_files;
	char command[sizeof(((struct baf_process *)0)->command)];
	uint64_t start; /* when it started, in nanoseconds since 1970 */
};

int file_identify(struct file_identity *file, const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	*file = (struct file_identity){ .device = status.st_dev, .inode = status.st_ino };
	return 0;
}

static ssize_t read_proc(int32_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/*
 * Parses "PID (COMMAND) STATE ...". The 22nd word is the start time, in ticks since boot. The
 * command may contain anything, even parentheses.
 */
static void read_stat(struct known_process *known)
{
	uint64_t boot = clock_realtime() - clock_read(CLOCK_BOOTTIME);
	char text[1024], *begin, *end;
	uint64_t ticks;

	if (read_proc(known->pid, "stat", text, sizeof(text)) <= 0)
		return;
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end)
		return;
	*end++ = '\0';
	snprintf(known->command, sizeof(known->command), "%s", begin + 1);
	/* The pointer is at the blank before the third word. */
	for (int word = 3; word < 22 && end; word++)
		end = strchr(end + 1, ' ');
	if (!end)
		return;
	ticks = strtoull(end, NULL, 10);
	known->start = boot + ticks * (NANOSECONDS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
	known->exists = true;
}

static int compare_files(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct file_identity));
}

static void add_file(struct known_process *known, int directory, const char *name)
{
	struct stat status;
	size_t n = known->n_files;

	if (*name == '.' || fstatat(directory, name, &status, 0) < 0)
		return;
	/* The array grows by doubling. */
	if ((n & (n - 1)) == 0) {
		known->files = realloc(known->files, (n ? 2 * n : 1) * sizeof(*known->files));
		if (!known->files)
			out_of_memory();
	}
	known->files[known->n_files++] =
		(struct file_identity){ .device = status.st_dev, .inode = status.st_ino };
}

static void read_files(struct known_process *known)
{
	const struct dirent *entry;
	char path[64];
	DIR *stream;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/fd", known->pid);
	stream = opendir(path);
	known->open_to_us = stream != NULL;
	if (!stream)
		return;
	while ((entry = readdir(stream)))
		add_file(known, dirfd(stream), entry->d_name);
	closedir(stream);
	if (known->n_files > 0)
		qsort(known->files, known->n_files, sizeof(*known->files), compare_files);
}

static bool is_unit(const char *name, size_t size)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t length = strlen(suffixes[i]);

		if (size > length && memcmp(name + size - length, suffixes[i], length) == 0)
			return true;
	}
	return false;
}

/*
 * Finds the innermost unit in a cgroup path. A leading '_' escapes a name that the kernel reserves.
 */
static void find_unit(char *unit, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/"), skip = *path == '_';

		if (length < UNIT_NAME_SIZE && is_unit(path, length)) {
			memcpy(unit, path + skip, length - skip);
			unit[length - skip] = '\0';
		}
		path += length + (path[length] == '/');
	}
}

void unit_of_cgroups(char *unit, const char *cgroups)
{
	char line[2048];

	*unit = '\0';
	while (*cgroups) {
		size_t size = strcspn(cgroups, "\n");
		const char *path;

		snprintf(line, sizeof(line), "%.*s", (int)size, cgroups);
		path = strchr(line, '/');
		if (path && (strncmp(line, "0::", 3) == 0 || strstr(line, ":name=systemd:")))
			find_unit(unit, path + 1);
		cgroups += size + (cgroups[size] == '\n');
	}
	/* The name goes into JSON, which must be UTF-8; unit names are ASCII. */
	for (char *c = unit; *c; c++)
		if ((unsigned char)*c > '~' || *c < ' ')
			*c = '?';
}

static void read_unit(struct known_process *known)
{
	char cgroups[4096] = "";

	if (read_proc(known->pid, "cgroup", cgroups, sizeof(cgroups)) > 0)
		unit_of_cgroups(known->unit, cgroups);
}

static struct known_process *know(struct processes *processes, int32_t pid)
{
	struct known_process *known;

	for (size_t i = processes->n_known; i-- > 0;)
		if (processes->known[i]->pid == pid)
			return processes->known[i];
	processes->known =
		realloc(processes->known, (processes->n_known + 1) * sizeof(*processes->known));
	known = calloc(1, sizeof(*known));
	if (!processes->known || !known)
		out_of_memory();
	known->pid = pid;
	processes->known[processes->n_known++] = known;
	read_stat(known);
	if (known->exists) {
		read_files(known);
		read_unit(known);
	}
	return known;
}

static bool has_open(const struct known_process *known, const struct file_identity *files,
		     size_t n_files)
{
	for (size_t i = 0; i < n_files && known->n_files > 0; i++)
		if (bsearch(&files[i], known->files, known->n_files, sizeof(*files), compare_files))
			return true;
	return false;
}

/* If we may not see which files the process has open, its name and age have to do. */
static bool seems_to_be(const struct known_process *known, const struct baf_process *process)
{
	return strcmp(known->command, process->command) == 0 &&
	       known->start <= process->since + CLOCKS_DIFFER;
}

const char *process_unit(struct processes *processes, const struct baf_process *process,
			 const struct file_identity *files, size_t n_files)
{
	const struct known_process *known;

	if (process->pid <= 0)
		return NULL;
	known = know(processes, process->pid);
	if (!known->exists || !*known->unit)
		return NULL;
	if (known->open_to_us ? has_open(known, files, n_files) : seems_to_be(known, process))
		return known->unit;
	return NULL;
}

void processes_free(struct processes *processes)
{
	for (size_t i = 0; i < processes->n_known; i++) {
		free(processes->known[i]->files);
		free(processes->known[i]);
	}
	free(processes->known);
}
