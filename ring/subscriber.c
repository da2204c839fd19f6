// SPDX-License-Identifier: MIT
/*
 * The subscribing end: a set of subscriptions that is read as one stream.
 *
 * A set may hold ten thousand topics of which three are busy, so it looks only at those that
 * are hot: all others have been asked to ring if something happens. A topic becomes cold when
 * the set goes to sleep and it has nothing to tell; it becomes hot when its doorbell rings.
 * While the hot ones keep the set busy it looks for rings now and then, so that nobody starves.
 *
 * There are two ways to sleep. A futex on the ring is the fastest to be woken from, but it
 * serves one topic and nothing else. The doorbell (doorbell.h) serves any number of topics, topics
 * that do not exist yet, and event loops. Which one a sleeper uses is in the bits with which it
 * asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "baf.h"
#include "ring/barrier.h"
#include "ring/copy.h"
#include "ring/directory.h"
#include "ring/foreign-device.h"
#include "ring/name.h"
#include "ring/options.h"
#include "ring/process.h"
#include "ring/subscription.h"
#include "ring/topic.h"
#include "ring/wait.h"
#include "ring/doorbell.h"

#define SECOND UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

/* How many events pass before a busy set looks whether a cold topic rang. */
enum { EVENTS_PER_LOOK = 64 };

/* A publisher's last close is told just before its lock is gone; look again so many times. */
enum { LOOKS_AT_CLOSING = 10 };

struct baf_subscriber {
	struct process_guard guard;
	int directory;
	struct baf_subscriber_options options;
	struct patterns included;
	struct patterns excluded;
	void *by_name; /* tsearch(3) tree of subscriptions */
	struct subscription **all;
	size_t n_all;
	struct subscription **hot;
	size_t n_hot;
	size_t turn;
	struct subscription *current; /* whose view the caller has */
	struct doorbell doorbell;
	struct wait_spin spin;
	unsigned int events; /* since the last look for rings */
	unsigned int closing; /* looks that are left at a publisher that is closing */
	size_t n_attached;
	size_t n_requests; /* of these: wake us only if we ask */
	size_t n_unattended; /* of these: cannot be asked */
	size_t n_exposed; /* of these: others may undo that we asked */
	size_t n_announcing; /* of these: tell when the last publisher leaves */
	bool private_directory; /* nobody else can reach what is in it */
	bool barrier_fails;
	bool doorbell_fails;
	bool deaf; /* a ring cannot be watched: its name is gone */
	volatile sig_atomic_t roster_damaged;
};

/*
 * The subscriptions of a set.
 */

static int compare_names(const void *a, const void *b)
{
	const struct subscription *first = a, *second = b;

	return strcmp(first->name, second->name);
}

static struct subscription *find(const struct baf_subscriber *subscriber, const char *name)
{
	struct subscription key = { .name = (char *)(uintptr_t)name };
	struct subscription *const *node = tfind(&key, &subscriber->by_name, compare_names);

	return node ? *node : NULL;
}

static void heat(struct baf_subscriber *subscriber, struct subscription *subscription)
{
	if (subscription->hot)
		return;
	subscription->hot = true;
	subscriber->hot[subscriber->n_hot++] = subscription;
}

static void heat_all(struct baf_subscriber *subscriber)
{
	for (size_t i = 0; i < subscriber->n_all; i++)
		heat(subscriber, subscriber->all[i]);
}

static void cool_all(struct baf_subscriber *subscriber)
{
	for (size_t i = 0; i < subscriber->n_hot; i++)
		subscriber->hot[i]->hot = false;
	subscriber->n_hot = 0;
	subscriber->turn = 0;
}

