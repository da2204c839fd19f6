/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A topic: the memory of one ring, its publishers and its readers.
 *
 * The ring itself is ../ring/ring.c, the same source that user space runs. The kernel adds
 * memory, turns for publishers, sleep, and a list of readers.
 *
 * Life: a device or an inode refers to its topic, and so does each open file; a mapping holds its
 * file. An inode gets another topic when its ring is replaced; open files keep the old one.
 *
 * Lock order, outermost first:
 *
 *	inode->i_rwsem			(VFS; create, unlink, rename, setattr)
 *	    fanout_topic.turn		publishing, size, retiring; all of fanout_writer
 *		fanout_topic.readers_lock	the list, and where each reader is
 *	fanout_file.reading		threads that read from one descriptor
 *	    mm->mmap_lock		(copying to user space may fault; mmap takes memory)
 *		fanout_topic.turn	(to take memory)
 *	    fanout_topic.readers_lock
 *	epoll's mutex			(callers of poll may hold locks)
 *	    fanout_topic.turn
 *
 * We take none of our locks while we hold one of these: the locks of the wait queues,
 * fanout_budget.lock (which may be taken with @turn held), inode->i_lock. Functions assert the
 * locks that they need, and a kernel with lockdep checks the order: test/kernel/run kasan.
 *
 * Nobody faults or sleeps for long with @turn held, and descriptors never share @reading. So no
 * reader and no publisher delays another one, whatever its memory is.
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
 * struct fanout_budget - limits on all topics of a file system
 * @lock:       guards the rest
 * @bytes:      memory that rings take
 * @bytes_max:  limit of @bytes
 * @topics:     number of topics, including removed ones that are still open
 * @topics_max: limit of @topics
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
 * @references: count of references to it
 * @turn:       publishers take turns with it; it is not held while one waits for readers
 * @size:       the ring's capacity, now or once it has memory; under @turn
 * @first_sequence: number of the first message
 * @budget:     the budget that pays for its memory; NULL for devices
 * @retired:    it was removed or replaced; stored under @turn
 * @pages:      header, then data
 * @n_pages:    number of @pages
 * @ring:       the header; NULL until memory is taken, constant afterwards
 * @data:       the data area, mapped twice, back to back
 * @writer:     under @turn
 * @n_publishers: stored under @turn
 * @n_writers:  descriptors that are open for writing, publishers or not
 * @exclusive:  the only publisher allowed; under @turn
 * @overruns:   total overruns of readers
 * @readers_lock: guards @readers, stores to @gate, @n_waiting
 * @readers:    list of struct fanout_subscriber
 * @gate:       no attached reader is before it, except lapsed ones; 0: a publisher must look
 * @n_waiting:  publishers that sleep for @ring's wanted
 * @poll_wanted: somebody polls until there is room
 * @readable:   queue of those that wait for records
 * @writable:   queue of those that wait for readers
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
 * @reader: the position of read(2); under fanout_file.reading
 * @slot:   the reader's own report, in a page of its own. Its process may have mapped the page and
 *          store anything there.
 * @node:   in fanout_topic.readers; it and the following members are under readers_lock
 * @about:  the kernel's own facts about it: since, pid, command
 * @lapsed: it used up a publisher's patience
 * @floor:  head at the time of the lapse. The reader has caught up once it reaches this. After
 *          that, a position before this is not believed.
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
 * @own:       the same descriptor's reading side, which it does not wait for; or NULL
 * @patience:  in nanoseconds
 * @flags:     FANOUT_PUBLISH_*
 * @published: it counts as a publisher
 * @enlisted:  it asked for terms of its own
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

/* Makes a topic without memory. NULL: there is no memory even for that. */
struct fanout_topic *fanout_topic_new(u64 size, u64 first_sequence, struct fanout_budget *budget);
struct fanout_topic *fanout_topic_get(struct fanout_topic *topic);
void fanout_topic_put(struct fanout_topic *topic);

/* Sets the capacity for which memory will be taken. -EBUSY: it was taken already; -EFBIG. */
int fanout_topic_resize(struct fanout_topic *topic, u64 size);

/* Takes the memory, unless it is there already. -ENOMEM, -ENOSPC, -EINTR. */
int fanout_topic_open(struct fanout_topic *topic);

