// SPDX-License-Identifier: MIT
#include "ring/subscription.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ring/barrier.h"

struct subscription *subscription_new(const char *name)
{
	struct subscription *subscription = calloc(1, sizeof(*subscription));

	if (!subscription)
		return NULL;
	subscription->name = strdup(name);
	if (!subscription->name) {
		free(subscription);
		return NULL;
	}
	subscription->state = SUBSCRIPTION_WAITING;
	subscription->source = (struct source)SOURCE_NONE;
	return subscription;
}

struct subscription *subscription_free(struct subscription *subscription)
{
	if (!subscription)
		return NULL;
	subscription_detach(subscription);
	free(subscription->name);
	free(subscription);
	return NULL;
}

/*
 * Attaching.
 */

static const char *reason_of(int error)
{
	switch (error) {
	case -EBADMSG:
		return "it is not a ring, or damaged";
	case -EPROTONOSUPPORT:
		return "it is a ring of another version";
	case -EACCES:
	case -EPERM:
		return "no permission";
	case -EMFILE:
	case -ENFILE:
		return "too many open files";
	case -ENOMEM:
		return "out of memory, or of memory maps (see vm.max_map_count)";
	case -EOPNOTSUPP:
		return "a foreign device has no history, and does not know who publishes";
	default:
		return "it cannot be opened";
	}
}

static int fail(struct subscription *subscription, int error, const char *reason)
{
	if (subscription->source.damaged)
		reason = "somebody truncated it";
	subscription_detach(subscription);
	subscription->state = SUBSCRIPTION_FAILED;
	subscription->error = error;
	subscription->reason = reason;
	return error;
}

static int seek(struct subscription *subscription, const struct baf_subscriber_options *options,
		__u64 *first)
{
	struct fanout_reader *reader = &subscription->reader;
	int r;

	switch (options->start) {
	case BAF_START_OLDEST:
		r = fanout_reader_seek_oldest(reader);
		break;
	case BAF_START_LAST:
		return fanout_reader_seek_last(reader, options->start_value, first);
	case BAF_START_SINCE:
		r = fanout_reader_seek_since(reader, options->start_value);
		break;
	default:
		r = fanout_reader_seek_newest(reader);
		break;
	}
	*first = reader->sequence;
	return r;
}

/*
 * Finds where to start and tells publishers, so that they wait for us from there on; see
 * "Joining" in ring.c.
 */
static int join(struct subscription *subscription, const struct baf_subscriber_options *options)
{
	struct fanout_reader *reader = &subscription->reader;
	struct source *source = &subscription->source;
	__u64 first;
	int r = seek(subscription, options, &first);

	if (r == 0 && source->slot) {
		source->transport->attach(source, reader->position,
					  options->flags & BAF_SUBSCRIBER_OBSERVE);
		if (fanout_load_acquire(&source->map.ring->claim) > reader->position) {
			r = fanout_reader_seek_oldest(reader);
			if (first < reader->sequence)
				first = reader->sequence;
			fanout_store_release(&source->slot->position, reader->position);
		}
	}
	subscription->hand.sequence = first;
	return r;
}

/*
 * The number at which this ring should go on: behind our last one, if this ring replaced that
 * one. Otherwise the topic was made while we waited for it, and counts from 0; if this ring does
 * not, other rings came and went.
 */
static uint64_t expected_sequence(const struct subscription *subscription, uint64_t before)
{
	return subscription->seen && subscription->source.map.ring->first_sequence >= before ?
		       before :
		       0;
}

static int start(struct subscription *subscription, const struct baf_subscriber_options *options,
		 bool appeared)
{
	struct baf_subscriber_options chosen = *options;
	uint64_t before = subscription->hand.sequence, expected;
	int r;

	if (appeared || subscription->seen)
		chosen.start = BAF_START_OLDEST;
	fanout_reader_init(&subscription->reader, subscription->source.map.ring,
			   subscription->source.map.data, subscription->source.map.capacity);
	r = join(subscription, &chosen);
	if (r)
		return r;
	expected = expected_sequence(subscription, before);
	if ((appeared || subscription->seen) && subscription->hand.sequence > expected) {
		subscription->lost = subscription->hand.sequence - expected;
		subscription->totals.lost += subscription->lost;
	}
	if (options->flags & BAF_SUBSCRIBER_DRAIN) {
		struct fanout_reader end = subscription->reader;

		r = fanout_reader_seek_newest(&end);
		subscription->drains = true;
		subscription->end = end.position;
		subscription->end_sequence = end.sequence;
	}
	return r;
}