/* Room for one more, in steps that double. */
static int grow(struct baf_subscriber *subscriber)
{
	size_t n = subscriber->n_all;
	struct subscription **all, **hot;

	if (n & (n - 1) || n == 1)
		return 0;
	n = n ? n * 2 : 2;
	all = realloc(subscriber->all, n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	subscriber->all = all;
	hot = realloc(subscriber->hot, n * sizeof(*hot));
	if (!hot)
		return -ENOMEM;
	subscriber->hot = hot;
	return 0;
}

static int find_or_make(struct baf_subscriber *subscriber, const char *name,
			struct subscription **subscriptionp)
{
	struct subscription *subscription = find(subscriber, name);

	*subscriptionp = subscription;
	if (subscription)
		return 0;
	if (grow(subscriber))
		return -ENOMEM;
	subscription = subscription_new(name);
	if (!subscription)
		return -ENOMEM;
	if (!tsearch(subscription, &subscriber->by_name, compare_names)) {
		subscription_free(subscription);
		return -ENOMEM;
	}
	subscriber->all[subscriber->n_all++] = subscription;
	*subscriptionp = subscription;
	return 0;
}

static void count(struct baf_subscriber *subscriber, const struct subscription *subscription)
{
	const struct source *source = &subscription->source;

	subscriber->n_attached++;
	subscriber->n_requests += source_needs_request(source);
	subscriber->n_unattended += source_is_unattended(source);
	subscriber->n_exposed += source_is_exposed(source);
	subscriber->n_announcing += source_announces_end(source);
}

/*
 * Attaches it if there is such a topic. -ENOENT: there is none. Whatever else comes of it shows
 * when it is read.
 */
static int attach(struct baf_subscriber *subscriber, struct subscription *subscription,
		  bool appeared)
{
	int r = subscription_attach(subscription, subscriber->directory, &subscriber->options,
				    appeared);

	if (r == -ENOENT)
		return r;
	heat(subscriber, subscription);
	if (r)
		return 0;
	subscription->counted = true;
	count(subscriber, subscription);
	return 0;
}

static void count_all(struct baf_subscriber *subscriber)
{
	subscriber->n_attached = subscriber->n_requests = subscriber->n_unattended = 0;
	subscriber->n_exposed = subscriber->n_announcing = 0;
	for (size_t i = 0; i < subscriber->n_all; i++)
		if (subscriber->all[i]->counted)
			count(subscriber, subscriber->all[i]);
}

static bool drains(const struct baf_subscriber *subscriber)
{
	return subscriber->options.flags & BAF_SUBSCRIBER_DRAIN;
}

/*
 * Topics that appear.
 */

static bool wanted(const struct baf_subscriber *subscriber, const char *name)
{
	return baf_name_valid(name) && patterns_match(&subscriber->included, name) &&
	       !patterns_match(&subscriber->excluded, name);
}

static void appear(struct baf_subscriber *subscriber, const char *name)
{
	struct subscription *subscription = find(subscriber, name);

	if (drains(subscriber))
		return;
	if (!subscription &&
	    (!wanted(subscriber, name) || find_or_make(subscriber, name, &subscription)))
		return;
	switch (subscription->state) {
	case SUBSCRIPTION_WAITING:
	case SUBSCRIPTION_FAILED:
		(void)attach(subscriber, subscription, true);
		break;
	case SUBSCRIPTION_ATTACHED:
		if (source_is_superseded(&subscription->source)) {
			subscription->superseded = true;
			heat(subscriber, subscription);
		}
		break;
	case SUBSCRIPTION_FINISHED:
		break;
	}
}

/*
 * Looks for topics that the set wants and is not attached to. @appeared: they were not there
 * before.
 */
static int scan(struct baf_subscriber *subscriber, bool appeared)
{
	char **names;
	int n = topic_list(subscriber->directory, &names);

	for (int i = 0; i < n; i++) {
		struct subscription *subscription = find(subscriber, names[i]);

		if (subscription && subscription->state != SUBSCRIPTION_WAITING)
			continue;
		if (!subscription && (!wanted(subscriber, names[i]) ||
				      find_or_make(subscriber, names[i], &subscription)))
			continue;
		(void)attach(subscriber, subscription, appeared);
	}
	if (n >= 0)
		free(names);
	return n < 0 ? n : 0;
}

/*
 * Whether topics may have to be attached later: it takes a watch on the directory to know.
 */
static bool waits_for_topics(const struct baf_subscriber *subscriber)
{
	if (drains(subscriber))
		return false;
	for (size_t i = 0; i < subscriber->n_all; i++)
		if (subscriber->all[i]->state == SUBSCRIPTION_WAITING)
			return true;
	return subscriber->included.n;
}

static int open_doorbell(struct baf_subscriber *subscriber)
{
	int r;

	if (subscriber->doorbell.fd >= 0)
		return 0;
	r = doorbell_open(&subscriber->doorbell, subscriber->directory);
	subscriber->doorbell_fails = r;
	if (r)
		return r;
	/* What came before the watch. */
	if (waits_for_topics(subscriber))
		(void)scan(subscriber, true);
	return 0;
}

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
	subscriber->options = chosen;
	subscriber->doorbell.fd = subscriber->directory = -1;
	subscriber->barrier_fails = !wait_register();
	r = process_guard_init(&subscriber->guard);
	if (r == 0)
		r = subscriber->directory = directory_open(directory, true);
	if (r >= 0)
		subscriber->private_directory = directory_is_private(r);
	if (r < 0) {
		baf_subscriber_close(subscriber);
		return r;
	}
	*subscriberp = subscriber;
	return 0;
}

