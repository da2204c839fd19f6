// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The readers of a topic: where each one is, and which of them publishers wait for.
 *
 * Joining, leaving, and publishers that have to look use the list and its spinlock. A reader that
 * reads takes no lock: it stores its position, and publishers find it there.
 *
 * A look takes time that grows with the number of readers. So its result is kept (the gate).
 * Positions only grow, so there is nobody to look for until the tail must go past the gate,
 * except a reader that joined or caught up meanwhile. Such a reader sets the gate to 0. Claim and
 * gate are a publisher's and a reader's half of one argument:
 *
 *	publisher: claim; full barrier; gate, or the list
 *	reader:    list and gate; full barrier; claim
 *
 * One of the two sees the other. A reader that finds the claim ahead of it moves up.
 */
#include <linux/poll.h>

#include "topic.h"

static bool is_attached(const struct fanout_subscriber *subscriber)
{
	return fanout_load(&subscriber->slot->state) == FANOUT_SLOT_ATTACHED;
}

/* A reader's position, within the bounds in which we can believe it. */
static u64 position_of(const struct fanout_topic *topic,
		       const struct fanout_subscriber *subscriber)
{
	/*
	 * The reader's loads from the ring before it moved on, before we overwrite it: pairs with
	 * the release in fanout_topic_progress(), or in user space.
	 */
	u64 position = fanout_load_acquire(&subscriber->slot->position);

	lockdep_assert_held(&topic->readers_lock);
	if (!topic->ring)
		return 0;
	return clamp(position, subscriber->floor, fanout_load(&topic->ring->head));
}

static void forget_gate(struct fanout_topic *topic)
{
	lockdep_assert_held(&topic->readers_lock);
	WRITE_ONCE(topic->gate, 0);
}

static void wake_publishers(struct fanout_topic *topic)
{
	if (wq_has_sleeper(&topic->writable))
		wake_up_interruptible_poll(&topic->writable, EPOLLOUT | EPOLLWRNORM);
}

void fanout_topic_attach(struct fanout_topic *topic, struct fanout_subscriber *subscriber,
			 enum fanout_slot_state state)
{
	spin_lock(&topic->readers_lock);
	fanout_store(&subscriber->slot->state, state);
	forget_gate(topic);
	spin_unlock(&topic->readers_lock);
	wake_publishers(topic);
}

static int seek(struct fanout_reader *reader, const struct fanout_subscribe *where)
{
	u64 first;

	switch (where->start) {
	case FANOUT_START_NEWEST:
		return fanout_reader_seek_newest(reader);
	case FANOUT_START_OLDEST:
		return fanout_reader_seek_oldest(reader);
	case FANOUT_START_LAST:
		return fanout_reader_seek_last(reader, where->value, &first);
	case FANOUT_START_SINCE:
		return fanout_reader_seek_since(reader, where->value);
	}
	return -EINVAL;
}

static void enter(struct fanout_topic *topic, struct fanout_subscriber *subscriber, u64 position)
{
	spin_lock(&topic->readers_lock);
	fanout_store_release(&subscriber->slot->position, position);
	if (list_empty(&subscriber->node))
		list_add_tail(&subscriber->node, &topic->readers);
	forget_gate(topic);
	spin_unlock(&topic->readers_lock);
	/* List and gate, before the claim: pairs with the barrier in fanout_writer_claim(). */
	smp_mb();
}

void fanout_topic_join_early(struct fanout_topic *topic, struct fanout_subscriber *subscriber)
{
	enter(topic, subscriber, 0);
	wake_publishers(topic);
}

int fanout_topic_join(struct fanout_topic *topic, struct fanout_subscriber *subscriber,
		      const struct fanout_subscribe *where)
{
	struct fanout_reader *reader = &subscriber->reader;
	struct fanout_reader before = *reader;
	int r = seek(reader, where);

	while (r == 0) {
		enter(topic, subscriber, reader->position);
		if (fanout_load(&topic->ring->claim) <= reader->position)
			break;
		r = fanout_reader_seek_oldest(reader);
		cond_resched();
	}
	if (r)
		*reader = before;
	wake_publishers(topic);
	return r;
}

void fanout_topic_leave(struct fanout_topic *topic, struct fanout_subscriber *subscriber)
{
	spin_lock(&topic->readers_lock);
	list_del_init(&subscriber->node);
	spin_unlock(&topic->readers_lock);
	wake_publishers(topic);
}

/* A lapsed reader that has read everything up to its floor is waited for again. */
static void catch_up(struct fanout_topic *topic, struct fanout_subscriber *subscriber)
{
	lockdep_assert_held(&topic->readers_lock);
	WRITE_ONCE(subscriber->lapsed, false);
	fanout_store(&subscriber->slot->lapsed, 0);
	forget_gate(topic);
}

/* The reader has moved: wake a publisher that waits for that. */
static void wake_who_wants(struct fanout_topic *topic, u64 position)
{
	u64 wanted;

	/*
	 * The position, before the look at who waits for it: pairs with the barriers in
	 * fanout_topic_want() and fanout_topic_has_room().
	 */
	smp_mb();
	wanted = fanout_load(&topic->ring->wanted);
	if (!(wanted && position >= wanted) && !READ_ONCE(topic->poll_wanted))
		return;
	WRITE_ONCE(topic->poll_wanted, false);
	wake_up_interruptible_poll(&topic->writable, EPOLLOUT | EPOLLWRNORM);
}

