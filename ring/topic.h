/* SPDX-License-Identifier: MIT */
/*
 * The files of a topic, and operations on all of them: make, map, lock, retire, remove.
 *
 *     NAME               the ring: its readers can subscribe, its writers can publish
 *     .NAME.ID.subscribers   the roster of the ring with that id, in 16 hexadecimal digits: users
 *                            who may read the ring may write it. The id in the name makes ring
 *                            and roster change at the same instant when a ring is replaced.
 *     .NAME.publisher        a file to lock, otherwise empty: users who may write the ring may
 *                            open it, and nobody else, so that a subscriber cannot lock
 *                            publishers out
 *     .NAME.new              for a moment, a ring that is about to replace NAME
 *
 * Locks belong to open file descriptions (F_OFD_SETLK), so the kernel releases them when the last
 * copy of the descriptor is closed, however its process ends. The locks on .NAME.publisher: byte
 * 0 is held for as long as a topic is open for publishing, shared by the publishers of a shared
 * topic, otherwise exclusively; byte 1 is held exclusively around each publish to a shared topic,
 * and while the topic's files are made or replaced. On the ring, a shared lock tells subscribers
 * that there is a publisher.
 */
#ifndef BAF_TOPIC_H
#define BAF_TOPIC_H

#include <linux/fanout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "baf.h"
#include "ring/map.h"

enum { TOPIC_FILE_NAME_SIZE = BAF_NAME_MAX + sizeof("..0123456789abcdef.subscribers") };

/* Names of a topic's files. */
struct topic_names {
	const char *ring;
	char lock[TOPIC_FILE_NAME_SIZE];
	char replacement[TOPIC_FILE_NAME_SIZE];
};

void topic_names(struct topic_names *names, const char *topic);

/* The name of a ring's roster; @name has TOPIC_FILE_NAME_SIZE bytes. */
void topic_roster_name(char *name, const char *topic, uint64_t ring_id);

/*
 * The lock file.
 */

/*
 * Opens the lock file and takes byte 0. Returns a descriptor; -EBUSY: another publisher has it;
 * or another negative errno. @options: mode, owner and group in case the file has to be made.
 */
int topic_lock(int directory, const struct topic_names *names, bool shared,
	       const struct baf_topic_options *options);

/*
 * Takes byte 1; may wait for another publisher's publish. 0; -EINTR; or another negative errno.
 */
int topic_lock_turn(int lock);
void topic_unlock_turn(int lock);

/* The caller of the following functions holds byte 0 exclusively or byte 1. */

/* A ring that is being replaced. */
struct topic_replaced {
	uint64_t id;
	struct stat status;
};

/*
 * Makes a topic's ring and roster. @lock: the lock file. @replaced: the ring that gives its name,
 * mode, owner and group to the new one; NULL: there must be none. Returns a descriptor of the
 * ring, which shows a publisher from before the ring had its name, so that nobody finds the ring
 * without one; -EEXIST; or another negative errno. topic_sweep() completes it.
 */
int topic_make(int directory, const struct topic_names *names, int lock,
	       const struct baf_topic_options *options, uint64_t first_sequence,
	       const struct topic_replaced *replaced);

/* Marks a ring retired and wakes everybody who sleeps on it. */
void topic_retire(const struct ring_map *map, int ring);

/* Wakes everybody who sleeps on a ring, by futex and by doorbell. */
void topic_wake(struct fanout_ring *ring, int fd, uint32_t attention);

/*
 * Removes the rosters of rings that do not have the name: that of a ring that was just replaced,
 * and those left by a publisher that died while it made a ring. @keep: the id of the ring that
 * has the name, 0: none. 0 or a negative errno.
 */
int topic_sweep(int directory, const struct topic_names *names, int lock, uint64_t keep);

/*
 * Removes the names of all its files. Done before the ring retires, so that a subscriber that
 * looks for the successor does not find the old ring again. 0 or a negative errno.
 */
int topic_unlink(int directory, const struct topic_names *names, int lock, uint64_t ring_id);

/*
 * Gives the lock file and the roster of a ring the rights that match the ring's. 0 or a negative
 * errno.
 */
int topic_adapt_rights(int directory, const struct topic_names *names, uint64_t ring_id,
		       const struct stat *ring);

/* Whether a topic's options are in range. 0 or -EINVAL. */
int topic_check_options(const struct baf_topic_options *options);

/* Lists the topics of a directory, like baf_topic_list(). */
int topic_list(int directory, char ***namesp);

/* Whether a publisher has the ring open: somebody holds the shared lock on it. */
bool topic_has_publisher(int ring);

/* Takes that lock for us. 0 or a negative errno. */
int topic_show_publisher(int ring);

#endif /* BAF_TOPIC_H */