static void forget_names(void *subscription)
{
	(void)subscription;
}

struct baf_subscriber *baf_subscriber_close(struct baf_subscriber *subscriber)
{
	if (!subscriber)
		return NULL;
	for (size_t i = 0; i < subscriber->n_all; i++) {
		/* A child must not give up the slot of its parent. */
		if (!process_is_ours(&subscriber->guard))
			subscriber->all[i]->source.inherited = true;
		else if (subscriber->all[i] == subscriber->current)
			subscription_settle(subscriber->current);
	}
	tdestroy(subscriber->by_name, forget_names);
	/* First, so that nothing has to be taken out of it, which a parent may go on to use. */
	doorbell_close(&subscriber->doorbell);
	for (size_t i = 0; i < subscriber->n_all; i++)
		subscription_free(subscriber->all[i]);
	patterns_deinit(&subscriber->included);
	patterns_deinit(&subscriber->excluded);
	process_guard_deinit(&subscriber->guard);
	if (subscriber->directory >= 0)
		close(subscriber->directory);
	free(subscriber->hot);
	free(subscriber->all);
	free(subscriber);
	return NULL;
}

static int add_name(struct baf_subscriber *subscriber, const char *name)
{
	struct subscription *subscription;
	int r;

	if (patterns_match(&subscriber->excluded, name))
		return 0;
	r = find_or_make(subscriber, name, &subscription);
	if (r || subscription->state != SUBSCRIPTION_WAITING)
		return r;
	r = attach(subscriber, subscription, false);
	if (r != -ENOENT || drains(subscriber))
		return r;
	/* From here on its first message counts, so there must be no gap between the
	 * look for it and the watch. */
	(void)open_doorbell(subscriber);
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
	r = patterns_add(&subscriber->included, pattern);
	/* What is there now is not new; what appears between this and the watch is, and is looked
	 * for when that is there. */
	if (r == 0)
		r = scan(subscriber, false);
	if (r == 0 && !drains(subscriber))
		(void)open_doorbell(subscriber);
	return r;
}

int baf_subscriber_exclude(struct baf_subscriber *subscriber, const char *pattern)
{
	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	if (!baf_pattern_valid(pattern))
		return -EINVAL;
	return patterns_add(&subscriber->excluded, pattern);
}

/*
 * Rings.
 */

static void hear_of(struct baf_subscriber *subscriber, struct subscription *subscription)
{
	subscription->source.asleep = 0;
	heat(subscriber, subscription);
}

