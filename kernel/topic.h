/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A topic: the memory of one ring, who publishes to it and who reads from it.
 *
 * The ring itself is ../ring/ring.c, the same source that user space runs. What the kernel adds
 * is memory, turns for publishers, sleep, and a list of those who read.
 *
 * Life: a device or an inode refers to its topic, and so does each open file; a mapping holds its
 * file. An inode gets another topic when its ring is replaced; who has it open keeps the old one.
 *
 * Lock order, outermost first:
 *
 *	inode->i_rwsem			(VFS; create, unlink, rename, setattr)
 *	    fanout_topic.turn		who publishes, sizes, retires; all of fanout_writer
 *		fanout_topic.readers_lock	the list, and where each reader is
 *	fanout_file.reading		threads that read from one descriptor
 *	    mm->mmap_lock		(copying to user space may fault; mmap takes memory)
 *		fanout_topic.turn	(to take memory)
 *	    fanout_topic.readers_lock
 *	epoll's mutex			(whoever polls may hold locks)
 *	    fanout_topic.turn
 *
 * Nothing of ours is taken with one of these: the locks of the wait queues, fanout_budget.lock
 * (which may be taken with @turn held), inode->i_lock. Who holds what is asserted where it is
 * needed, and a kernel with lockdep checks the order: test/kernel/run kasan.
 *
 * Nobody faults or sleeps for long with @turn held, and @reading is never shared between
 * descriptors: so no reader and no publisher holds up another one, whatever its memory is.
 */
#ifndef FANOUT_TOPIC_H
#define FANOUT_TOPIC_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "../ring/ring.h"

#define FANOUT_SIZE_MAX SZ_1G /* of one ring */

/**
 * struct fanout_budget - what a file system's topics may take in all
 * @lock:       guards the rest
 * @bytes:      of memory that rings take
 * @bytes_max:  how many they may
 * @topics:     there are, with those that were removed but are still open
 * @topics_max: there may be
 */
struct fanout_budget {
	spinlock_t lock; /* see above */
	u64 bytes;
	u64 bytes_max;
	u64 topics;
	u64 topics_max;
};

/**
 * struct fanout_topic - see above
 * @references: to it
 * @turn:       publishers take turns with it; it is not held while one waits for readers
 * @size:       the capacity that the ring has, or will have; under @turn
 * @first_sequence: number of the first message
 * @budget:     what its memory is charged to; NULL for devices
 * @retired:    it was removed or replaced; stored under @turn
 * @pages:      header, then data
 * @n_pages:    of them
 * @ring:       the header; NULL until memory is taken, constant afterwards
 * @data:       the data area, mapped twice, back to back
 * @writer:     under @turn
 * @n_publishers: stored under @turn
 * @n_writers:  descriptors that are open for writing, publishers or not
 * @exclusive:  the only one who may publish; under @turn
 * @overruns:   of readers, in all
 * @readers_lock: guards @readers, stores to @gate, @n_waiting
 * @readers:    list of struct fanout_subscriber
 * @gate:       no attached reader that has not lapsed is before it; 0: somebody has to look
 * @n_waiting:  publishers that sleep for @ring's wanted
 * @poll_wanted: somebody polls until there is room
 * @readable:   who waits for records
 * @writable:   who waits for readers
 */
struct fanout_topic {
	struct kref references;
	struct mutex turn; /* see above */
	u64 size;
	u64 first_sequence;
	struct fanout_budget *budget;
	bool retired;
	struct page **pages;
	unsigned long n_pages;
	struct fanout_ring *ring;
	void *data;
	struct fanout_writer writer;
	unsigned int n_publishers;
	atomic_t n_writers;
	struct fanout_publisher *exclusive;
	atomic64_t overruns;

	spinlock_t readers_lock; /* see above */
	struct list_head readers;
	u64 gate;
	unsigned int n_waiting;
	bool poll_wanted;

	wait_queue_head_t readable ____cacheline_aligned_in_smp;
	wait_queue_head_t writable;
};

/**
 * struct fanout_subscriber - a descriptor that reads
 * @reader: where read(2) is; under fanout_file.reading
 * @slot:   what the reader says of itself, in a page of its own. Its process may have mapped that
 *          and store anything there.
 * @node:   in fanout_topic.readers; what follows is under readers_lock
 * @about:  what we know of it: since, pid, command
 * @lapsed: a publisher lost its patience
 * @floor:  head when that happened. It has caught up when it has been there, and nobody believes
 *          that it has gone back.
 */
struct fanout_subscriber {
	struct fanout_reader reader;
	struct fanout_slot *slot;
	struct list_head node;
	struct fanout_slot about;
	bool lapsed;
	u64 floor;
};

/**
 * struct fanout_publisher - a descriptor that writes
 * @own:       the same descriptor's reading side, for which it does not wait; or NULL
 * @patience:  in nanoseconds
 * @flags:     FANOUT_PUBLISH_*
 * @published: it is counted among the publishers
 * @enlisted:  it asked for terms
 */
