// SPDX-License-Identifier: MIT
#include "ring/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring/barrier.h"
#include "ring/clock.h"
#include "ring/directory.h"
#include "ring/process.h"

/* Storage for the slots is taken when they come into use, in pieces of this size. */
enum { ROSTER_PIECE = 4096 };

/* Everybody who may read the ring may write the roster, and so must be able to read it. */
static mode_t roster_mode(mode_t ring)
{
	mode_t readers = ring & (S_IRUSR | S_IRGRP | S_IROTH);

	return S_IRUSR | S_IWUSR | readers | readers >> 1;
}

/* Leaves rights that are right already: not everybody may set them. */
static int set_rights(int fd, const struct stat *ring)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if ((status.st_uid != ring->st_uid || status.st_gid != ring->st_gid) &&
	    fchown(fd, ring->st_uid, ring->st_gid))
		return -errno;
	return fchmod(fd, roster_mode(ring->st_mode)) ? -errno : 0;
}

static int fill(int fd, uint64_t ring_id, const struct stat *ring)
{
	const struct fanout_subscribers head = {
		.magic = FANOUT_SUBSCRIBERS_MAGIC,
		.version = FANOUT_VERSION,
		.slot_size = sizeof(struct fanout_slot),
		.ring_id = ring_id,
		.n_slots = FANOUT_SLOTS,
	};
	int r = set_rights(fd, ring);

	if (r)
		return r;
	if (ftruncate(fd, ROSTER_SIZE))
		return -errno;
	if (fallocate(fd, 0, 0, ROSTER_PIECE))
		return -errno;
	return pwrite(fd, &head, sizeof(head), 0) == sizeof(head) ? 0 : -EIO;
}

int roster_create(int directory, const char *name, uint64_t ring_id, const struct stat *ring)
{
	int fd = directory_make_file(directory);
	int r;

	if (fd < 0)
		return fd;
	r = fill(fd, ring_id, ring);
	if (r == 0 && unlinkat(directory, name, 0) && errno != ENOENT)
		r = -errno;
	if (r == 0)
		r = directory_link_file(directory, fd, name);
	close(fd);
	return r;
}

int roster_adapt_rights(int directory, const char *name, const struct stat *ring)
{
	struct stat status;
	int fd = directory_open_file(directory, name, O_RDONLY, &status);
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = set_rights(fd, ring);
	close(fd);
	return r;
}

static int check(const struct fanout_subscribers *file, uint64_t ring_id)
{
	if (file->magic != FANOUT_SUBSCRIBERS_MAGIC || file->version != FANOUT_VERSION ||
	    file->slot_size != sizeof(struct fanout_slot) || file->n_slots != FANOUT_SLOTS)
		return -EBADMSG;
	return file->ring_id == ring_id ? 0 : -ESTALE;
}

/* Opens the file and reads its header. A descriptor or a negative errno. */
static int open_file(int directory, const char *name, uint64_t ring_id, uid_t owner, int flags,
		     struct fanout_subscribers *head)
{
	struct stat status;
	int fd = directory_open_file(directory, name, flags, &status);
	int r = -EBADMSG;

	if (fd < 0)
		return fd;
	/* With a second link, this could be any of the owner's files. */
	if (status.st_uid == owner && status.st_nlink == 1 && status.st_size == ROSTER_SIZE &&
	    pread(fd, head, sizeof(*head), 0) == sizeof(*head))
		r = check(head, ring_id);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static bool writable_by_others(int fd)
{
	struct stat status;

	return fstat(fd, &status) || status.st_mode & (S_IWGRP | S_IWOTH);
}

int roster_open(struct roster *roster, int directory, const char *name, uint64_t ring_id,
		uid_t owner)
{
	struct fanout_subscribers head;
	void *file;
	int fd = open_file(directory, name, ring_id, owner, O_RDWR, &head);

	if (fd < 0)
		return fd;
	file = mmap(NULL, ROSTER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED) {
		int r = -errno;

		close(fd);
		return r;
	}
	*roster = (struct roster){
		.fd = fd,
		.file = file,
		.open_to_others = writable_by_others(fd),
	};
	return 0;
}

void roster_close(struct roster *roster)
{
	if (roster->file)
		munmap(roster->file, ROSTER_SIZE);
	if (roster->fd >= 0)
		close(roster->fd);
	*roster = (struct roster)ROSTER_NONE;
}

bool roster_contains(const struct roster *roster, const void *address)
{
	return roster->file && (uintptr_t)address - (uintptr_t)roster->file < ROSTER_SIZE;
}

static struct flock slot_lock(unsigned int number, short type)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(FANOUT_SLOT_LOCK + number),
		.l_len = 1,
	};
}

