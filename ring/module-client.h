/* SPDX-License-Identifier: MIT */
/*
 * Topics of the fanout kernel module: files of its file system, and its devices. The ring has the
 * same layout and is mapped in the same way, but only for reading: the kernel writes it. Each
 * descriptor that reads has a slot of its own, in a page of its own. So subscribers work on it as
 * on shared memory; only waking, and the publisher's side, are system calls.
 */
#ifndef BAF_MODULE_CLIENT_H
#define BAF_MODULE_CLIENT_H

#include <linux/fanout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "baf.h"
#include "ring/map.h"

/*
 * Queries everything about a topic. 0; -ENOTTY: @fd is not the kernel module's; -EPROTONOSUPPORT:
 * the module has another version.
 */
int module_query(int fd, struct fanout_query *query);

/*
 * Makes a topic. Returns a descriptor, which only shows others that the topic has a writer;
 * -EEXIST; or another negative errno.
 */
int module_make(int directory, const char *topic, const struct baf_topic_options *options);

/* Makes the descriptor a publisher. 0; -EBUSY: another publisher has the topic. */
int module_publish(int fd, uint64_t patience, bool shared);

/*
 * Replaces the ring with a new one, for everybody who opens the topic from now on. 0; -EPERM: it
 * is a device; or another negative errno.
 */
int module_replace(int fd, uint64_t capacity);

/*
 * Publishes a record; waits for subscribers within the descriptor's patience. 0; -EINTR; or
 * another negative errno.
 */
int module_write(int fd, const void *payload, size_t length, uint32_t content);

/* Maps the ring of a descriptor that is open for reading. 0 or a negative errno. */
int module_map(struct ring_map *map, int fd);

/*
 * Maps the slot of a descriptor that is open for reading; the caller gives it back. 0 or a
 * negative errno.
 */
int module_map_slot(int fd, struct fanout_slot **slotp);
void module_unmap_slot(struct fanout_slot *slot);

/* Says that the slot has changed: publishers may be waiting for that. A full fence. */
void module_progress(int fd);

/* Like roster_copy(), for a descriptor. */
int module_readers(int fd, struct fanout_slot **slotsp);

/* Sleeps until @n_readers read the topic, or @timeout nanoseconds. 0, or a negative errno. */
int module_wait_readers(int fd, unsigned int n_readers, uint64_t timeout);

#endif /* BAF_MODULE_CLIENT_H */