static int enter(struct source *source)
{
	return source->transport->enter ? source->transport->enter(source) : 0;
}

int subscription_attach(struct subscription *subscription, int directory,
			const struct baf_subscriber_options *options, bool appeared)
{
	struct source *source = &subscription->source;
	int r = source_open(source, directory, subscription->name, options);

	if (r == 0 && subscription->seen && source->map.ring->id == subscription->left) {
		/* The process that retired it died before it could remove the name. */
		subscription_detach(subscription);
		return -ENOENT;
	}
	if (r == -ENOENT)
		return r;
	if (r == 0)
		r = enter(source);
	if (r == 0)
		r = start(subscription, options, appeared);
	if (r)
		return fail(subscription, r, reason_of(r));
	subscription->state = SUBSCRIPTION_ATTACHED;
	subscription->seen = subscription->announce = true;
	/* Perhaps a publisher waits for subscribers. */
	if (source->slot)
		source->transport->progress(source);
	return 0;
}

void subscription_detach(struct subscription *subscription)
{
	source_close(&subscription->source);
	subscription->in_hand = subscription->view = subscription->superseded = false;
	subscription->calm = subscription->uncounted = false;
	subscription->state = SUBSCRIPTION_WAITING;
}

/*
 * Events.
 */

int subscription_tell_failure(struct subscription *subscription, struct baf_event *event)
{
	subscription_tell(subscription, BAF_EVENT_FAILED, event);
	event->error = subscription->error;
	event->reason = subscription->reason;
	subscription->reason = NULL;
	return 1;
}

int subscription_tell_damage(struct subscription *subscription, const char *reason,
			     struct baf_event *event)
{
	fail(subscription, -EBADMSG, reason);
	return subscription_tell_failure(subscription, event);
}

static int tell_lost(struct subscription *subscription, struct baf_event *event)
{
	subscription_tell(subscription, BAF_EVENT_LOST, event);
	event->count = subscription->lost;
	subscription->lost = 0;
	return 1;
}

int subscription_recover(struct subscription *subscription, struct baf_event *event)
{
	uint64_t expected = subscription->hand.sequence, found;
	int r = fanout_reader_recover(&subscription->reader);

	if (r == 0)
		return 0;
	found = subscription->reader.sequence;
	if (r < 0 || found < expected)
		return subscription_tell_damage(subscription,
						"it is damaged: its numbers go backwards", event);
	subscription->hand.sequence = found;
	/* Messages that a drain does not want are not lost. */
	if (subscription->drains && found > subscription->end_sequence)
		found = subscription->end_sequence;
	subscription->lost = found - expected;
	subscription->totals.lost += subscription->lost;
	subscription_show_position(subscription);
	return subscription->lost ? tell_lost(subscription, event) : 0;
}

bool subscription_refill(struct subscription *subscription)
{
	struct source *source = &subscription->source;
	const char *reason = NULL;
	int r;

	if (subscription->drains ||
	    fanout_load(&source->map.ring->head) != subscription->reader.position)
		return true;
	r = source->transport->refill(source, &reason);
	if (r == -EPIPE) {
		subscription->uncounted = true;
		subscription->totals.lost++;
	} else if (r) {
		fail(subscription, r, reason ? reason : reason_of(r));
		return false;
	}
	return true;
}

int subscription_tell_news(struct subscription *subscription, struct baf_event *event)
{
	if (subscription->source.damaged)
		return subscription_tell_damage(subscription, "somebody truncated it", event);
	if (subscription->announce) {
		subscription->announce = false;
		subscription_tell(subscription, BAF_EVENT_ATTACHED, event);
		event->reason = subscription->source.transport->lacks;
		return 1;
	}
	if (subscription->uncounted) {
		subscription->uncounted = false;
		return subscription_tell(subscription, BAF_EVENT_LOST, event);
	}
	return subscription->lost ? tell_lost(subscription, event) : 0;
}

bool subscription_ready(const struct subscription *subscription)
{
	const struct source *source = &subscription->source;
	uint64_t position = subscription->reader.position;

	if (subscription->state == SUBSCRIPTION_FAILED)
		return subscription->reason;
	if (subscription->state != SUBSCRIPTION_ATTACHED)
		return false;
	if (subscription_has_news(subscription) || subscription->superseded || subscription->drains)
		return true;
	if (subscription->in_hand && (!subscription->view || subscription->hand.size))
		return true;
	if (source->transport->ready && source->transport->ready(source))
		return true;
	if (subscription->view)
		position += fanout_record_size(subscription->record.length);
	return fanout_load_acquire(&source->map.ring->head) != position ||
	       fanout_load(&source->map.ring->retired);
}
