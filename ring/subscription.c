// SPDX-License-Identifier: MIT
#include "ring/subscription.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ring/barrier.h"
#include "ring/copy.h"

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
		return "a device without baf's requests has no history, and does not know who "
		       "publishes";
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
 * Where the numbers should go on: behind what we had, if this ring replaced that one. Otherwise
 * the topic was made while we waited for it, and counts from 0; if this ring does not, others
 * came and went.
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
		/* Whoever retired it died before it could take the name away. */
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
	/* Somebody waits for subscribers, perhaps. */
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
 * Reading.
 */

/*
 * Tells the publisher where we are. Its own look at this, and ours at what it wants, need no
 * fence between them: see wait.h.
 */
static void show_position(struct subscription *subscription)
{
	struct source *source = &subscription->source;
	struct fanout_slot *slot = source->slot;
	uint64_t wanted;

	if (!slot)
		return;
	fanout_store(&slot->received, subscription->totals.messages);
	fanout_store(&slot->lost, subscription->totals.lost);
	/* We are done with what lies before: pairs with the acquire in roster_look(). */
	fanout_store_release(&slot->position, subscription->reader.position);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	wanted = fanout_load(&source->map.ring->wanted);
	if (wanted && subscription->reader.position >= wanted)
		source->transport->progress(source);
}

static uint64_t bytes_in_messages(const struct subscription *subscription, uint64_t size,
				  uint64_t messages)
{
	switch (fanout_content_framing(subscription->record.content)) {
	case FANOUT_FRAMING_ONE:
		return size;
	case FANOUT_FRAMING_LENGTH:
		return size - messages * FANOUT_LENGTH_PREFIX;
	default:
		return size - messages;
	}
}

static inline void finish_record(struct subscription *subscription)
{
	fanout_reader_take(&subscription->reader, &subscription->record);
	subscription->in_hand = false;
	show_position(subscription);
}

static inline void settle(struct subscription *subscription)
{
	const struct subscription_hand *before = &subscription->before;
	const struct subscription_hand *hand = &subscription->hand;
	uint64_t messages = hand->sequence - before->sequence;

	if (!subscription->view)
		return;
	subscription->view = false;
	subscription->totals.messages += messages;
	subscription->totals.bytes +=
		bytes_in_messages(subscription, before->size - hand->size, messages);
	if (!hand->size)
		finish_record(subscription);
}

void subscription_settle(struct subscription *subscription)
{
	settle(subscription);
}

void subscription_take_back(struct subscription *subscription)
{
	if (!subscription->view)
		return;
	subscription->view = false;
	subscription->hand = subscription->before;
}

bool subscription_intact(struct subscription *subscription)
{
	if (subscription->state == SUBSCRIPTION_ATTACHED && !subscription->source.damaged &&
	    fanout_reader_intact(&subscription->reader))
		return true;
	subscription_take_back(subscription);
	subscription->in_hand = subscription->calm = false;
	return false;
}

static inline int tell(const struct subscription *subscription, enum baf_event_type type,
		       struct baf_event *event)
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

static int tell_failure(struct subscription *subscription, struct baf_event *event)
{
	tell(subscription, BAF_EVENT_FAILED, event);
	event->error = subscription->error;
	event->reason = subscription->reason;
	subscription->reason = NULL;
	return 1;
}

static int tell_damage(struct subscription *subscription, const char *reason,
		       struct baf_event *event)
{
	fail(subscription, -EBADMSG, reason);
	return tell_failure(subscription, event);
}

static int tell_lost(struct subscription *subscription, struct baf_event *event)
{
	tell(subscription, BAF_EVENT_LOST, event);
	event->count = subscription->lost;
	subscription->lost = 0;
	return 1;
}

/*
 * The reader was overrun: goes on where there is something, and counts what was missed. 1, 0,
 * as subscription_next().
 */
static int recover(struct subscription *subscription, struct baf_event *event)
{
	uint64_t expected = subscription->hand.sequence, found;
	int r = fanout_reader_recover(&subscription->reader);

	if (r == 0)
		return 0;
	found = subscription->reader.sequence;
	if (r < 0 || found < expected)
		return tell_damage(subscription, "it is damaged: its numbers go backwards", event);
	subscription->hand.sequence = found;
	/* What a drain does not want is not lost. */
	if (subscription->drains && found > subscription->end_sequence)
		found = subscription->end_sequence;
	subscription->lost = found - expected;
	subscription->totals.lost += subscription->lost;
	show_position(subscription);
	return subscription->lost ? tell_lost(subscription, event) : 0;
}

