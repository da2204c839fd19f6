// SPDX-License-Identifier: MIT
/*
 * Removes the files that topics left behind. A publisher removes its own files, and a publisher
 * that takes over a topic removes the files of one that died. The files of two kinds of topics
 * remain: those removed by rm(1), and those whose publisher died on the way and never came back.
 *
 * Each file is checked twice: first without a lock, so that topics in use are not disturbed, then
 * with the lock that a publisher would hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "ring/clean.h"
#include "ring/directory.h"
#include "ring/ring.h"
#include "ring/topic.h"

enum kind {
	KIND_LOCK,
	KIND_REPLACEMENT,
	KIND_ROSTER,
};

/**
 * struct companion - a file that stands beside a ring
 * @kind:  which kind of file
 * @topic: the topic that it belongs to
 * @id:    the ring that it belongs to, if it is a roster
 */
struct companion {
	enum kind kind;
	char topic[BAF_NAME_MAX + 1];
	uint64_t id;
};

/* Cuts off @end. Returns whether the name ended with it. */
static bool cut(char *name, const char *end)
{
	size_t size = strlen(name), length = strlen(end);

	if (size <= length || strcmp(name + size - length, end) != 0)
		return false;
	name[size - length] = '\0';
	return true;
}

/* Cuts off ".ID". */
static bool cut_id(char *name, uint64_t *id)
{
	enum { DIGITS = 16 };
	char *dot = strrchr(name, '.'), *end;

	if (!dot || strlen(dot + 1) != DIGITS || strspn(dot + 1, "0123456789abcdef") != DIGITS)
		return false;
	*id = strtoull(dot + 1, &end, 16);
	*dot = '\0';
	return true;
}

static bool read_name(struct companion *companion, const char *file)
{
	char name[TOPIC_FILE_NAME_SIZE];

	if (*file != '.' || strlen(file) > sizeof(name))
		return false;
	strcpy(name, file + 1);
	companion->id = 0;
	if (cut(name, ".publisher"))
		companion->kind = KIND_LOCK;
	else if (cut(name, ".new"))
		companion->kind = KIND_REPLACEMENT;
	else if (cut(name, ".subscribers") && cut_id(name, &companion->id))
		companion->kind = KIND_ROSTER;
	else
		return false;
	if (!baf_name_valid(name))
		return false;
	strcpy(companion->topic, name);
	return true;
}

static bool may_be_companion(const struct dirent *entry)
{
	struct companion companion;

	return entry->d_type != DT_DIR && read_name(&companion, entry->d_name);
}

static bool exists(int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* Whether the ring under the topic's name is known to be a different one. */
static bool is_of_another_ring(int directory, const struct companion *companion)
{
	struct fanout_ring header;
	struct stat status;
	int fd = directory_open_file(directory, companion->topic, O_RDONLY, &status);
	int r;

	if (fd < 0)
		return false;
	r = ring_header_read(fd, (uint64_t)status.st_size, &header);
	close(fd);
	return r == 0 && header.id != companion->id;
}

static bool is_left(int directory, const struct companion *companion)
{
	if (!exists(directory, companion->topic))
		return true;
	switch (companion->kind) {
	case KIND_LOCK:
		break;
	case KIND_REPLACEMENT:
		return true;
	case KIND_ROSTER:
		return is_of_another_ring(directory, companion);
	}
	return false;
}

/* 1: removed; 0: still needed; or a negative errno. */
static int remove_if_left(int directory, const char *file, const struct companion *companion)
{
	if (!is_left(directory, companion))
		return 0;
	if (unlinkat(directory, file, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int clean(int directory, const char *file)
{
	const struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct companion companion;
	struct topic_names names;
	bool had_lock;
	int lock, r;

	if (!read_name(&companion, file) || !is_left(directory, &companion))
		return 0;
	topic_names(&names, companion.topic);
	had_lock = exists(directory, names.lock);
	lock = topic_lock(directory, &names, false, &options);
	if (lock < 0)
		return lock == -EBUSY ? 0 : lock;
	r = remove_if_left(directory, file, &companion);
	/* Then the lock file is ours: topic_lock() made it. */
	if (!had_lock && !exists(directory, companion.topic))
		(void)unlinkat(directory, names.lock, 0);
	close(lock);
	return r;
}

int baf_directory_clean(const char *directory, char ***namesp)
{
	int fd = directory_open(directory, false);
	int n = 0, r, error = 0;
	char **names;

	*namesp = NULL;
	if (fd < 0)
		return fd;
	r = directory_list(fd, may_be_companion, &names);
	for (char **name = names; r >= 0 && *name; name++) {
		r = clean(fd, *name);
		if (r > 0)
			names[n++] = *name;
		else if (r < 0)
			error = r;
		r = 0;
	}
	close(fd);
	if (r < 0)
		return r;
	names[n] = NULL;
	*namesp = names;
	return error ? error : n;
}

/*
 * Whether nobody holds the topic's lock. A file that is about to be used looks like a leftover.
 */
static bool is_unlocked(int directory, const char *topic)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 2 };
	struct topic_names names;
	struct stat status;
	bool unlocked;
	int fd;

	topic_names(&names, topic);
	fd = directory_open_file(directory, names.lock, O_RDONLY, &status);
	if (fd < 0)
		return fd == -ENOENT;
	unlocked = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
	close(fd);
	return unlocked;
}

int directory_count_leftovers(int directory)
{
	struct companion companion;
	char **names;
	int n = 0, r = directory_list(directory, may_be_companion, &names);

	if (r < 0)
		return r;
	for (char **name = names; *name; name++)
		n += read_name(&companion, *name) && is_left(directory, &companion) &&
		     is_unlocked(directory, companion.topic);
	free(names);
	return n;
}
