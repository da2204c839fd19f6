// SPDX-License-Identifier: MIT
/*
 * How a subscriber sleeps, and what wakes it.
 *
 * There are two ways to sleep. A futex on the ring wakes fastest, but it serves one topic and
 * nothing else. The doorbell (doorbell.h) serves any number of topics, topics that do not exist
 * yet, and event loops. A sleeper asks publishers for one or the other by different bits.
 */
#include <errno.h>

#include "ring/barrier.h"
#include "ring/subscriber.h"

#define SECOND UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

/*
 * A publisher's last close is reported just before its lock is gone; look again this many times.
 */
enum { LOOKS_AT_CLOSING = 10 };

/*
 * Hearing the doorbell.
 */

int subscriber_open_doorbell(struct baf_subscriber *subscriber)
{
	int r;

	if (subscriber->doorbell.fd >= 0)
		return 0;
	r = doorbell_open(&subscriber->doorbell, subscriber->set.directory);
	subscriber->doorbell_fails = r;
	if (r)
		return r;
	/* Finds topics that came before the watch. */
	if (set_waits_for_topics(&subscriber->set))
		(void)set_scan(&subscriber->set, true);
	return 0;
}

static void hear_of(struct baf_subscriber *subscriber, struct subscription *subscription)
{
	subscription->source.asleep = 0;
	set_heat(&subscriber->set, subscription);
}

static void hear_event(struct baf_subscriber *subscriber, const struct doorbell_event *event)
{
	switch (event->type) {
	case DOORBELL_OVERFLOW:
		for (size_t i = 0; i < subscriber->set.n_all; i++)
			hear_of(subscriber, subscriber->set.all[i]);
		(void)set_scan(&subscriber->set, true);
		break;
	case DOORBELL_APPEARED:
		set_appear(&subscriber->set, event->name);
		break;
	case DOORBELL_CLOSED:
		if (subscriber->set.options.flags & BAF_SUBSCRIBER_EOF)
			subscriber->closing = LOOKS_AT_CLOSING;
		hear_of(subscriber, event->data);
		break;
	case DOORBELL_RANG:
		hear_of(subscriber, event->data);
		break;
	}
}

/* Hears topics whose descriptor is ready. If there are more, the doorbell stays readable. */
static void hear_descriptors(struct baf_subscriber *subscriber)
{
	void *ready[64];
	int n = doorbell_ready(&subscriber->doorbell, ready, 64);

	for (int i = 0; i < n; i++)
		set_heat(&subscriber->set, ready[i]);
}

void subscriber_hear(struct baf_subscriber *subscriber)
{
	struct doorbell_event event;

	subscriber->events = 0;
	while (doorbell_next(&subscriber->doorbell, &event))
		hear_event(subscriber, &event);
	hear_descriptors(subscriber);
}

/* Preparing to sleep. */

/* We cannot ask publishers to wake us, or cannot rely on it. */
static bool must_nap(const struct baf_subscriber *subscriber)
{
	return subscriber->barrier_fails || subscriber->set.n_unattended || subscriber->deaf ||
	       subscriber->roster_damaged;
}

uint64_t baf_subscriber_get_sleep(const struct baf_subscriber *subscriber)
{
	if (subscriber->closing)
		return MILLISECOND << (LOOKS_AT_CLOSING - subscriber->closing) / 2;
	if (must_nap(subscriber))
		return NAP_NANOSECONDS;
	/* Others could silence us; a publisher may die before it rings, unnoticed; or we wait for
	 * a publisher's lock to go, which nothing announces. */
	if ((subscriber->set.n_exposed && !subscriber->private_directory) ||
	    subscriber->doorbell_fails ||
	    (subscriber->set.options.flags & BAF_SUBSCRIBER_EOF &&
	     subscriber->set.n_announcing < subscriber->set.n_attached))
		return SECOND;
	return BAF_INFINITE;
}

/* Before each sleep: if wake-ups are not certain, check everything. */
static void look_around(struct baf_subscriber *subscriber)
{
	if (baf_subscriber_get_sleep(subscriber) == BAF_INFINITE)
		return;
	set_heat_all(&subscriber->set);
	if (subscriber->doorbell_fails && set_waits_for_topics(&subscriber->set))
		(void)set_scan(&subscriber->set, true);
	if (subscriber->closing)
		subscriber->closing--;
}

/*
 * Asks all hot topics to ring. 0 or a negative errno.
 */
static int ask_for_wakeups(struct baf_subscriber *subscriber)
{
	subscriber->deaf = false;
	for (size_t i = 0; i < subscriber->set.n_hot; i++) {
		struct subscription *subscription = subscriber->set.hot[i];
		struct source *source = &subscription->source;
		int r;

		if (subscription->state != SUBSCRIPTION_ATTACHED)
			continue;
		r = source->transport->arm(source, &subscriber->doorbell, subscription);
		if (r < 0 && r != -ENOENT)
			return r;
		subscriber->deaf |= r == -ENOENT;
		/* Before the watch was set, somebody may have put another file there by hand. */
		if (r == 1)
			subscription->superseded = source_is_superseded(source);
	}
	if (subscriber->set.n_requests && !wait_barrier())
		subscriber->barrier_fails = true;
	return 0;
}

