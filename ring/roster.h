/* SPDX-License-Identifier: MIT */
/*
 * The roster of a topic: the small file in which its subscribers say where they are, so that a
 * publisher can wait for them and others can see them. Its layout is struct fanout_subscribers.
 * Any subscriber may write it, and can damage it. It holds none of the data, and neither side
 * trusts it: at worst a publisher waits out its patience in vain.
 */
#ifndef BAF_ROSTER_H
#define BAF_ROSTER_H

#include <linux/fanout.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/**
 * struct roster - the file, mapped
 * @fd:   its descriptor, which also holds the lock of our slot; -1: there is none
 * @file: NULL: there is none
 * @open_to_others: users other than its owner may write it
 */
struct roster {
	int fd;
	struct fanout_subscribers *file;
	bool open_to_others;
};

#define ROSTER_NONE      \
	{                \
		.fd = -1 \
	}

/* Size of the file in bytes. */
#define ROSTER_SIZE (sizeof(struct fanout_subscribers) + FANOUT_SLOTS * sizeof(struct fanout_slot))

/*
 * Makes the roster of ring @ring_id under @name, with rights that match the ring's: users who may
 * read the ring may write the roster. Replaces an existing one. 0 or a negative errno.
 */
int roster_create(int directory, const char *name, uint64_t ring_id, const struct stat *ring);

/* Gives the roster the rights that match the ring's, if there is one. 0 or a negative errno. */
int roster_adapt_rights(int directory, const char *name, const struct stat *ring);

/*
 * Opens the roster. It must belong to @owner. 0; -ESTALE: it belongs to another ring; -EBADMSG:
 * it is damaged; or another negative errno.
 */
int roster_open(struct roster *roster, int directory, const char *name, uint64_t ring_id,
		uid_t owner);

void roster_close(struct roster *roster);

/* Whether an address is in its mapping. */
bool roster_contains(const struct roster *roster, const void *address);

/*
 * The subscriber's side.
 */

/*
 * Takes a slot, not attached yet. Returns its number; -ENOSPC: all are taken; or another negative
 * errno.
 */
int roster_enter(struct roster *roster);

/* Gives the slot back. */
void roster_leave(struct roster *roster, unsigned int number);

/*
 * Attaches the slot at @position: from here on publishers wait for it, unless it only observes.
 */
void roster_attach(struct roster *roster, unsigned int number, uint64_t position, bool observe);

/* The subscriber has caught up: publishers that had given it up wait for it again. */
void roster_catch_up(struct roster *roster, unsigned int number);

/*
 * The publisher's side.
 */

/**
 * struct roster_view - the result of a look at the slots
 * @gate:       the least position of the attached ones that are not lapsed; UINT64_MAX: there
 *   are none
 * @n_attached: how many are attached, including lapsed ones
 */
struct roster_view {
	uint64_t gate;
	unsigned int n_attached;
};

struct roster_view roster_look(const struct roster *roster);

/*
 * Frees the slots behind @position, or all if that is UINT64_MAX, whose subscribers are dead.
 * Probes at most @most of them.
 */
void roster_bury(const struct roster *roster, uint64_t position, unsigned int most);

/* Marks the attached slots behind @position as lapsed. Returns how many. */
unsigned int roster_lapse(const struct roster *roster, uint64_t position);

/* Observers. */

/*
 * Copies the slots that may be in use to *@slotsp, which the caller frees with free(). Returns
 * how many; -EACCES: we may not read the roster; or another negative errno.
 */
int roster_copy(int directory, const char *name, uint64_t ring_id, uid_t owner,
		struct fanout_slot **slotsp);

#endif /* BAF_ROSTER_H */
