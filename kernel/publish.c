// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Publishing: a turn, room, the payload, the commit.
 *
 * The payload goes from the writer's memory straight to its place in the ring, with page faults
 * disabled. Memory that must be fetched first, from a disk or from a process that handles faults
 * in user space, is fetched without the turn; then everything is done again. A record exists only
 * from the commit on, so a publisher that is killed or fails before it has published nothing.
 *
 * Room: the tail moves past old records. A publisher with patience first waits until no attached
 * reader needs them. While it sleeps others have their turn. So when it wakes, it checks again
 * which readers it has to wait for.
 */
#include <linux/ktime.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "topic.h"
#include "trace.h"

/*
 * While a publisher sleeps until a quarter of the ring is free, it checks now and then whether it
 * already has the room that it needs.
 */
#define NAP_FIRST (NSEC_PER_MSEC)
#define NAP_LAST (NSEC_PER_SEC)

/*
 * Turns.
 */

int fanout_topic_usable(const struct fanout_topic *topic, const struct fanout_publisher *publisher)
{
	lockdep_assert_held(&topic->turn);
	if (topic->retired)
		return -ESTALE;
	return topic->exclusive && topic->exclusive != publisher ? -EBUSY : 0;
}

static int lock_turn(struct fanout_topic *topic, unsigned int flags)
{
	if (flags & FANOUT_NO_SLEEP)
		return mutex_trylock(&topic->turn) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(&topic->turn) ? -ERESTARTSYS : 0;
}

static void count_publisher(struct fanout_topic *topic, struct fanout_publisher *publisher)
{
	lockdep_assert_held(&topic->turn);
	if (publisher->published)
		return;
	WRITE_ONCE(topic->n_publishers, topic->n_publishers + 1);
	publisher->published = true;
}

/* For people to read: who publishes. */
static void sign(struct fanout_topic *topic, struct fanout_publisher *publisher)
{
	struct fanout_ring *ring = topic->ring;

	count_publisher(topic, publisher);
	fanout_store(&ring->patience, publisher->patience);
	fanout_store(&ring->publisher_pid, task_tgid_vnr(current));
	fanout_store(&ring->publisher_since, ktime_get_real_ns());
	get_task_comm(ring->publisher_command, current);
}

int fanout_topic_enlist(struct fanout_topic *topic, struct fanout_publisher *publisher,
			const struct fanout_publish *terms)
{
	bool exclusive = terms->flags & FANOUT_PUBLISH_EXCLUSIVE;
	int r = lock_turn(topic, 0);

	if (r)
		return r;
	r = fanout_topic_usable(topic, publisher);
	if (r == 0 && exclusive && topic->n_publishers > publisher->published)
		r = -EBUSY;
	if (r == 0) {
		/* Threads that share the descriptor read these without the turn. */
		WRITE_ONCE(publisher->patience, terms->patience);
		WRITE_ONCE(publisher->flags, terms->flags);
		WRITE_ONCE(publisher->enlisted, true);
		topic->exclusive = exclusive ? publisher : NULL;
		sign(topic, publisher);
	}
	mutex_unlock(&topic->turn);
	return r;
}

void fanout_topic_discharge(struct fanout_topic *topic, struct fanout_publisher *publisher)
{
	if (!publisher->published)
		return;
	mutex_lock(&topic->turn);
	publisher->published = false;
	if (topic->exclusive == publisher)
		topic->exclusive = NULL;
	WRITE_ONCE(topic->n_publishers, topic->n_publishers - 1);
	if (!topic->n_publishers)
		fanout_store(&topic->ring->publisher_pid, 0);
	mutex_unlock(&topic->turn);
	/* A reader may be waiting for the last publisher to leave. */
	wake_up_interruptible_poll(&topic->readable, EPOLLRDHUP);
}

void fanout_topic_wake_readers(struct fanout_topic *topic)
{
	/* The barrier in there stands between head and the look at who sleeps. */
	if (wq_has_sleeper(&topic->readable))
		wake_up_interruptible_poll(&topic->readable, EPOLLIN | EPOLLRDNORM);
}