struct fanout_publisher {
	const struct fanout_subscriber *own;
	u64 patience;
	u32 flags;
	bool published;
	bool enlisted;
};

/*
 * topic.c: life and memory.
 */

/* A topic without memory. NULL: there is none for that either. */
struct fanout_topic *fanout_topic_new(u64 size, u64 first_sequence, struct fanout_budget *budget);
struct fanout_topic *fanout_topic_get(struct fanout_topic *topic);
void fanout_topic_put(struct fanout_topic *topic);

/* Sets the capacity that memory will be taken for. -EBUSY: it was taken; -EFBIG. */
int fanout_topic_resize(struct fanout_topic *topic, u64 size);

/* Takes the memory, unless that was done. -ENOMEM, -ENOSPC, -EINTR. */
int fanout_topic_open(struct fanout_topic *topic);

/* A descriptor is open for writing, or is not any more. */
void fanout_topic_add_writer(struct fanout_topic *topic);
void fanout_topic_drop_writer(struct fanout_topic *topic);

/* Nothing will be published any more. Readers finish what is there. */
void fanout_topic_retire(struct fanout_topic *topic);

/*
 * What goes on in the topic's place, at a publisher's wish. @size 0: as large. Nothing is published
 * to the old one any more; when others can find the new one it is to be retired.
 * An error pointer: -ESTALE, -EBUSY, -ENOMEM, -EFBIG.
 */
struct fanout_topic *fanout_topic_succeed(struct fanout_topic *topic,
					  const struct fanout_publisher *publisher, u64 size);

/*
 * readers.c: who reads, and where.
 */

/* Enters a reader of a ring that has no memory yet, and so no records. */
void fanout_topic_join_early(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/*
 * Enters a reader, or moves it, so that a publisher that looks from now on sees
 * it. 0; -EINVAL: there is no such start; -EBADMSG. Under fanout_file.reading.
 */
int fanout_topic_join(struct fanout_topic *topic, struct fanout_subscriber *subscriber,
		      const struct fanout_subscribe *where);
void fanout_topic_leave(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/* Publishers wait for the reader, or do not any more. */
void fanout_topic_attach(struct fanout_topic *topic, struct fanout_subscriber *subscriber,
			 enum fanout_slot_state state);

/* Shows how far read(2) got, and wakes a publisher that waits for that. */
void fanout_topic_progress(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/* The same for a reader that wrote its slot itself. */
void fanout_topic_believe(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/* How many readers publishers wait for, but for @own. */
unsigned int fanout_topic_count(struct fanout_topic *topic, const struct fanout_subscriber *own);

/* Copies at most @room slots of readers, but for @own; returns how many there are. */
unsigned int fanout_topic_list(struct fanout_topic *topic, const struct fanout_subscriber *own,
			       struct fanout_slot *slots, unsigned int room);

/* Is nobody, except @own, in the way of moving the tail to @target? */
bool fanout_topic_way_is_free(struct fanout_topic *topic, const struct fanout_subscriber *own,
			      u64 target);

/* Nobody waits for those who are in the way, until they have caught up. Returns how many. */
unsigned int fanout_topic_lapse(struct fanout_topic *topic, const struct fanout_subscriber *own,
				u64 target);

/* A publisher is going to sleep until readers are at @wanted; does not sleep any more. */
void fanout_topic_want(struct fanout_topic *topic, u64 wanted);
void fanout_topic_unwant(struct fanout_topic *topic);

/*
 * publish.c
 */

/* May this descriptor publish now? 0, -ESTALE, -EBUSY. Under turn. */
int fanout_topic_usable(const struct fanout_topic *topic, const struct fanout_publisher *publisher);

/* Makes the descriptor a publisher, on these terms. -EBUSY, -ESTALE, -ERESTARTSYS. */
int fanout_topic_enlist(struct fanout_topic *topic, struct fanout_publisher *publisher,
			const struct fanout_publish *terms);
void fanout_topic_discharge(struct fanout_topic *topic, struct fanout_publisher *publisher);

#define FANOUT_NO_WAIT 1U /* for readers */
#define FANOUT_NO_SLEEP 2U /* not even for a turn */

/*
 * Publishes one record with the length and content of @draft, whose payload comes from @from.
 * 0; -EAGAIN: it would wait, which @flags forbid; -EBUSY: another one has the topic for himself;
 * -EFAULT; -EINVAL: the payload is not what @draft says; -ESTALE: retired; -ERESTARTSYS. If not 0,
 * nothing was published and @from is where it was. Readers asleep stay so until they are woken.
 */
int fanout_topic_publish(struct fanout_topic *topic, struct fanout_publisher *publisher,
			 const struct fanout_record *draft, struct iov_iter *from,
			 unsigned int flags);

/* Wakes readers, for all that was published. */
void fanout_topic_wake_readers(struct fanout_topic *topic);

/* Would a small record be published without waiting? */
bool fanout_topic_has_room(struct fanout_topic *topic, const struct fanout_publisher *publisher);

#endif /* FANOUT_TOPIC_H */