static int message_of(struct subscription *subscription, const void **message, size_t *size)
{
	struct subscription_hand *hand = &subscription->hand;
	enum fanout_framing framing = fanout_content_framing(subscription->record.content);
	int r = baf_batch_next((enum baf_framing)framing, &hand->bytes, &hand->size, message, size);

	if (r != 1 || !hand->messages)
		return -EBADMSG;
	hand->messages--;
	hand->sequence++;
	/* The number in the header and what is there must end together. */
	return !hand->messages == !hand->size ? 0 : -EBADMSG;
}

/*
 * Passes over messages of the record in hand that lie before the one to start with.
 */
static int skip_to_start(struct subscription *subscription)
{
	uint64_t first = subscription->hand.sequence;

	if (first == subscription->record.sequence)
		return 0;
	subscription->hand.sequence = subscription->record.sequence;
	while (subscription->hand.sequence < first) {
		const void *message;
		size_t size;

		if (!subscription->hand.size || message_of(subscription, &message, &size)) {
			subscription->hand.sequence = first;
			return -EBADMSG;
		}
	}
	return 0;
}

/*
 * Nothing is there. Is that the end of this ring?
 */
static int at_head(struct subscription *subscription, struct baf_event *event)
{
	struct source *source = &subscription->source;
	const struct fanout_ring *ring = source->map.ring;

	if (source->slot && fanout_load(&source->slot->lapsed))
		source->transport->catch_up(source);
	/* Retired, before one more look at head: what was published before it retired counts. */
	if (!fanout_load_acquire(&ring->retired) && !subscription->superseded)
		return 0;
	if (fanout_load_acquire(&ring->head) != subscription->reader.position)
		return 0;
	tell(subscription, BAF_EVENT_RETIRED, event);
	subscription->left = ring->id;
	subscription_detach(subscription);
	return 1;
}

static inline void hold(struct subscription *subscription, const void *payload)
{
	subscription->hand.bytes = payload;
	subscription->hand.size = subscription->record.length;
	subscription->hand.messages = fanout_content_messages(subscription->record.content);
	subscription->in_hand = true;
}

/*
 * Takes the next record in hand. 1; 0: there is none; 2: @event says why there is none.
 */
static int take_record(struct subscription *subscription, struct baf_event *event)
{
	const void *payload;
	int r;

	if (subscription->drains && subscription->reader.position >= subscription->end) {
		subscription_detach(subscription);
		subscription->state = SUBSCRIPTION_FINISHED;
		return 0;
	}
	r = fanout_reader_peek(&subscription->reader, &subscription->record, &payload);
	if (r == 0)
		return at_head(subscription, event) ? 2 : 0;
	if (r == -EPIPE)
		return recover(subscription, event) ? 2 : 0;
	if (r < 0) {
		tell_damage(subscription, "it is damaged: no record where one must be", event);
		return 2;
	}
	hold(subscription, payload);
	return 1;
}

static inline void show_all(struct subscription *subscription, enum fanout_framing framing,
			    struct baf_event *event)
{
	struct subscription_hand *hand = &subscription->hand;

	event->framing = (enum baf_framing)framing;
	event->data = hand->bytes;
	event->size = hand->size;
	event->count = hand->messages;
	hand->sequence += hand->messages;
	hand->messages = 0;
	hand->size = 0;
}

static inline int show(struct subscription *subscription, bool batch, struct baf_event *event)
{
	enum fanout_framing framing = fanout_content_framing(subscription->record.content);

	tell(subscription, BAF_EVENT_MESSAGES, event);
	event->time = subscription->record.time;
	subscription->before = subscription->hand;
	subscription->view = true;
	if (batch || framing == FANOUT_FRAMING_ONE) {
		show_all(subscription, framing, event);
		return 0;
	}
	event->count = 1;
	return message_of(subscription, &event->data, &event->size);
}

/*
 * Fetches more from a transport that has it elsewhere, once all in the ring was taken. False: it has
 * FAILED.
 */
static __attribute__((noinline)) bool refill(struct subscription *subscription)
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

/*
 * What comes before messages, if anything does. 1; 0: nothing.
 */
static int tell_news(struct subscription *subscription, struct baf_event *event)
{
	if (subscription->source.damaged)
		return tell_damage(subscription, "somebody truncated it", event);
	if (subscription->announce) {
		subscription->announce = false;
		tell(subscription, BAF_EVENT_ATTACHED, event);
		event->reason = subscription->source.transport->lacks;
		return 1;
	}
	if (subscription->uncounted) {
		subscription->uncounted = false;
		return tell(subscription, BAF_EVENT_LOST, event);
	}
	return subscription->lost ? tell_lost(subscription, event) : 0;
}