/* A descriptor is open for writing, or no longer is. */
void fanout_topic_add_writer(struct fanout_topic *topic);
void fanout_topic_drop_writer(struct fanout_topic *topic);

/* Ends publishing for good. Readers finish the ring. */
void fanout_topic_retire(struct fanout_topic *topic);

/*
 * Makes the topic that takes this one's place, at a publisher's request. @size 0: the same size.
 * From then on nothing is published to the old one; the caller retires it once others can find
 * the new one. An error pointer: -ESTALE, -EBUSY, -ENOMEM, -EFBIG.
 */
struct fanout_topic *fanout_topic_succeed(struct fanout_topic *topic,
					  const struct fanout_publisher *publisher, u64 size);

/* readers.c: the readers and their positions. */

/* Adds a reader to a ring that has no memory yet, and so no records. */
void fanout_topic_join_early(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/*
 * Adds a reader, or moves it, so that a publisher that looks from now on sees it. 0; -EINVAL:
 * there is no such start; -EBADMSG. Under fanout_file.reading.
 */
int fanout_topic_join(struct fanout_topic *topic, struct fanout_subscriber *subscriber,
		      const struct fanout_subscribe *where);
void fanout_topic_leave(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/* Publishers wait for the reader, or no longer do. */
void fanout_topic_attach(struct fanout_topic *topic, struct fanout_subscriber *subscriber,
			 enum fanout_slot_state state);

/* Shows how far read(2) got, and wakes a publisher that waits for that. */
void fanout_topic_progress(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/* The same for a reader that wrote its slot itself. */
void fanout_topic_believe(struct fanout_topic *topic, struct fanout_subscriber *subscriber);

/* How many readers publishers wait for, except @own. */
unsigned int fanout_topic_count(struct fanout_topic *topic, const struct fanout_subscriber *own);

/* Copies at most @room slots of readers, except @own; returns how many there are. */
unsigned int fanout_topic_list(struct fanout_topic *topic, const struct fanout_subscriber *own,
			       struct fanout_slot *slots, unsigned int room);

/* Whether no reader, except @own, is in the way of moving the tail to @target. */
bool fanout_topic_way_is_free(struct fanout_topic *topic, const struct fanout_subscriber *own,
			      u64 target);

/*
 * Lapses the readers in the way: nobody waits for them until they have caught up. Returns how
 * many.
 */
unsigned int fanout_topic_lapse(struct fanout_topic *topic, const struct fanout_subscriber *own,
				u64 target);

/* A publisher is going to sleep until readers are at @wanted; or no longer sleeps. */
void fanout_topic_want(struct fanout_topic *topic, u64 wanted);
void fanout_topic_unwant(struct fanout_topic *topic);

/*
 * publish.c
 */

/* Whether this descriptor may publish now. 0, -ESTALE, -EBUSY. Under turn. */
int fanout_topic_usable(const struct fanout_topic *topic, const struct fanout_publisher *publisher);

/* Makes the descriptor a publisher, on these terms. -EBUSY, -ESTALE, -ERESTARTSYS. */
int fanout_topic_enlist(struct fanout_topic *topic, struct fanout_publisher *publisher,
			const struct fanout_publish *terms);
void fanout_topic_discharge(struct fanout_topic *topic, struct fanout_publisher *publisher);

#define FANOUT_NO_WAIT 1U /* do not wait for readers */
#define FANOUT_NO_SLEEP 2U /* do not even wait for a turn */

/*
 * Publishes one record with the length and content of @draft, and the payload from @from. 0;
 * -EAGAIN: it would have to wait, which @flags forbid; -EBUSY: another publisher has exclusive
 * use of the topic; -EFAULT; -EINVAL: the payload does not match @draft; -ESTALE: retired;
 * -ERESTARTSYS. If the result is not 0, nothing was published and @from has not moved. Does not
 * wake sleeping readers.
 */
int fanout_topic_publish(struct fanout_topic *topic, struct fanout_publisher *publisher,
			 const struct fanout_record *draft, struct iov_iter *from,
			 unsigned int flags);

/* Wakes readers, for everything published so far. */
void fanout_topic_wake_readers(struct fanout_topic *topic);

/* Whether a small record could be published without waiting. */
bool fanout_topic_has_room(struct fanout_topic *topic, const struct fanout_publisher *publisher);

#endif /* FANOUT_TOPIC_H */
