// SPDX-License-Identifier: MIT
/*
 * The subscribing end: a set of subscriptions (set.h) that is read as one stream. While hot ones
 * keep it busy, it checks now and then whether a cold one rang, so that none starves.
 */
#include "ring/subscriber.h"

#include <errno.h>
#include <stdlib.h>

#include "ring/barrier.h"
#include "ring/copy.h"
#include "ring/directory.h"
#include "ring/foreign-device.h"
#include "ring/options.h"

/* How many events pass before a busy subscriber checks whether a cold topic rang. */
enum { EVENTS_PER_LOOK = 64 };

/*
 * Opening, adding, closing.
 */

static int check_options(const struct baf_subscriber_options *options)
{
	const uint32_t known = BAF_SUBSCRIBER_OBSERVE | BAF_SUBSCRIBER_DRAIN | BAF_SUBSCRIBER_EOF;

	return options->flags & ~known || options->start > BAF_START_SINCE ||
			       foreign_framing(options->framing) < 0 || options->reserved ?
		       -EINVAL :
		       0;
}

int baf_subscriber_open(struct baf_subscriber **subscriberp, const char *directory,
			const struct baf_subscriber_options *options)
{
	struct baf_subscriber_options chosen = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber;
	int r;

	r = options_take(&chosen, sizeof(chosen), options);
	if (r == 0)
		r = check_options(&chosen);
	if (r)
		return r;
	subscriber = calloc(1, sizeof(*subscriber));
	if (!subscriber)
		return -ENOMEM;
	subscriber->set.options = chosen;
	subscriber->doorbell.fd = subscriber->set.directory = -1;
	subscriber->barrier_fails = !wait_register();
	r = process_guard_init(&subscriber->guard);
	if (r == 0)
		r = subscriber->set.directory = directory_open(directory, true);
	if (r >= 0)
		subscriber->private_directory = directory_is_private(r);
	if (r < 0) {
		baf_subscriber_close(subscriber);
		return r;
	}
	*subscriberp = subscriber;
	return 0;
}

struct baf_subscriber *baf_subscriber_close(struct baf_subscriber *subscriber)
{
	if (!subscriber)
		return NULL;
	for (size_t i = 0; i < subscriber->set.n_all; i++) {
		/* A child must not give up the slot of its parent. */
		if (!process_is_ours(&subscriber->guard))
			subscriber->set.all[i]->source.inherited = true;
		else if (subscriber->set.all[i] == subscriber->current)
			subscription_settle(subscriber->current);
	}
	/* First, so that we need not remove anything from it: a parent may go on to use it. */
	doorbell_close(&subscriber->doorbell);
	set_deinit(&subscriber->set);
	process_guard_deinit(&subscriber->guard);
	free(subscriber);
	return NULL;
}

static int add_name(struct baf_subscriber *subscriber, const char *name)
{
	struct subscription *subscription;
	int r;

	if (patterns_match(&subscriber->set.excluded, name))
		return 0;
	r = set_add(&subscriber->set, name, &subscription);
	if (r || subscription->state != SUBSCRIPTION_WAITING)
		return r;
	r = set_attach(&subscriber->set, subscription, false);
	if (r != -ENOENT || set_drains(&subscriber->set))
		return r;
	/* From here on the topic's first message counts, so there must be no gap between the look
	 * for the topic and the watch. */
	(void)subscriber_open_doorbell(subscriber);
	return 0;
}

int baf_subscriber_add(struct baf_subscriber *subscriber, const char *pattern)
{
	int r;

	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	if (!baf_pattern_valid(pattern))
		return -EINVAL;
	if (pattern_is_name(pattern))
		return add_name(subscriber, pattern);
	r = patterns_add(&subscriber->set.included, pattern);
	/* Existing topics are not new. Topics that appear between this and the watch are new; we
	 * look for them once the watch is set. */
	if (r == 0)
		r = set_scan(&subscriber->set, false);
	if (r == 0 && !set_drains(&subscriber->set))
		(void)subscriber_open_doorbell(subscriber);
	return r;
}

int baf_subscriber_exclude(struct baf_subscriber *subscriber, const char *pattern)
{
	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	if (!baf_pattern_valid(pattern))
		return -EINVAL;
	return patterns_add(&subscriber->set.excluded, pattern);
}

/*
 * Taking.
 */

/* A topic was left: the stream goes on at its successor, now or when there is one. */
static void leave(struct baf_subscriber *subscriber, struct subscription *subscription)
{
	if (set_leave(&subscriber->set, subscription) == -ENOENT)
		(void)subscriber_open_doorbell(subscriber);
}

/*
 * Checks the hot topics in turn; the first that has something becomes the current one. A record
 * is read to its end before the next topic has its turn. There is no current one before.
 */
static int take_hot(struct baf_subscriber *subscriber, bool batch, struct baf_event *event)
{
	struct set *set = &subscriber->set;

	for (size_t asked = 0; asked < set->n_hot; asked++) {
		struct subscription *subscription;

		if (set->turn >= set->n_hot)
			set->turn = 0;
		subscription = set->hot[set->turn];
		if (subscription_next(subscription, batch, event))
			subscriber->current = subscription;
		if (subscription->counted && subscription->state != SUBSCRIPTION_ATTACHED)
			leave(subscriber, subscription);
		if (!subscriber->current || !subscription->hand.messages)
			set->turn++;
		if (subscriber->current) {
			subscriber->events++;
			return 1;
		}
	}
	return 0;
}