/*
 * Shows what is in hand, a new record if need be. 1; 0: nothing; -EAGAIN: it was overwritten
 * meanwhile.
 */
static int next_messages(struct subscription *subscription, bool batch, struct baf_event *event)
{
	int r = 0;

	if (!subscription->in_hand) {
		r = take_record(subscription, event);
		if (r != 1)
			return r ? 1 : 0;
		r = skip_to_start(subscription);
	}
	if (r == 0)
		r = show(subscription, batch, event);
	if (r == 0)
		return 1;
	/* What makes no sense may just have been overwritten. */
	if (!subscription_intact(subscription))
		return -EAGAIN;
	return tell_damage(subscription, "it is damaged: a record does not fit its messages",
			   event);
}

int subscription_next(struct subscription *subscription, bool batch, struct baf_event *event)
{
	int r;

	settle(subscription);
	if (subscription->state != SUBSCRIPTION_ATTACHED)
		return subscription->state == SUBSCRIPTION_FAILED && subscription->reason ?
			       tell_failure(subscription, event) :
			       0;
	if (subscription->source.transport->refill && !refill(subscription))
		return tell_failure(subscription, event);
	if (tell_news(subscription, event))
		return 1;
	r = next_messages(subscription, batch, event);
	if (r == -EAGAIN)
		r = next_messages(subscription, batch, event);
	subscription->calm = r == 1 && event->type == BAF_EVENT_MESSAGES && !subscription->drains;
	return r == 1;
}

bool subscription_next_quick(struct subscription *subscription, struct baf_event *event)
{
	struct fanout_reader *reader = &subscription->reader;
	const void *payload;

	settle(subscription);
	if (!subscription->calm || subscription->source.damaged || subscription->in_hand ||
	    fanout_reader_peek(reader, &subscription->record, &payload) != 1 ||
	    subscription->record.content != fanout_content(FANOUT_FRAMING_ONE, 1))
		return false;
	hold(subscription, payload);
	(void)show(subscription, true, event);
	return true;
}

/*
 * The next message of the record in hand, if there is one and it is plain: where it is, and what
 * would be left in hand without it.
 */
static inline bool peek_message(const struct subscription *subscription,
				struct subscription_hand *left, const void **message, size_t *size)
{
	unsigned char prefix[FANOUT_LENGTH_PREFIX];

	*left = subscription->hand;
	*message = left->bytes;
	*size = left->size;
	if (subscription->record.content != fanout_content(FANOUT_FRAMING_ONE, 1)) {
		if (fanout_content_framing(subscription->record.content) != FANOUT_FRAMING_LENGTH ||
		    left->size < sizeof(prefix))
			return false;
		copy_from_ring(prefix, left->bytes, sizeof(prefix));
		*message = (const char *)left->bytes + sizeof(prefix);
		*size = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 |
			prefix[3];
		left->size -= sizeof(prefix);
		if (*size > left->size)
			return false;
	}
	left->bytes = (const char *)*message + *size;
	left->size -= *size;
	left->messages--;
	left->sequence++;
	return !left->messages == !left->size;
}

bool subscription_read_quick(struct subscription *subscription, void *buffer, size_t size,
			     struct baf_event *event)
{
	struct subscription_hand left;
	const void *message;
	size_t message_size;

	settle(subscription);
	if (!subscription->calm || subscription->source.damaged)
		return false;
	if (!subscription->in_hand) {
		if (fanout_reader_peek(&subscription->reader, &subscription->record, &message) != 1)
			return false;
		hold(subscription, message);
	}
	if (!peek_message(subscription, &left, &message, &message_size) || message_size > size)
		return false;
	copy_from_ring(buffer, message, message_size);
	if (!fanout_reader_intact(&subscription->reader))
		return false;
	tell(subscription, BAF_EVENT_MESSAGES, event);
	event->time = subscription->record.time;
	event->data = buffer;
	event->size = message_size;
	event->count = 1;
	subscription->hand = left;
	subscription->totals.messages++;
	subscription->totals.bytes += message_size;
	if (!left.messages)
		finish_record(subscription);
	return true;
}

bool subscription_ready(const struct subscription *subscription)
{
	const struct source *source = &subscription->source;
	uint64_t position = subscription->reader.position;

	if (subscription->state == SUBSCRIPTION_FAILED)
		return subscription->reason;
	if (subscription->state != SUBSCRIPTION_ATTACHED)
		return false;
	if (source->damaged || subscription->announce || subscription->lost ||
	    subscription->uncounted || subscription->superseded || subscription->drains)
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