void fanout_topic_progress(struct fanout_topic *topic, struct fanout_subscriber *subscriber)
{
	u64 position = subscriber->reader.position;

	/* We are done with what lies before: pairs with the acquire in position_of(). */
	fanout_store_release(&subscriber->slot->position, position);
	if (READ_ONCE(subscriber->lapsed) && position == fanout_load(&topic->ring->head)) {
		spin_lock(&topic->readers_lock);
		catch_up(topic, subscriber);
		spin_unlock(&topic->readers_lock);
	}
	wake_who_wants(topic, position);
}

void fanout_topic_believe(struct fanout_topic *topic, struct fanout_subscriber *subscriber)
{
	u64 position = fanout_load(&subscriber->slot->position);

	spin_lock(&topic->readers_lock);
	if (subscriber->lapsed && !fanout_load(&subscriber->slot->lapsed) &&
	    position >= subscriber->floor)
		catch_up(topic, subscriber);
	forget_gate(topic);
	spin_unlock(&topic->readers_lock);
	wake_who_wants(topic, position);
}

unsigned int fanout_topic_count(struct fanout_topic *topic, const struct fanout_subscriber *own)
{
	struct fanout_subscriber *subscriber;
	unsigned int n = 0;

	spin_lock(&topic->readers_lock);
	list_for_each_entry(subscriber, &topic->readers, node)
		n += subscriber != own && is_attached(subscriber);
	spin_unlock(&topic->readers_lock);
	return n;
}

static void describe(const struct fanout_topic *topic, const struct fanout_subscriber *subscriber,
		     struct fanout_slot *slot)
{
	*slot = subscriber->about;
	slot->position = position_of(topic, subscriber);
	slot->lapsed = subscriber->lapsed;
	slot->state = is_attached(subscriber) ? FANOUT_SLOT_ATTACHED : FANOUT_SLOT_OBSERVING;
	slot->lost = fanout_load(&subscriber->slot->lost);
	slot->received = fanout_load(&subscriber->slot->received);
}

unsigned int fanout_topic_list(struct fanout_topic *topic, const struct fanout_subscriber *own,
			       struct fanout_slot *slots, unsigned int room)
{
	struct fanout_subscriber *subscriber;
	unsigned int n = 0;

	spin_lock(&topic->readers_lock);
	list_for_each_entry(subscriber, &topic->readers, node) {
		if (subscriber == own)
			continue;
		if (n < room)
			describe(topic, subscriber, &slots[n]);
		n++;
	}
	spin_unlock(&topic->readers_lock);
	return n;
}

/*
 * The publisher's side.
 */

static bool holds_up(const struct fanout_subscriber *subscriber)
{
	return is_attached(subscriber) && !subscriber->lapsed;
}

static u64 look(struct fanout_topic *topic, const struct fanout_subscriber *own)
{
	struct fanout_subscriber *subscriber;
	u64 gate = U64_MAX, others = U64_MAX;

	spin_lock(&topic->readers_lock);
	list_for_each_entry(subscriber, &topic->readers, node) {
		u64 position = position_of(topic, subscriber);

		if (!holds_up(subscriber))
			continue;
		gate = min(gate, position);
		if (subscriber != own)
			others = min(others, position);
	}
	WRITE_ONCE(topic->gate, gate);
	spin_unlock(&topic->readers_lock);
	return others;
}

bool fanout_topic_way_is_free(struct fanout_topic *topic, const struct fanout_subscriber *own,
			      u64 target)
{
	return READ_ONCE(topic->gate) >= target || look(topic, own) >= target;
}

unsigned int fanout_topic_lapse(struct fanout_topic *topic, const struct fanout_subscriber *own,
				u64 target)
{
	struct fanout_subscriber *subscriber;
	unsigned int n = 0;

	spin_lock(&topic->readers_lock);
	list_for_each_entry(subscriber, &topic->readers, node) {
		if (subscriber == own || !holds_up(subscriber) ||
		    position_of(topic, subscriber) >= target)
			continue;
		subscriber->floor = fanout_load(&topic->ring->head);
		WRITE_ONCE(subscriber->lapsed, true);
		fanout_store(&subscriber->slot->lapsed, 1);
		n++;
	}
	spin_unlock(&topic->readers_lock);
	return n;
}

void fanout_topic_want(struct fanout_topic *topic, u64 wanted)
{
	struct fanout_ring *ring = topic->ring;

	spin_lock(&topic->readers_lock);
	if (!topic->n_waiting++ || wanted < ring->wanted)
		fanout_store(&ring->wanted, wanted);
	spin_unlock(&topic->readers_lock);
	/*
	 * What we want, before the look at positions: pairs with the barrier in
	 * fanout_topic_progress().
	 */
	smp_mb();
}

void fanout_topic_unwant(struct fanout_topic *topic)
{
	spin_lock(&topic->readers_lock);
	if (!--topic->n_waiting)
		fanout_store(&topic->ring->wanted, 0);
	spin_unlock(&topic->readers_lock);
}