static int take(struct baf_subscriber *subscriber, bool batch, struct baf_event *event)
{
	if (subscriber->events >= EVENTS_PER_LOOK)
		subscriber_hear(subscriber);
	if (take_hot(subscriber, batch, event))
		return 1;
	if (subscriber->set.n_hot >= subscriber->set.n_all)
		return 0;
	subscriber_hear(subscriber);
	return take_hot(subscriber, batch, event);
}

/* The same single topic again: the quick paths will do. */
static bool single_is_busy(const struct baf_subscriber *subscriber)
{
	return subscriber->current && subscriber->set.n_hot == 1 &&
	       subscriber->events < EVENTS_PER_LOOK;
}

static int take_view(struct baf_subscriber *subscriber, bool batch, struct baf_event *event)
{
	struct subscription *current = subscriber->current;

	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	if (single_is_busy(subscriber) && !current->hand.messages &&
	    subscription_next_quick(current, event)) {
		subscriber->events++;
		return 1;
	}
	if (current)
		subscription_settle(current);
	subscriber->current = NULL;
	return take(subscriber, batch, event);
}

int baf_subscriber_next(struct baf_subscriber *subscriber, struct baf_event *event)
{
	return take_view(subscriber, false, event);
}

int baf_subscriber_next_batch(struct baf_subscriber *subscriber, struct baf_event *event)
{
	return take_view(subscriber, true, event);
}

int baf_subscriber_intact(struct baf_subscriber *subscriber)
{
	if (!process_is_ours(&subscriber->guard))
		return 0;
	return subscriber->current && subscription_intact(subscriber->current);
}

/* How many views may be overwritten before they could be copied, in one call. */
enum { READ_ATTEMPTS = 100 };

static int read_copy(struct baf_subscriber *subscriber, bool batch, void *buffer, size_t size,
		     struct baf_event *event)
{
	for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		int r = take_view(subscriber, batch, event);

		if (r != 1 || event->type != BAF_EVENT_MESSAGES)
			return r;
		if (event->size <= size)
			copy_from_ring(buffer, event->data, event->size);
		if (!subscription_intact(subscriber->current))
			continue;
		event->data = buffer;
		if (event->size <= size)
			return 1;
		subscription_take_back(subscriber->current);
		return -EMSGSIZE;
	}
	return 0;
}

int baf_subscriber_read(struct baf_subscriber *subscriber, void *buffer, size_t size,
			struct baf_event *event)
{
	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	if (single_is_busy(subscriber) &&
	    subscription_read_quick(subscriber->current, buffer, size, event)) {
		subscriber->events++;
		return 1;
	}
	return read_copy(subscriber, false, buffer, size, event);
}

int baf_subscriber_read_batch(struct baf_subscriber *subscriber, void *buffer, size_t size,
			      struct baf_event *event)
{
	return read_copy(subscriber, true, buffer, size, event);
}

/*
 * The end.
 */

/* Whether this topic keeps the set from ending. */
static bool goes_on(const struct baf_subscriber *subscriber,
		    const struct subscription *subscription)
{
	switch (subscription->state) {
	case SUBSCRIPTION_FINISHED:
		return false;
	case SUBSCRIPTION_FAILED:
		return subscription->reason;
	case SUBSCRIPTION_WAITING:
		if (set_drains(&subscriber->set))
			return false;
		return !(subscriber->set.options.flags & BAF_SUBSCRIBER_EOF) || !subscription->seen;
	case SUBSCRIPTION_ATTACHED:
		break;
	}
	if (!(subscriber->set.options.flags & BAF_SUBSCRIBER_EOF))
		return true;
	/* In this order: messages that it published before it left count. */
	return source_has_publisher(&subscription->source) || subscription_ready(subscription);
}

int baf_subscriber_ended(struct baf_subscriber *subscriber)
{
	bool ends = subscriber->set.options.flags & (BAF_SUBSCRIBER_EOF | BAF_SUBSCRIBER_DRAIN);
	bool seen = set_drains(&subscriber->set);

	if (!process_is_ours(&subscriber->guard))
		return 1;
	if (subscriber->current && subscriber->current->hand.size)
		return 0;
	if (!ends && (subscriber->set.included.n || subscriber->set.n_attached))
		return 0;
	for (size_t i = 0; i < subscriber->set.n_all; i++) {
		if (goes_on(subscriber, subscriber->set.all[i]))
			return 0;
		seen |= subscriber->set.all[i]->seen;
	}
	/* With patterns, the stream begins with the first topic. */
	return seen || !subscriber->set.included.n;
}

/*
 * The rest.
 */

int baf_subscriber_get_counters(struct baf_subscriber *subscriber,
				struct baf_subscriber_counters *counters)
{
	struct baf_subscriber_counters sum = { 0 };

	for (size_t i = 0; i < subscriber->set.n_all; i++) {
		const struct subscription *subscription = subscriber->set.all[i];

		sum.messages += subscription->totals.messages;
		sum.bytes += subscription->totals.bytes;
		sum.lost += subscription->totals.lost;
		if (subscription->state != SUBSCRIPTION_ATTACHED)
			continue;
		sum.topics++;
		sum.unattended += !subscription->source.slot;
		sum.lag += fanout_load(&subscription->source.map.ring->head) -
			   subscription->reader.position;
	}
	return options_give(counters, &sum, sizeof(sum));
}

int baf_subscriber_handle_sigbus(struct baf_subscriber *subscriber, const void *address)
{
	for (size_t i = 0; subscriber && i < subscriber->set.n_all; i++)
		if (source_handle_sigbus(&subscriber->set.all[i]->source, address)) {
			subscriber->roster_damaged |= subscriber->set.all[i]->source.roster_damaged;
			return 1;
		}
	return 0;
}
