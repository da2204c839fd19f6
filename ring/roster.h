/* SPDX-License-Identifier: MIT */
/*
 * The roster of a topic: the small file in which its subscribers say where they are, so that a
 * publisher can wait for them and others can look at them. Its layout is struct
 * fanout_subscribers. Any subscriber may write it, and damage it; the data are not in it,
 * and neither side trusts it further than that a publisher waits its patience in vain.
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
 * @open_to_others: users that are neither its owner nor in his place may write it
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

/* Bytes of the file. */
#define ROSTER_SIZE (sizeof(struct fanout_subscribers) + FANOUT_SLOTS * sizeof(struct fanout_slot))

/*
 * Makes the roster of ring @ring_id under @name, with the rights that fit the ring's: who may
 * read that may write this. One that is there already is replaced. 0 or a negative errno.
 */
int roster_create(int directory, const char *name, uint64_t ring_id, const struct stat *ring);

/* Gives it the rights that fit the ring's, if there is one. 0 or a negative errno. */
int roster_adapt_rights(int directory, const char *name, const struct stat *ring);

/*
 * Opens it. @owner: whom it must belong to. 0; -ESTALE: it belongs to another ring; -EBADMSG: it is
 * damaged; or another negative errno.
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
 * Takes a slot, not attached yet. Its number, or -ENOSPC: all are taken; or another negative
 * errno.
 */
int roster_enter(struct roster *roster);

/* Gives it back. */
void roster_leave(struct roster *roster, unsigned int number);

/* Attaches it at @position: from here on publishers wait for it, if it does not observe. */
void roster_attach(struct roster *roster, unsigned int number, uint64_t position, bool observe);

/* It has caught up: publishers that had given it up wait for it again. */
void roster_catch_up(struct roster *roster, unsigned int number);

/*
 * The publisher's side.
 */

/**
 * struct roster_view - what a look at the slots found
 * @gate:       the least position of the attached ones that are not lapsed; UINT64_MAX: there
 *   are none
 * @n_attached: how many, lapsed ones too
 */
struct roster_view {
	uint64_t gate;
	unsigned int n_attached;
};

struct roster_view roster_look(const struct roster *roster);

/*
 * Frees the slots behind @position, or all if that is UINT64_MAX, whose subscriber is dead, as far
 * as that can be found out with @most looks.
 */
void roster_bury(const struct roster *roster, uint64_t position, unsigned int most);

/* Marks the attached slots behind @position as lapsed. How many. */
unsigned int roster_lapse(const struct roster *roster, uint64_t position);

/*
 * Those who only look.
 */

/*
 * Copies the slots that may be in use. @slotsp: to be freed with free(). How many; -EACCES: the
 * roster is not for us to read; or another negative errno.
 */
int roster_copy(int directory, const char *name, uint64_t ring_id, uid_t owner,
		struct fanout_slot **slotsp);

#endif /* BAF_ROSTER_H */
