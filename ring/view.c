// SPDX-License-Identifier: MIT
/*
 * How messages are read: a record is taken in hand, and its messages are shown one by one or all
 * at once. The messages shown, the view, stay in the ring. The view is settled, that is counted
 * and passed, when the caller asks for the next one.
 *
 * The work for each message is in this file, so that the compiler can inline it. Rare work is in
 * subscription.c.
 */
#include <errno.h>

#include "ring/barrier.h"
#include "ring/copy.h"
#include "ring/subscription.h"

void subscription_show_position(struct subscription *subscription)
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
	/* No fence is needed between this and the load of the publisher's wish: see wait.h. */
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
	subscription_show_position(subscription);
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

static int message_of(struct subscription *subscription, const void **message, size_t *size)
{
	struct subscription_hand *hand = &subscription->hand;
	enum fanout_framing framing = fanout_content_framing(subscription->record.content);
	int r = baf_batch_next((enum baf_framing)framing, &hand->bytes, &hand->size, message, size);

	if (r != 1 || !hand->messages)
		return -EBADMSG;
	hand->messages--;
	hand->sequence++;
	/* The count in the header and the bytes must run out together. */
	return !hand->messages == !hand->size ? 0 : -EBADMSG;
}

/* Skips messages of the record in hand that lie before the starting point. */
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

static inline void hold(struct subscription *subscription, const void *payload)
{
	subscription->hand.bytes = payload;
	subscription->hand.size = subscription->record.length;
	subscription->hand.messages = fanout_content_messages(subscription->record.content);
	subscription->in_hand = true;
}

/* There is no further record. Is this the end of the ring? */
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
	subscription_tell(subscription, BAF_EVENT_RETIRED, event);
	subscription->left = ring->id;
	subscription_detach(subscription);
	return 1;
}

/* Takes the next record in hand. 1; 0: there is none; 2: @event says why there is none. */
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
		return subscription_recover(subscription, event) ? 2 : 0;
	if (r < 0) {
		subscription_tell_damage(subscription, "it is damaged: no record where one must be",
					 event);
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

	subscription_tell(subscription, BAF_EVENT_MESSAGES, event);
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
	/* Data that makes no sense may just have been overwritten. */
	if (!subscription_intact(subscription))
		return -EAGAIN;
	return subscription_tell_damage(subscription,
					"it is damaged: a record does not fit its messages", event);
}

int subscription_next(struct subscription *subscription, bool batch, struct baf_event *event)
{
	int r;

	settle(subscription);
	if (subscription->state != SUBSCRIPTION_ATTACHED)
		return subscription->state == SUBSCRIPTION_FAILED && subscription->reason ?
			       subscription_tell_failure(subscription, event) :
			       0;
	if (subscription->source.transport->refill && !subscription_refill(subscription))
		return subscription_tell_failure(subscription, event);
	if (subscription_has_news(subscription))
		return subscription_tell_news(subscription, event);
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
 * Finds the next message of the record in hand, if there is one and it is plain: where it is, and
 * what would be left in hand without it.
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
	subscription_tell(subscription, BAF_EVENT_MESSAGES, event);
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