static void hear(struct baf_subscriber *subscriber, const struct doorbell_event *event)
{
	switch (event->type) {
	case DOORBELL_OVERFLOW:
		for (size_t i = 0; i < subscriber->n_all; i++)
			hear_of(subscriber, subscriber->all[i]);
		(void)scan(subscriber, true);
		break;
	case DOORBELL_APPEARED:
		appear(subscriber, event->name);
		break;
	case DOORBELL_CLOSED:
		if (subscriber->options.flags & BAF_SUBSCRIBER_EOF)
			subscriber->closing = LOOKS_AT_CLOSING;
		hear_of(subscriber, event->data);
		break;
	case DOORBELL_RANG:
		hear_of(subscriber, event->data);
		break;
	}
}

/* Topics whose descriptor is ready. If there are more, the doorbell stays readable. */
static void hear_descriptors(struct baf_subscriber *subscriber)
{
	void *ready[64];
	int n = doorbell_ready(&subscriber->doorbell, ready, 64);

	for (int i = 0; i < n; i++)
		heat(subscriber, ready[i]);
}

static void hear_all(struct baf_subscriber *subscriber)
{
	struct doorbell_event event;

	subscriber->events = 0;
	while (doorbell_next(&subscriber->doorbell, &event))
		hear(subscriber, &event);
	hear_descriptors(subscriber);
}

/*
 * Taking.
 */

/*
 * A topic left. If it retired and there is a new one of its name, the stream goes on there.
 */
static void leave(struct baf_subscriber *subscriber, struct subscription *subscription)
{
	subscription->counted = false;
	count_all(subscriber);
	if (subscription->state == SUBSCRIPTION_WAITING && !drains(subscriber) &&
	    attach(subscriber, subscription, true) == -ENOENT)
		(void)open_doorbell(subscriber);
}

/*
 * Asks the hot topics in turn. A record is taken to its end before the next topic has its turn.
 */
static int take_hot(struct baf_subscriber *subscriber, bool batch, struct baf_event *event)
{
	for (size_t asked = 0; asked < subscriber->n_hot; asked++) {
		struct subscription *subscription;
		int r;

		if (subscriber->turn >= subscriber->n_hot)
			subscriber->turn = 0;
		subscription = subscriber->hot[subscriber->turn];
		r = subscription_next(subscription, batch, event);
		if (subscription->counted && subscription->state != SUBSCRIPTION_ATTACHED)
			leave(subscriber, subscription);
		if (!r || !subscription->hand.messages)
			subscriber->turn++;
		if (r) {
			subscriber->events++;
			subscriber->current = subscription;
			return 1;
		}
	}
	return 0;
}

static int take(struct baf_subscriber *subscriber, bool batch, struct baf_event *event)
{
	if (subscriber->events >= EVENTS_PER_LOOK)
		hear_all(subscriber);
	if (take_hot(subscriber, batch, event))
		return 1;
	if (subscriber->n_hot >= subscriber->n_all)
		return 0;
	hear_all(subscriber);
	return take_hot(subscriber, batch, event);
}