int baf_subscriber_fd(struct baf_subscriber *subscriber)
{
	int r;

	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	r = subscriber_open_doorbell(subscriber);
	return r ? r : subscriber->doorbell.epoll;
}

static void settle(struct baf_subscriber *subscriber)
{
	if (subscriber->current)
		subscription_settle(subscriber->current);
	subscriber->current = NULL;
}

int baf_subscriber_arm(struct baf_subscriber *subscriber)
{
	int r = baf_subscriber_fd(subscriber);

	if (r < 0)
		return r;
	settle(subscriber);
	subscriber_hear(subscriber);
	look_around(subscriber);
	r = ask_for_wakeups(subscriber);
	if (r)
		return r;
	if (set_ready(&subscriber->set) || baf_subscriber_ended(subscriber))
		return 1;
	set_cool_all(&subscriber->set);
	return 0;
}

/*
 * Sleeping.
 */

/* Whether a futex is enough to sleep on, for the set as it is now. */
static bool futex_serves(const struct baf_subscriber *subscriber)
{
	return subscriber->set.n_all == 1 && subscriber->set.n_attached == 1 &&
	       subscriber->set.n_requests == 1 && !set_waits_for_topics(&subscriber->set) &&
	       !(subscriber->set.options.flags & BAF_SUBSCRIBER_EOF);
}

static int sleep_on_futex(struct baf_subscriber *subscriber, uint64_t timeout)
{
	struct subscription *subscription = subscriber->set.all[0];
	const uint32_t *wakeups = &subscription->source.map.ring->wakeups;
	uint32_t value = fanout_load_acquire(wakeups);
	int r = 0;

	set_heat(&subscriber->set, subscription);
	subscription->source.transport->request(&subscription->source, FANOUT_ATTENTION_FUTEX);
	if (!wait_barrier())
		subscriber->barrier_fails = true;
	if (!set_ready(&subscriber->set))
		r = wait_futex(wakeups, value, timeout);
	/* The publisher that woke us cleared it. */
	subscription->source.asleep &= ~FANOUT_ATTENTION_FUTEX;
	return r;
}

static int sleep_on_doorbell(struct baf_subscriber *subscriber, uint64_t timeout)
{
	int r = wait_poll(subscriber->doorbell.epoll, timeout);

	if (r < 0)
		return r;
	subscriber_hear(subscriber);
	return r ? 0 : -ETIMEDOUT;
}

/* Neither a futex nor a doorbell works here, so poll. */
static int nap(struct baf_subscriber *subscriber, uint64_t timeout)
{
	int r = wait_nap(timeout);

	set_heat_all(&subscriber->set);
	if (set_waits_for_topics(&subscriber->set))
		(void)set_scan(&subscriber->set, true);
	return r;
}

/*
 * First a futex for a while, since the next message often comes soon; then the doorbell, which
 * reports more than messages.
 */
#define FUTEX_WHILE (50 * MILLISECOND)

static int sleep_once(struct baf_subscriber *subscriber, uint64_t timeout, bool soon)
{
	uint64_t most = baf_subscriber_get_sleep(subscriber);
	int r;

	look_around(subscriber);
	if (set_ready(&subscriber->set))
		return 0;
	if (timeout > most)
		timeout = most;
	if (futex_serves(subscriber) && (soon || subscriber->doorbell_fails))
		return sleep_on_futex(subscriber,
				      timeout < FUTEX_WHILE || !soon ? timeout : FUTEX_WHILE);
	r = baf_subscriber_arm(subscriber);
	if (r == 0)
		return sleep_on_doorbell(subscriber, timeout);
	return r > 0 ? 0 : nap(subscriber, timeout);
}

int baf_subscriber_wait(struct baf_subscriber *subscriber, uint64_t timeout)
{
	uint64_t deadline = wait_deadline(timeout), left;
	bool soon = true;

	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	settle(subscriber);
	subscriber_hear(subscriber);
	wait_spin_start(&subscriber->spin);
	do {
		if (set_ready(&subscriber->set))
			return 1;
	} while (wait_spin(&subscriber->spin));
	for (;;) {
		int r;

		if (baf_subscriber_ended(subscriber))
			return 1;
		left = wait_left(deadline);
		if (left == 0) {
			subscriber_hear(subscriber);
			return set_ready(&subscriber->set);
		}
		r = sleep_once(subscriber, left, soon);
		soon = false;
		if (r == -EINTR)
			return r;
		if (set_ready(&subscriber->set))
			return 1;
	}
}
