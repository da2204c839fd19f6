/* SPDX-License-Identifier: MIT */
/*
 * A subscription to one topic: what it reads from, and how far it has read.
 */
#ifndef BAF_SUBSCRIPTION_H
#define BAF_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "baf.h"
#include "ring/ring.h"
#include "ring/source.h"

enum subscription_state {
	SUBSCRIPTION_WAITING, /* there is no such topic, yet or any more */
	SUBSCRIPTION_ATTACHED,
	SUBSCRIPTION_FINISHED, /* read to where a drain ends */
	SUBSCRIPTION_FAILED,
};

/**
 * struct subscription_hand - the record that is being read, as far as messages of it are left
 * @bytes:    what is left of its payload
 * @size:     how much that is
 * @messages: how many messages that is, as its header says
 * @sequence: number of the next message, whether there is a record in hand or not
 */
struct subscription_hand {
	const void *bytes;
	size_t size;
	uint32_t messages;
	uint64_t sequence;
};

/**
 * struct subscription - one topic of a set
 * @name:     of the topic
 * @state:    see above; but for ATTACHED there is no source
 * @source:   the ring that it is attached to, and our slot there
 * @reader:   where it is in the ring
 * @record:   the header of the record in hand
 * @in_hand:  there is one
 * @hand:     what is left of it
 * @before:   the same before the last view, to which we go back if that was not intact
 * @view:     what the last view showed is not settled yet: @hand has gone on, the reader has not
 * @seen:     it has been attached before
 * @calm:     it is attached, and there is nothing to tell but messages, all of which are
 *            wanted: the quick way will do
 * @announce: the set has not been told that it is attached
 * @lost:     messages that the set has not been told of
 * @uncounted: it has not been told of a loss that nobody can count
 * @drains:   it ends at @end, where the number of the next message is @end_sequence
 * @left:     the ring that retired under us, by its id; it is not attached to again
 * @counted:  the set counts it as attached
 * @hot:      it is among those that the set looks at
 * @superseded: there may be another ring of that name
 * @error, @reason: why it failed; NULL: the set was told
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

/* A new one, WAITING; NULL: no memory. */
struct subscription *subscription_new(const char *name);
struct subscription *subscription_free(struct subscription *subscription);

/*
 * Attaches it to the ring of its name. @options: where it starts, if it has not been attached
 * before and the topic did not @appear while the set was open. 0; -ENOENT: there is none; or
 * another negative errno, with which it is FAILED.
 */
int subscription_attach(struct subscription *subscription, int directory,
			const struct baf_subscriber_options *options, bool appeared);

/* Lets go of the ring; it is WAITING then. */
void subscription_detach(struct subscription *subscription);

/* Whether subscription_next() has something to tell, or bytes to look at. */
bool subscription_ready(const struct subscription *subscription);

/*
 * Reading: view.c.
 */

/*
 * Takes what comes next: a message, or if @batch all that are left of a record. 1: @event is
 * filled in; 0: nothing is there now. Settles the view before.
 */
int subscription_next(struct subscription *subscription, bool batch, struct baf_event *event);

/*
 * The same for what is most often there, a record of one message with nothing special about it.
 * False: try subscription_next().
 */
bool subscription_next_quick(struct subscription *subscription, struct baf_event *event);

/*
 * Takes the next message and copies it to @buffer, @event->data, with nothing left to settle. It
 * serves messages that are plain and fit: the two halves of subscription_next() and what follows
 * it, in one. False: try subscription_next().
 */
bool subscription_read_quick(struct subscription *subscription, void *buffer, size_t size,
			     struct baf_event *event);

/* Counts what the last view showed as received, and moves on. */
void subscription_settle(struct subscription *subscription);

/* Whether the last view is still intact; if not it is taken back. */
bool subscription_intact(struct subscription *subscription);

/* Takes the last view back: the messages come again. */
void subscription_take_back(struct subscription *subscription);

/* Tells publishers where we are, and wakes those that wait for it. */
void subscription_show_position(struct subscription *subscription);

/*
 * Events, for view.c. Those that tell fill in @event and return 1.
 */

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

/* Something comes before messages. */
static inline bool subscription_has_news(const struct subscription *subscription)
{
	return subscription->source.damaged || subscription->announce || subscription->uncounted ||
	       subscription->lost;
}

/* Tells it. */
int subscription_tell_news(struct subscription *subscription, struct baf_event *event);

/* Tells why it has FAILED. */
int subscription_tell_failure(struct subscription *subscription, struct baf_event *event);

/* The ring is damaged: it has FAILED, for @reason. */
int subscription_tell_damage(struct subscription *subscription, const char *reason,
			     struct baf_event *event);

/*
 * The reader was overrun: goes on where there is something, and counts what was missed. 1, 0, as
 * subscription_next().
 */
int subscription_recover(struct subscription *subscription, struct baf_event *event);

/*
 * Fetches more from a transport that has it elsewhere, once all in the ring was taken. False: it
 * has FAILED.
 */
bool subscription_refill(struct subscription *subscription);

#endif /* BAF_SUBSCRIPTION_H */
