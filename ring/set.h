/* SPDX-License-Identifier: MIT */
/*
 * A set of subscriptions: the topics that a subscriber wants, those that it has, and those that
 * it checks for messages.
 *
 * A set may hold ten thousand topics of which three are busy, so it checks only those that are
 * hot. Publishers of all others have been asked to ring when something happens. A topic becomes
 * cold when the set goes to sleep and the topic has nothing to tell; it becomes hot when its
 * doorbell rings.
 */
#ifndef BAF_SET_H
#define BAF_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "baf.h"
#include "ring/name.h"
#include "ring/subscription.h"

/**
 * struct set - see above
 * @directory: where the topics are; -1: none
 * @options:   options of all subscriptions
 * @included:  patterns of wanted topics, including those that appear later
 * @excluded:  patterns of unwanted topics; they override everything else
 * @by_name:   tsearch(3) tree of all subscriptions
 * @all, @n_all: all subscriptions
 * @hot, @n_hot: the hot ones; there is room for all
 * @turn:      the one in @hot that is checked next
 * @n_attached: how many are attached to a topic
 * @n_requests: of these, those that wake us only if we ask: source_needs_request()
 * @n_unattended: of these, those where we cannot ask: source_is_unattended()
 * @n_exposed: of these, those where others may undo our request: source_is_exposed()
 * @n_announcing: of these, those that report when the last publisher leaves: source_announces_end()
 */
struct set {
	int directory;
	struct baf_subscriber_options options;
	struct patterns included;
	struct patterns excluded;
	void *by_name;
	struct subscription **all;
	size_t n_all;
	struct subscription **hot;
	size_t n_hot;
	size_t turn;
	size_t n_attached;
	size_t n_requests;
	size_t n_unattended;
	size_t n_exposed;
	size_t n_announcing;
};

/* Frees everything in the set, and closes the directory. */
void set_deinit(struct set *set);

/* Whether the set ends at what the topics hold, and takes no new ones. */
static inline bool set_drains(const struct set *set)
{
	return set->options.flags & BAF_SUBSCRIBER_DRAIN;
}

/* Finds the subscription of a name, or makes a new one. 0 or -ENOMEM. */
int set_add(struct set *set, const char *name, struct subscription **subscriptionp);

/*
 * Attaches a subscription if its topic exists. -ENOENT: it does not. The next read reports all
 * other results.
 */
int set_attach(struct set *set, struct subscription *subscription, bool appeared);

/*
 * The subscription is no longer attached. If its topic retired and a new one has its name, the
 * stream goes on there. -ENOENT: there is none yet, wait for it; 0.
 */
int set_leave(struct set *set, struct subscription *subscription);

/* A new file of that name is in the directory. */
void set_appear(struct set *set, const char *name);

/*
 * Looks for topics that the set wants and is not attached to. @appeared: they are new. 0 or a
 * negative errno.
 */
int set_scan(struct set *set, bool appeared);

/* Whether topics may have to be attached later; only a watch on the directory tells. */
bool set_waits_for_topics(const struct set *set);

/* Makes one subscription hot, or all; or all cold. */
void set_heat(struct set *set, struct subscription *subscription);
void set_heat_all(struct set *set);
void set_cool_all(struct set *set);

/* Whether any hot one has something to tell. */
bool set_ready(const struct set *set);

#endif /* BAF_SET_H */
