// SPDX-License-Identifier: MIT
#include "ring/topic.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring/capacity.h"
#include "ring/clock.h"
#include "ring/directory.h"
#include "ring/rights.h"
#include "ring/ring.h"
#include "ring/roster.h"
#include "ring/wait.h"

void topic_names(struct topic_names *names, const char *topic)
{
	names->ring = topic;
	snprintf(names->lock, sizeof(names->lock), ".%s.publisher", topic);
	snprintf(names->replacement, sizeof(names->replacement), ".%s.new", topic);
}

void topic_roster_name(char *name, const char *topic, uint64_t ring_id)
{
	snprintf(name, TOPIC_FILE_NAME_SIZE, ".%s.%016" PRIx64 ".subscribers", topic, ring_id);
}

/*
 * Locks.
 */

static int lock_byte(int fd, int command, short type, off_t byte)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
	int r;

	r = fcntl(fd, command, &lock);
	if (r)
		return errno == EACCES ? -EAGAIN : -errno;
	return lock.l_type;
}

static int make_lock(int directory, const struct topic_names *names,
		     const struct baf_topic_options *options)
{
	struct baf_topic_options rights = *options;
	struct stat status;
	int fd, r;

	fd = directory_make_file(directory);
	if (fd < 0)
		return fd;
	/* If the ring exists already, its rights count. */
	if (fstatat(directory, names->ring, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		rights.mode = BAF_MODE(status.st_mode & 0777);
		rights.group = BAF_GROUP(status.st_gid);
		rights.owner = 0;
		rights_keep_owner(fd, &status);
	}
	r = rights_set(fd, &rights);
	if (r == 0)
		r = fstat(fd, &status) || fchmod(fd, rights_of_lock(status.st_mode)) ? -errno : 0;
	if (r == 0)
		r = directory_link_file(directory, fd, names->lock);
	close(fd);
	return r;
}

static int open_lock(int directory, const struct topic_names *names,
		     const struct baf_topic_options *options, struct stat *status)
{
	for (;;) {
		int fd = directory_open_file(directory, names->lock, O_RDWR, status);
		int r;

		if (fd >= 0 && directory_file_is_planted(directory, status)) {
			close(fd);
			return -EACCES;
		}
		if (fd != -ENOENT)
			return fd;
		r = make_lock(directory, names, options);
		if (r && r != -EEXIST)
			return r;
	}
}

int topic_lock_turn(int lock)
{
	int r = lock_byte(lock, F_OFD_SETLKW, F_WRLCK, 1);

	return r < 0 ? r : 0;
}

void topic_unlock_turn(int lock)
{
	(void)lock_byte(lock, F_OFD_SETLK, F_UNLCK, 1);
}

int topic_lock(int directory, const struct topic_names *names, bool shared,
	       const struct baf_topic_options *options)
{
	for (;;) {
		struct stat opened, named;
		int fd = open_lock(directory, names, options, &opened);
		int r;

		if (fd < 0)
			return fd;
		r = lock_byte(fd, F_OFD_SETLK, shared ? F_RDLCK : F_WRLCK, 0);
		if (r >= 0 && shared)
			r = topic_lock_turn(fd);
		if (r < 0) {
			close(fd);
			return r == -EAGAIN ? -EBUSY : r;
		}
		/* Meanwhile, somebody who removed the topic may have removed the name of the file
		 * that we locked, and others may have made a new one. */
		if (fstatat(directory, names->lock, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    is_same_file(&opened, &named))
			return fd;
		close(fd);
	}
}

bool topic_has_publisher(int ring)
{
	/* Only looks: takes no lock. */
	return lock_byte(ring, F_OFD_GETLK, F_WRLCK, (off_t)FANOUT_PUBLISHER_LOCK) != F_UNLCK;
}

int topic_show_publisher(int ring)
{
	int r = lock_byte(ring, F_OFD_SETLK, F_RDLCK, (off_t)FANOUT_PUBLISHER_LOCK);

	return r < 0 ? r : 0;
}

/*
 * Making and removing.
 */

/*
 * An id must be new, but it is no secret. So this does not wait until a freshly started machine
 * has gathered randomness. Kernels before 5.6 do not know the flag for that.
 *
 * Since 2.41, glibc's getrandom(3) keeps a state for each thread in memory of its own, and asks
 * the kernel for other bytes with other flags. That pays off with many calls; we make one for
 * each ring.
 */
static int random_id(uint64_t *id)
{
	long n = syscall(SYS_getrandom, id, sizeof(*id), GRND_INSECURE);

	if (n < 0 && errno == EINVAL)
		n = syscall(SYS_getrandom, id, sizeof(*id), 0);
	return n == sizeof(*id) ? 0 : -EIO;
}

static int fill_ring(int fd, uint64_t capacity, uint64_t id, uint64_t first_sequence)
{
	struct fanout_ring header;
	size_t header_size = page_size();

	if (ftruncate(fd, (off_t)(header_size + capacity)))
		return -errno;
	if (fallocate(fd, 0, 0, (off_t)header_size))
		return -errno;
	fanout_ring_init(&header, capacity, (uint32_t)header_size, id, first_sequence,
			 clock_exact());
	return pwrite(fd, &header, sizeof(header), 0) == sizeof(header) ? 0 : -EIO;
}

/* Puts a file in another's place, so that the name exists at every moment. */
static int replace_file(int directory, int fd, const struct topic_names *names)
{
	int r;

	if (unlinkat(directory, names->replacement, 0) && errno != ENOENT)
		return -errno;
	r = directory_link_file(directory, fd, names->replacement);
	if (r == 0 && renameat(directory, names->replacement, directory, names->ring))
		r = -errno;
	return r;
}

/**
 * struct making - contents of the lock file while a ring is made, replaced or removed
 * @replaced: id of the ring that gives way, 0 if there is none
 * @made:     id of the one that is made, 0 if there is none
 *
 * Each of them has a roster by then or soon, and in the end only one must remain. A publisher
 * that dies in between leaves this note for the next one, so that no unknown file is left.
 */
struct making {
	uint64_t replaced;
	uint64_t made;
};

static void unlink_roster(int directory, const char *topic, uint64_t id)
{
	char name[TOPIC_FILE_NAME_SIZE];

	topic_roster_name(name, topic, id);
	(void)unlinkat(directory, name, 0);
}

int topic_sweep(int directory, const struct topic_names *names, int lock, uint64_t keep)
{
	struct making making;
	ssize_t n = pread(lock, &making, sizeof(making), 0);

	if (n < 0)
		return -errno;
	if (n != sizeof(making))
		return 0;
	if (making.replaced != keep)
		unlink_roster(directory, names->ring, making.replaced);
	if (making.made != keep)
		unlink_roster(directory, names->ring, making.made);
	return ftruncate(lock, 0) ? -errno : 0;
}

static int note_making(int lock, uint64_t replaced, uint64_t made)
{
	const struct making making = { .replaced = replaced, .made = made };
	ssize_t n = pwrite(lock, &making, sizeof(making), 0);

	if (n == sizeof(making))
		return 0;
	return n < 0 ? -errno : -ENOSPC;
}

static int name_ring(int directory, int fd, const struct topic_names *names, uint64_t id,
		     bool replace)
{
	char roster[TOPIC_FILE_NAME_SIZE];
	struct stat status;
	int r;

	if (fstat(fd, &status))
		return -errno;
	topic_roster_name(roster, names->ring, id);
	r = topic_show_publisher(fd);
	/* The roster first: a process that finds the ring finds the roster too. */
	if (r == 0)
		r = roster_create(directory, roster, id, &status);
	if (r)
		return r;
	return replace ? replace_file(directory, fd, names) :
			 directory_link_file(directory, fd, names->ring);
}

static int make_ring(int directory, const struct topic_names *names, int lock,
		     const struct baf_topic_options *options, uint64_t first_sequence,
		     const struct topic_replaced *replaced)
{
	uint64_t replaced_id = replaced ? replaced->id : 0;
	uint64_t capacity =
		capacity_round(options->capacity ? options->capacity : BAF_CAPACITY_DEFAULT);
	uint64_t id;
	int fd, r;

	if (!capacity)
		return -EINVAL;
	fd = directory_make_file(directory);
	if (fd < 0)
		return fd;
	if (replaced)
		rights_keep_owner(fd, &replaced->status);
	r = rights_set(fd, options);
	if (r == 0)
		r = random_id(&id);
	if (r == 0)
		r = fill_ring(fd, capacity, id, first_sequence);
	if (r == 0)
		r = note_making(lock, replaced_id, id);
	if (r == 0)
		r = name_ring(directory, fd, names, id, replaced);
	if (r == 0)
		return fd;
	(void)topic_sweep(directory, names, lock, replaced_id);
	close(fd);
	return r;
}

int topic_make(int directory, const struct topic_names *names, int lock,
	       const struct baf_topic_options *options, uint64_t first_sequence,
	       const struct topic_replaced *replaced)
{
	struct baf_topic_options chosen = *options;
	struct stat status;
	int r;

	if (!replaced && fstatat(directory, names->ring, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	r = topic_sweep(directory, names, lock, replaced ? replaced->id : 0);
	if (r)
		return r;
	if (replaced && !chosen.mode)
		chosen.mode = BAF_MODE(replaced->status.st_mode & 0777);
	if (replaced && !chosen.group)
		chosen.group = BAF_GROUP(replaced->status.st_gid);
	return make_ring(directory, names, lock, &chosen, first_sequence, replaced);
}

void topic_wake(struct fanout_ring *ring, int fd, uint32_t attention)
{
	uint32_t wakeups = ring->wakeups + 1;

	__atomic_store_n(&ring->wakeups, wakeups, __ATOMIC_SEQ_CST);
	if (attention & FANOUT_ATTENTION_FUTEX)
		wait_wake(&ring->wakeups);
	/* The value does not matter: the write only notifies the file's watchers. */
	if (attention & FANOUT_ATTENTION_DOORBELL)
		(void)!pwrite(fd, &wakeups, sizeof(wakeups),
			      offsetof(struct fanout_ring, doorbell));
}

void topic_retire(const struct ring_map *map, int ring)
{
	__atomic_store_n(&map->ring->retired, 1, __ATOMIC_SEQ_CST);
	topic_wake(map->ring, ring, FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL);
}

static int adapt_lock(int directory, const char *name, const struct stat *ring)
{
	struct stat status;
	int fd = directory_open_file(directory, name, O_RDONLY, &status);
	int r = 0;

	/* The next publisher to open the topic makes one with the right permissions. */
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (fchown(fd, ring->st_uid, ring->st_gid) || fchmod(fd, rights_of_lock(ring->st_mode)))
		r = -errno;
	close(fd);
	return r;
}

int topic_adapt_rights(int directory, const struct topic_names *names, uint64_t ring_id,
		       const struct stat *ring)
{
	char roster[TOPIC_FILE_NAME_SIZE];
	int r;

	topic_roster_name(roster, names->ring, ring_id);
	r = roster_adapt_rights(directory, roster, ring);
	return r ? r : adapt_lock(directory, names->lock, ring);
}

int topic_unlink(int directory, const struct topic_names *names, int lock, uint64_t ring_id)
{
	int r;

	(void)topic_sweep(directory, names, lock, ring_id);
	/* If the note cannot be written, say on a full file system, a death below leaves a small
	 * file. */
	(void)note_making(lock, ring_id, 0);
	r = unlinkat(directory, names->ring, 0) ? -errno : 0;
	unlink_roster(directory, names->ring, ring_id);
	(void)unlinkat(directory, names->replacement, 0);
	(void)topic_sweep(directory, names, lock, 0);
	/* The lock file last: as long as it has its name, nobody else makes the other files. */
	if (unlinkat(directory, names->lock, 0) && errno != ENOENT && r == 0)
		r = -errno;
	return r;
}