/*
 * Room.
 */

static u64 deadline_of(u64 patience)
{
	u64 now = ktime_get_ns();

	return patience > KTIME_MAX - now ? KTIME_MAX : now + patience;
}

static u64 time_left(u64 deadline)
{
	u64 now = ktime_get_ns();

	if (deadline == KTIME_MAX)
		return KTIME_MAX;
	return deadline > now ? deadline - now : 0;
}

/* Sleeps until the way is free or the topic retires, at most @timeout. Without the turn. */
static int sleep_for_room(struct fanout_topic *topic, const struct fanout_subscriber *own,
			  u64 target, u64 wanted, ktime_t timeout)
{
	int r;

	fanout_topic_want(topic, wanted);
	r = wait_event_interruptible_hrtimeout(topic->writable, READ_ONCE(topic->retired) ||
					       fanout_topic_way_is_free(topic, own, target),
					       timeout);
	fanout_topic_unwant(topic);
	return r == -ERESTARTSYS ? r : 0;
}

/*
 * Gives up the turn, sleeps, and takes it again. If the result is not 0, we do not have the turn.
 */
static int wait_for_room(struct fanout_topic *topic, const struct fanout_publisher *publisher,
			 u64 target, u64 timeout)
{
	/* A sleeper waits for more than one step, so that it wakes less often. */
	u64 wanted = min(target + topic->size / 4, topic->writer.head);
	int r;

	lockdep_assert_held(&topic->turn);
	mutex_unlock(&topic->turn);
	r = sleep_for_room(topic, publisher->own, target, wanted, ns_to_ktime(timeout));
	return r ? r : lock_turn(topic, 0);
}

/* Moves the tail. True; false: somebody is in the way. */
static bool make_room(struct fanout_topic *topic, const struct fanout_publisher *publisher,
		      u64 target)
{
	struct fanout_writer *writer = &topic->writer;

	lockdep_assert_held(&topic->turn);
	if (target == writer->tail)
		return true;
	fanout_writer_claim(writer, target);
	if (publisher->patience && !fanout_topic_way_is_free(topic, publisher->own, target))
		return false;
	fanout_writer_advance(writer, target);
	return true;
}

static void count_wait(struct fanout_topic *topic, u64 start, unsigned int lapses)
{
	struct fanout_ring *ring = topic->ring;

	lockdep_assert_held(&topic->turn);
	fanout_store(&ring->waits, ring->waits + 1);
	fanout_store(&ring->waited, ring->waited + ktime_get_ns() - start);
	fanout_store(&ring->lapses, ring->lapses + lapses);
}

/* Makes room within the patience. If the result is not 0, we do not have the turn. */
static int make_room_patiently(struct fanout_topic *topic,
			       const struct fanout_publisher *publisher, u32 length)
{
	u64 start = ktime_get_ns(), deadline = deadline_of(publisher->patience);
	u64 nap = NAP_FIRST, left, target;
	unsigned int lapses = 0;
	int r;

	/* The readers that it is going to wait for. */
	fanout_topic_wake_readers(topic);
	for (;;) {
		target = fanout_writer_target(&topic->writer, length);
		if (make_room(topic, publisher, target))
			break;
		left = time_left(deadline);
		if (!left) {
			lapses += fanout_topic_lapse(topic, publisher->own, target);
			continue;
		}
		r = wait_for_room(topic, publisher, target, min(left, nap));
		if (r)
			return r;
		nap = min_t(u64, nap * 2, NAP_LAST);
		r = fanout_topic_usable(topic, publisher);
		if (r) {
			mutex_unlock(&topic->turn);
			return r;
		}
	}
	count_wait(topic, start, lapses);
	return 0;
}