/*
 * Takes storage for the slot before anything touches it, so that a full tmpfs causes an error and
 * not a SIGBUS.
 */
static int reserve_slot(const struct roster *roster, unsigned int number)
{
	off_t at = (off_t)(offsetof(struct fanout_subscribers, slots) +
			   number * sizeof(struct fanout_slot));

	return fallocate(roster->fd, 0, at, sizeof(struct fanout_slot)) ? -errno : 0;
}

static void raise_used(struct fanout_subscribers *file, unsigned int used)
{
	__u32 old = fanout_load(&file->n_used);

	while (old < used && !__atomic_compare_exchange_n(&file->n_used, &old, used, true,
							  __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
}

int roster_enter(struct roster *roster)
{
	for (unsigned int number = 0; number < FANOUT_SLOTS; number++) {
		struct flock lock = slot_lock(number, F_WRLCK);
		struct fanout_slot *slot = &roster->file->slots[number];
		int r;

		if (fcntl(roster->fd, F_OFD_SETLK, &lock)) {
			if (errno == EAGAIN || errno == EACCES)
				continue;
			return -errno;
		}
		r = reserve_slot(roster, number);
		if (r)
			return r;
		fanout_store(&slot->state, FANOUT_SLOT_FREE);
		fanout_store(&slot->lapsed, 0);
		fanout_store(&slot->lost, 0);
		fanout_store(&slot->received, 0);
		fanout_store(&slot->since, clock_exact());
		fanout_store(&slot->pid, (__u32)getpid());
		process_command(slot->command, sizeof(slot->command));
		raise_used(roster->file, number + 1);
		return (int)number;
	}
	return -ENOSPC;
}

void roster_leave(struct roster *roster, unsigned int number)
{
	struct flock lock = slot_lock(number, F_UNLCK);

	fanout_store_release(&roster->file->slots[number].state, FANOUT_SLOT_FREE);
	(void)fcntl(roster->fd, F_OFD_SETLK, &lock);
}

void roster_attach(struct roster *roster, unsigned int number, uint64_t position, bool observe)
{
	struct fanout_slot *slot = &roster->file->slots[number];

	fanout_store(&slot->position, position);
	/* A publisher that sees the state sees the position: pairs with the acquire in
	 * roster_look(). */
	fanout_store_release(&slot->state, observe ? FANOUT_SLOT_OBSERVING : FANOUT_SLOT_ATTACHED);
	__atomic_fetch_or(&roster->file->attention, FANOUT_ATTENTION_JOINED, __ATOMIC_SEQ_CST);
	/* The slot, before the look at the claim that the caller takes: pairs with the full fence
	 * in fanout_writer_claim(). */
	fanout_fence_full();
}

void roster_catch_up(struct roster *roster, unsigned int number)
{
	fanout_store_release(&roster->file->slots[number].lapsed, 0);
	/* The publisher may believe that there is nobody left to look for. */
	__atomic_fetch_or(&roster->file->attention, FANOUT_ATTENTION_JOINED, __ATOMIC_SEQ_CST);
}

static unsigned int roster_used(const struct roster *roster)
{
	unsigned int used = roster->file ? fanout_load(&roster->file->n_used) : 0;

	return used < FANOUT_SLOTS ? used : FANOUT_SLOTS;
}

static bool attached(const struct fanout_slot *slot)
{
	/* Pairs with the release in roster_attach(). */
	return fanout_load_acquire(&slot->state) == FANOUT_SLOT_ATTACHED;
}

struct roster_view roster_look(const struct roster *roster)
{
	struct roster_view view = { .gate = UINT64_MAX };
	unsigned int used = roster_used(roster);

	for (unsigned int number = 0; number < used; number++) {
		const struct fanout_slot *slot = &roster->file->slots[number];
		uint64_t position;

		if (!attached(slot))
			continue;
		view.n_attached++;
		/* Acquire: what the subscriber read before it moved on, before we overwrite it.
		 * Pairs with the release in its store of the position. */
		position = fanout_load_acquire(&slot->position);
		if (!fanout_load(&slot->lapsed) && position < view.gate)
			view.gate = position;
	}
	return view;
}

/*
 * Frees a slot, unless its subscriber is alive. Holding the slot's lock meanwhile keeps the next
 * subscriber from taking the slot between the look and the store.
 */
static void bury(const struct roster *roster, unsigned int number)
{
	struct flock lock = slot_lock(number, F_WRLCK);

	if (fcntl(roster->fd, F_OFD_SETLK, &lock))
		return;
	fanout_store(&roster->file->slots[number].state, FANOUT_SLOT_FREE);
	lock.l_type = F_UNLCK;
	(void)fcntl(roster->fd, F_OFD_SETLK, &lock);
}

void roster_bury(const struct roster *roster, uint64_t position, unsigned int most)
{
	unsigned int used = roster_used(roster);

	for (unsigned int number = 0; number < used && most; number++) {
		const struct fanout_slot *slot = &roster->file->slots[number];

		if (!attached(slot) || fanout_load(&slot->position) >= position)
			continue;
		bury(roster, number);
		most--;
	}
}

unsigned int roster_lapse(const struct roster *roster, uint64_t position)
{
	unsigned int used = roster_used(roster), n = 0;

	for (unsigned int number = 0; number < used; number++) {
		struct fanout_slot *slot = &roster->file->slots[number];

		if (!attached(slot) || fanout_load(&slot->lapsed) ||
		    fanout_load(&slot->position) >= position)
			continue;
		fanout_store(&slot->lapsed, 1);
		n++;
	}
	return n;
}

/* Keeps only the slots whose subscribers are alive: their locks are held. */
static int keep_living(int fd, struct fanout_slot *slots, unsigned int used)
{
	int n = 0;

	for (unsigned int number = 0; number < used; number++) {
		struct flock lock = slot_lock(number, F_WRLCK);

		if (slots[number].state == FANOUT_SLOT_FREE || fcntl(fd, F_OFD_GETLK, &lock) ||
		    lock.l_type == F_UNLCK)
			continue;
		slots[n++] = slots[number];
	}
	return n;
}

static int copy_slots(int fd, unsigned int used, struct fanout_slot **slotsp)
{
	size_t size = used * sizeof(struct fanout_slot);
	struct fanout_slot *slots = calloc(used + 1, sizeof(struct fanout_slot));

	if (!slots)
		return -ENOMEM;
	if (size > 0 &&
	    pread(fd, slots, size, offsetof(struct fanout_subscribers, slots)) != (ssize_t)size) {
		free(slots);
		return -EBADMSG;
	}
	*slotsp = slots;
	return keep_living(fd, slots, used);
}

int roster_copy(int directory, const char *name, uint64_t ring_id, uid_t owner,
		struct fanout_slot **slotsp)
{
	struct fanout_subscribers head;
	int fd = open_file(directory, name, ring_id, owner, O_RDONLY, &head);
	int r;

	if (fd < 0)
		return fd;
	r = copy_slots(fd, head.n_used < FANOUT_SLOTS ? head.n_used : FANOUT_SLOTS, slotsp);
	close(fd);
	return r;
}