/* A single topic, again: the quick ways will do. */
static bool single_is_busy(const struct baf_subscriber *subscriber)
{
	return subscriber->current && subscriber->n_hot == 1 &&
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

/* Views that were overwritten before they could be copied, in one call. */
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

static bool any_ready(const struct baf_subscriber *subscriber)
{
	for (size_t i = 0; i < subscriber->n_hot; i++)
		if (subscription_ready(subscriber->hot[i]))
			return true;
	return false;
}

/* Whether this topic keeps a set from ending. */
static bool goes_on(const struct baf_subscriber *subscriber,
		    const struct subscription *subscription)
{
	switch (subscription->state) {
	case SUBSCRIPTION_FINISHED:
		return false;
	case SUBSCRIPTION_FAILED:
		return subscription->reason;
	case SUBSCRIPTION_WAITING:
		if (drains(subscriber))
			return false;
		return !(subscriber->options.flags & BAF_SUBSCRIBER_EOF) || !subscription->seen;
	case SUBSCRIPTION_ATTACHED:
		break;
	}
	if (!(subscriber->options.flags & BAF_SUBSCRIBER_EOF))
		return true;
	/* In this order: what it published before it went counts. */
	return source_has_publisher(&subscription->source) || subscription_ready(subscription);
}

int baf_subscriber_ended(struct baf_subscriber *subscriber)
{
	bool ends = subscriber->options.flags & (BAF_SUBSCRIBER_EOF | BAF_SUBSCRIBER_DRAIN);
	bool seen = drains(subscriber);

	if (!process_is_ours(&subscriber->guard))
		return 1;
	if (subscriber->current && subscriber->current->hand.size)
		return 0;
	if (!ends && (subscriber->included.n || subscriber->n_attached))
		return 0;
	for (size_t i = 0; i < subscriber->n_all; i++) {
		if (goes_on(subscriber, subscriber->all[i]))
			return 0;
		seen |= subscriber->all[i]->seen;
	}
	/* Who waits for topics has not begun before there was one. */
	return seen || !subscriber->included.n;
}

/*
 * Sleeping.
 */

/* Publishers cannot be asked to wake us, or not for certain. */
static bool must_nap(const struct baf_subscriber *subscriber)
{
	return subscriber->barrier_fails || subscriber->n_unattended || subscriber->deaf ||
	       subscriber->roster_damaged;
}

uint64_t baf_subscriber_get_sleep(const struct baf_subscriber *subscriber)
{
	if (subscriber->closing)
		return MILLISECOND << (LOOKS_AT_CLOSING - subscriber->closing) / 2;
	if (must_nap(subscriber))
		return NAP_NANOSECONDS;
	/* Others could silence us; a publisher may die before it rings, unheard; or we wait for
	 * a publisher's lock to go, which nobody announces. */
	if ((subscriber->n_exposed && !subscriber->private_directory) ||
	    subscriber->doorbell_fails ||
	    (subscriber->options.flags & BAF_SUBSCRIBER_EOF &&
	     subscriber->n_announcing < subscriber->n_attached))
		return SECOND;
	return BAF_INFINITE;
}

/*
 * Before each sleep: if wake-ups are not certain, look at everything.
 */
static void look_around(struct baf_subscriber *subscriber)
{
	if (baf_subscriber_get_sleep(subscriber) == BAF_INFINITE)
		return;
	heat_all(subscriber);
	if (subscriber->doorbell_fails && waits_for_topics(subscriber))
		(void)scan(subscriber, true);
	if (subscriber->closing)
		subscriber->closing--;
}

/*
 * Asks all hot topics to ring. 0 or a negative errno.
 */
static int ask_for_wakeups(struct baf_subscriber *subscriber)
{
	subscriber->deaf = false;
	for (size_t i = 0; i < subscriber->n_hot; i++) {
		struct subscription *subscription = subscriber->hot[i];
		struct source *source = &subscription->source;
		int r;

		if (subscription->state != SUBSCRIPTION_ATTACHED)
			continue;
		r = source->transport->arm(source, &subscriber->doorbell, subscription);
		if (r < 0 && r != -ENOENT)
			return r;
		subscriber->deaf |= r == -ENOENT;
		/* Before the watch, somebody may have put another file there by hand. */
		if (r == 1)
			subscription->superseded = source_is_superseded(source);
	}
	if (subscriber->n_requests && !wait_barrier())
		subscriber->barrier_fails = true;
	return 0;
}

int baf_subscriber_fd(struct baf_subscriber *subscriber)
{
	int r;

	if (!process_is_ours(&subscriber->guard))
		return -ECHILD;
	r = open_doorbell(subscriber);
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
	hear_all(subscriber);
	look_around(subscriber);
	r = ask_for_wakeups(subscriber);
	if (r)
		return r;
	if (any_ready(subscriber) || baf_subscriber_ended(subscriber))
		return 1;
	cool_all(subscriber);
	return 0;
}

/* Whether a futex is enough to sleep on, for this set as it is now. */
static bool futex_serves(const struct baf_subscriber *subscriber)
{
	return subscriber->n_all == 1 && subscriber->n_attached == 1 &&
	       subscriber->n_requests == 1 && !waits_for_topics(subscriber) &&
	       !(subscriber->options.flags & BAF_SUBSCRIBER_EOF);
}

static int sleep_on_futex(struct baf_subscriber *subscriber, uint64_t timeout)
{
	struct subscription *subscription = subscriber->all[0];
	const uint32_t *wakeups = &subscription->source.map.ring->wakeups;
	uint32_t value = fanout_load_acquire(wakeups);
	int r = 0;

	heat(subscriber, subscription);
	subscription->source.transport->request(&subscription->source, FANOUT_ATTENTION_FUTEX);
	if (!wait_barrier())
		subscriber->barrier_fails = true;
	if (!any_ready(subscriber))
		r = wait_futex(wakeups, value, timeout);
	/* Whoever woke us cleared it. */
	subscription->source.asleep &= ~FANOUT_ATTENTION_FUTEX;
	return r;
}

static int sleep_on_doorbell(struct baf_subscriber *subscriber, uint64_t timeout)
{
	struct pollfd poll = { .fd = subscriber->doorbell.epoll, .events = POLLIN };
	struct timespec time = { .tv_sec = (time_t)(timeout / SECOND),
				 .tv_nsec = (long)(timeout % SECOND) };
	int r = ppoll(&poll, 1, timeout == BAF_INFINITE ? NULL : &time, NULL);

	if (r < 0)
		return -errno;
	hear_all(subscriber);
	return r ? 0 : -ETIMEDOUT;
}

/* Neither is to be had: this is the way of those who poll. */
static int nap(struct baf_subscriber *subscriber, uint64_t timeout)
{
	int r = wait_nap(timeout);

	heat_all(subscriber);
	if (waits_for_topics(subscriber))
		(void)scan(subscriber, true);
	return r;
}

/*
 * A futex for a while, since the next message often comes soon; then the doorbell, which
 * tells of more than messages.
 */
#define FUTEX_WHILE (50 * MILLISECOND)

static int sleep_once(struct baf_subscriber *subscriber, uint64_t timeout, bool soon)
{
	uint64_t most = baf_subscriber_get_sleep(subscriber);
	int r;

	look_around(subscriber);
	if (any_ready(subscriber))
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
	hear_all(subscriber);
	wait_spin_start(&subscriber->spin);
	do {
		if (any_ready(subscriber))
			return 1;
	} while (wait_spin(&subscriber->spin));
	for (;;) {
		int r;

		if (baf_subscriber_ended(subscriber))
			return 1;
		left = wait_left(deadline);
		if (left == 0) {
			hear_all(subscriber);
			return any_ready(subscriber);
		}
		r = sleep_once(subscriber, left, soon);
		soon = false;
		if (r == -EINTR)
			return r;
		if (any_ready(subscriber))
			return 1;
	}
}

/*
 * The rest.
 */

int baf_subscriber_get_counters(struct baf_subscriber *subscriber,
				struct baf_subscriber_counters *counters)
{
	struct baf_subscriber_counters sum = { 0 };

	for (size_t i = 0; i < subscriber->n_all; i++) {
		const struct subscription *subscription = subscriber->all[i];

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
	for (size_t i = 0; subscriber && i < subscriber->n_all; i++)
		if (source_handle_sigbus(&subscriber->all[i]->source, address)) {
			subscriber->roster_damaged |= subscriber->all[i]->source.roster_damaged;
			return 1;
		}
	return 0;
}