/* Takes a turn, with room for the record. If the result is not 0, we do not have the turn. */
static int take_turn(struct fanout_topic *topic, struct fanout_publisher *publisher, u32 length,
		     unsigned int flags)
{
	int r = lock_turn(topic, flags);

	if (r)
		return r;
	r = fanout_topic_usable(topic, publisher);
	if (r == 0 && !make_room(topic, publisher, fanout_writer_target(&topic->writer, length))) {
		if (!flags)
			return make_room_patiently(topic, publisher, length);
		r = -EAGAIN;
	}
	if (r)
		mutex_unlock(&topic->turn);
	return r;
}

/*
 * The record.
 */

/* -EFAULT: some of it must be fetched first. */
static int copy_payload(void *payload, size_t length, struct iov_iter *from)
{
	size_t done = 0;

	while (done < length) {
		size_t n = min_t(size_t, length - done, SZ_1M), copied;

		pagefault_disable();
		copied = copy_from_iter(payload + done, n, from);
		pagefault_enable();
		done += copied;
		if (copied < n) {
			iov_iter_revert(from, done);
			return -EFAULT;
		}
		cond_resched();
	}
	return 0;
}

/* Bytes of the payload that are in messages, as far as that shows without reading them. */
static u64 message_bytes(const struct fanout_record *draft)
{
	u64 messages = fanout_content_messages(draft->content);

	switch (fanout_content_framing(draft->content)) {
	case FANOUT_FRAMING_ONE:
		return draft->length;
	case FANOUT_FRAMING_LENGTH:
		return draft->length - messages * FANOUT_LENGTH_PREFIX;
	default:
		return draft->length - messages;
	}
}

/* Whether each message ends in its delimiter, including the last. */
static bool ends_well(const struct fanout_record *draft, const char *payload)
{
	switch (fanout_content_framing(draft->content)) {
	case FANOUT_FRAMING_LINE:
		return payload[draft->length - 1] == '\n';
	case FANOUT_FRAMING_NUL:
		return payload[draft->length - 1] == '\0';
	default:
		return true;
	}
}

static int write_record(struct fanout_topic *topic, struct fanout_publisher *publisher,
			const struct fanout_record *draft, struct iov_iter *from)
{
	struct fanout_writer *writer = &topic->writer;
	void *payload = fanout_writer_payload(writer);
	int r = copy_payload(payload, draft->length, from);

	lockdep_assert_held(&topic->turn);
	if (r)
		return r;
	if (!ends_well(draft, payload)) {
		iov_iter_revert(from, draft->length);
		return -EINVAL;
	}
	count_publisher(topic, publisher);
	trace_fanout_publish(topic->ring, writer, draft);
	fanout_writer_commit(writer, draft->length, draft->content, message_bytes(draft),
			     ktime_get_real_ns());
	return 0;
}

int fanout_topic_publish(struct fanout_topic *topic, struct fanout_publisher *publisher,
			 const struct fanout_record *draft, struct iov_iter *from,
			 unsigned int flags)
{
	int r;

	for (;;) {
		r = take_turn(topic, publisher, draft->length, flags);
		if (r)
			return r;
		r = write_record(topic, publisher, draft, from);
		mutex_unlock(&topic->turn);
		if (r != -EFAULT)
			break;
		/* This may take any time, and perhaps nobody was told of the last record. */
		fanout_topic_wake_readers(topic);
		if (fault_in_iov_iter_readable(from, draft->length))
			return -EFAULT;
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
	return r;
}

bool fanout_topic_has_room(struct fanout_topic *topic, const struct fanout_publisher *publisher)
{
	u64 target;

	/* Pairs with the release in topic.c: writer. */
	if (!smp_load_acquire(&topic->ring) || !READ_ONCE(publisher->patience))
		return true;
	mutex_lock(&topic->turn);
	target = fanout_writer_target(&topic->writer, 1);
	if (target == topic->writer.tail) {
		mutex_unlock(&topic->turn);
		return true;
	}
	fanout_writer_claim(&topic->writer, target);
	mutex_unlock(&topic->turn);
	WRITE_ONCE(topic->poll_wanted, true);
	/* poll_wanted, before the positions: pairs with the barrier in fanout_topic_progress(). */
	smp_mb();
	return fanout_topic_way_is_free(topic, publisher->own, target);
}
