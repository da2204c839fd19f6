/* SPDX-License-Identifier: MIT */
/* A subscription to one topic: its source, and how far it has read. */
#ifndef BAF_SUBSCRIPTION_H
#define BAF_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "baf.h"
#include "ring/ring.h"
#include "ring/source.h"

enum subscription_state {
	SUBSCRIPTION_WAITING, /* there is no such topic, either not yet or no longer */
	SUBSCRIPTION_ATTACHED,
	SUBSCRIPTION_FINISHED, /* read to where a drain ends */
	SUBSCRIPTION_FAILED,
};

/**
 * struct subscription_hand - the record that is being read, if any of its messages are left
 * @bytes:    the rest of its payload
 * @size:     bytes of the rest
 * @messages: number of messages in the rest, according to its header
 * @sequence: number of the next message, even if there is no record in hand
 */
struct subscription_hand {
	const void *bytes;
	size_t size;
	uint32_t messages;
	uint64_t sequence;
};

/**
 * struct subscription - one topic of a set
 * @name:     name of the topic
 * @state:    see above; only in ATTACHED is there a source
 * @source:   the ring that it is attached to, and our slot there
 * @reader:   where it is in the ring
 * @record:   the header of the record in hand
 * @in_hand:  there is a record in hand
 * @hand:     the rest of it
 * @before:   @hand before the last view, to which we go back if the view was not intact
 * @view:     the last view is not settled yet: @hand has moved on, the reader has not
 * @seen:     it has been attached before
 * @calm:     it is attached, and there is nothing to report but messages, all of which are
 *            wanted: the quick path will do
 * @announce: the set has not been told that it is attached
 * @lost:     lost messages that the set has not been told of
 * @uncounted: the set has not been told of a loss that nobody can count
 * @drains:   it ends at @end, where the number of the next message is @end_sequence
 * @left:     id of the ring that retired while we were attached; never attach to it again
 * @counted:  the set counts it as attached
 * @hot:      it is among those that the set checks
 * @superseded: there may be another ring of that name
 * @error, @reason: why it failed; a NULL @reason: the set was told
 * @totals:   messages, bytes and losses since the subscription was made
 */
struct subscription {
	char *name;
	enum subscription_state state;
	struct source source;
	struct fanout_reader reader;
	struct fanout_record record;
	struct subscription_hand hand;
	struct subscription_hand before;
	bool in_hand;
	bool view;
	bool seen;
	bool calm;
	bool announce;
	bool counted;
	bool hot;
	bool superseded;
	bool drains;
	bool uncounted;
	uint64_t left;
	uint64_t lost;
	uint64_t end;
	uint64_t end_sequence;
	int error;
	const char *reason;
	struct baf_subscriber_counters totals;
};

/* Makes a subscription, WAITING; NULL: no memory. */
struct subscription *subscription_new(const char *name);
struct subscription *subscription_free(struct subscription *subscription);

/*
 * Attaches the subscription to the ring of its name. @options: where it starts, if it has not
 * been attached before and the topic did not @appear while the set was open. 0; -ENOENT: there is
 * none; or another negative errno, after which it is FAILED.
 */
int subscription_attach(struct subscription *subscription, int directory,
			const struct baf_subscriber_options *options, bool appeared);

/* Releases the ring; the subscription is WAITING then. */
void subscription_detach(struct subscription *subscription);

/* Whether subscription_next() has something to report, or bytes to examine. */
bool subscription_ready(const struct subscription *subscription);

/* Reading, in view.c. */

/*
 * Takes the next message, or if @batch all that are left of a record. 1: @event is filled in; 0:
 * there is nothing now. Settles the last view first.
 */
int subscription_next(struct subscription *subscription, bool batch, struct baf_event *event);

/*
 * The same for the most common case, a record of one message with nothing special about it.
 * False: try subscription_next().
 */
bool subscription_next_quick(struct subscription *subscription, struct baf_event *event);

/*
 * Takes the next message and copies it to @buffer, @event->data, with nothing left to settle. For
 * messages that are plain and fit: it combines the two halves of subscription_next() and the
 * steps after it. False: try subscription_next().
 */
bool subscription_read_quick(struct subscription *subscription, void *buffer, size_t size,
			     struct baf_event *event);

/* Counts the messages of the last view as received, and moves on. */
void subscription_settle(struct subscription *subscription);

/* Whether the last view is still intact; if not, takes it back. */
bool subscription_intact(struct subscription *subscription);

/* Takes the last view back: its messages come again. */
void subscription_take_back(struct subscription *subscription);

/* Tells publishers where we are, and wakes those that wait for it. */
void subscription_show_position(struct subscription *subscription);

/* Events, for view.c. The functions that report one fill in @event and return 1. */

/* Begins an event. */
static inline int subscription_tell(const struct subscription *subscription,
				    enum baf_event_type type, struct baf_event *event)
{
	event->type = type;
	event->framing = BAF_FRAMING_ONE;
	event->topic = subscription->name;
	event->data = NULL;
	event->size = 0;
	event->count = 0;
	event->sequence = subscription->hand.sequence;
	event->time = 0;
	event->error = 0;
	event->reason = NULL;
	return 1;
}

/* Whether there is something to report before messages. */
static inline bool subscription_has_news(const struct subscription *subscription)
{
	return subscription->source.damaged || subscription->announce || subscription->uncounted ||
	       subscription->lost;
}

/* Reports it. */
int subscription_tell_news(struct subscription *subscription, struct baf_event *event);

/* Reports why the subscription has FAILED. */
int subscription_tell_failure(struct subscription *subscription, struct baf_event *event);

/* The ring is damaged: the subscription has FAILED, for @reason. */
int subscription_tell_damage(struct subscription *subscription, const char *reason,
			     struct baf_event *event);

/*
 * The reader was overrun: continues where there is something, and counts the missed messages.
 * Returns 1 or 0, like subscription_next().
 */
int subscription_recover(struct subscription *subscription, struct baf_event *event);

/*
 * Fetches more from a transport that keeps it outside the ring, once everything in the ring was
 * taken. False: it has FAILED.
 */
bool subscription_refill(struct subscription *subscription);

#endif /* BAF_SUBSCRIPTION_H */
