// SPDX-License-Identifier: MIT
#include "ring/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring/barrier.h"
#include "ring/clock.h"
#include "ring/directory.h"
#include "ring/process.h"

/* Storage behind the slots is taken as they come into use, in pieces like this. */
enum { ROSTER_PIECE = 4096 };

/* Who may read the ring may write the roster, and so must be able to read it. */
static mode_t roster_mode(mode_t ring)
{
	mode_t readers = ring & (S_IRUSR | S_IRGRP | S_IROTH);

	return S_IRUSR | S_IWUSR | readers | readers >> 1;
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
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (status.st_gid != ring->st_gid && fchown(fd, (uid_t)-1, ring->st_gid))
		return -errno;
	if (fchmod(fd, roster_mode(ring->st_mode)) || ftruncate(fd, ROSTER_SIZE))
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

static int check(const struct fanout_subscribers *file, uint64_t ring_id)
{
	if (file->magic != FANOUT_SUBSCRIBERS_MAGIC || file->version != FANOUT_VERSION ||
	    file->slot_size != sizeof(struct fanout_slot) || file->n_slots != FANOUT_SLOTS)
		return -EBADMSG;
	return file->ring_id == ring_id ? 0 : -ESTALE;
}

int roster_open(struct roster *roster, int directory, const char *name, uint64_t ring_id,
		uid_t owner, bool writable)
{
	struct fanout_subscribers head;
	struct stat status;
	void *file;
	int fd, r;

	fd = directory_open_file(directory, name, writable ? O_RDWR : O_RDONLY, &status);
	if (fd < 0)
		return fd;
	r = -EBADMSG;
	/* A second name could be that of any file of the owner's. */
	if (status.st_uid != owner || status.st_nlink > 1 || status.st_size != ROSTER_SIZE ||
	    pread(fd, &head, sizeof(head), 0) != sizeof(head))
		goto error;
	r = check(&head, ring_id);
	if (r)
		goto error;
	file = mmap(NULL, ROSTER_SIZE, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
		    fd, 0);
	r = -errno;
	if (file == MAP_FAILED)
		goto error;
	*roster = (struct roster){
		.fd = fd,
		.file = file,
		.open_to_others = status.st_mode & (S_IWGRP | S_IWOTH),
	};
	return 0;
error:
	close(fd);
	return r;
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

/* Storage for the slot, before it is touched: a full tmpfs is to be an error, not a SIGBUS. */
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
	/* Whoever sees the state sees the position: pairs with the acquire in roster_look(). */
	fanout_store_release(&slot->state, observe ? FANOUT_SLOT_OBSERVING : FANOUT_SLOT_ATTACHED);
	__atomic_fetch_or(&roster->file->attention, FANOUT_ATTENTION_JOINED, __ATOMIC_SEQ_CST);
	/* The slot, before the look at the claim that the caller takes: pairs with the full
	 * fence in fanout_writer_claim(). */
	fanout_fence_full();
}

void roster_catch_up(struct roster *roster, unsigned int number)
{
	fanout_store_release(&roster->file->slots[number].lapsed, 0);
	/* A publisher may believe that there is nobody left to look for. */
	__atomic_fetch_or(&roster->file->attention, FANOUT_ATTENTION_JOINED, __ATOMIC_SEQ_CST);
}

unsigned int roster_used(const struct roster *roster)
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
		/* Acquire: what the subscriber read before it moved on, before we
		 * overwrite it. Pairs with the release in its store of the position. */
		position = fanout_load_acquire(&slot->position);
		if (!fanout_load(&slot->lapsed) && position < view.gate)
			view.gate = position;
	}
	return view;
}

bool roster_alive(const struct roster *roster, unsigned int number)
{
	struct flock lock = slot_lock(number, F_WRLCK);

	return fcntl(roster->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/*
 * Frees a slot, unless its subscriber lives. To hold its lock meanwhile keeps the next one
 * from moving in between the look and the store.
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

void roster_bury(const struct roster *roster, uint64_t position)
{
	unsigned int used = roster_used(roster);

	for (unsigned int number = 0; number < used; number++) {
		const struct fanout_slot *slot = &roster->file->slots[number];

		if (attached(slot) && fanout_load(&slot->position) < position)
			bury(roster, number);
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
