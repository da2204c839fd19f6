// SPDX-License-Identifier: MIT
#include "ring/subscription.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/barrier.h"
#include "ring/copy.h"
#include "ring/directory.h"
#include "ring/module-client.h"
#include "ring/wait.h"

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
	subscription->watch = -1;
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

/* There is no history, and nobody knows who publishes. */
static bool foreign_serves(const struct baf_subscriber_options *options)
{
	bool drain = options->flags & BAF_SUBSCRIBER_DRAIN;

	return !(options->flags & BAF_SUBSCRIBER_EOF) &&
	       (options->start == BAF_START_NEWEST ||
		(drain && options->start == BAF_START_OLDEST));
}

static int open_foreign(struct subscription *subscription,
			const struct baf_subscriber_options *options)
{
	struct foreign_device *device;
	int r;

	if (!foreign_serves(options))
		return -EOPNOTSUPP;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	r = foreign_open(device, (enum baf_framing)foreign_framing(options->framing));
	if (r) {
		free(device);
		return r;
	}
	subscription->source.foreign = device;
	subscription->source.map = device->map;
	return 0;
}

static int open_ring(struct subscription *subscription, int directory,
		     const struct baf_subscriber_options *options, struct stat *status)
{
	int fd = directory_open_file(directory, subscription->name, O_RDONLY, status);
	int r = 0;

	if (fd < 0)
		return fd;
	subscription->source.transport = transport_of_file(fd, status);
	switch (subscription->source.transport) {
	case TRANSPORT_MEMORY:
		r = ring_map_file(&subscription->source.map, fd, status, false);
		break;
	case TRANSPORT_MODULE:
		r = module_map(&subscription->source.map, fd);
		break;
	case TRANSPORT_FOREIGN:
		r = open_foreign(subscription, options);
		break;
	}
	if (r || !(options->flags & BAF_SUBSCRIBER_EOF || subscription_is_in_kernel(subscription)))
		close(fd);
	else
		subscription->source.fd = fd;
	return r;
}

/*
 * A place on the roster is worth having, but one can read without it. The kernel keeps one for each
 * descriptor.
 */
static int enter_roster(struct subscription *subscription, int directory, uid_t owner)
{
	char name[TOPIC_FILE_NAME_SIZE];
	int r;

	if (subscription->source.foreign)
		return 0;
	if (subscription->source.transport == TRANSPORT_MODULE)
		return module_map_slot(subscription->source.fd, &subscription->source.slot);
	topic_roster_name(name, subscription->name, subscription->source.map.ring->id);
	r = roster_open(&subscription->source.roster, directory, name,
			subscription->source.map.ring->id, owner);
	if (r == 0)
		r = roster_enter(&subscription->source.roster);
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
		return r;
	if (r < 0)
		roster_close(&subscription->source.roster);
	else
		subscription->source.slot = &subscription->source.roster.file->slots[r];
	return 0;
}

/*
 * From here on publishers wait for us; the caller looks at the claim afterwards.
 */
static unsigned int slot_number(const struct source *source)
{
	return (unsigned int)(source->slot - source->roster.file->slots);
}

static void attach_slot(struct subscription *subscription, bool observe)
{
	struct fanout_slot *slot = subscription->source.slot;

	if (subscription->source.transport == TRANSPORT_MODULE) {
		fanout_store(&slot->position, subscription->reader.position);
		fanout_store_release(&slot->state,
				     observe ? FANOUT_SLOT_OBSERVING : FANOUT_SLOT_ATTACHED);
		module_progress(subscription->source.fd);
	} else {
		roster_attach(&subscription->source.roster, slot_number(&subscription->source),
			      subscription->reader.position, observe);
	}
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
	__u64 first;
	int r = seek(subscription, options, &first);

	if (r == 0 && subscription->source.slot) {
		attach_slot(subscription, options->flags & BAF_SUBSCRIBER_OBSERVE);
		if (fanout_load_acquire(&subscription->source.map.ring->claim) > reader->position) {
			r = fanout_reader_seek_oldest(reader);
			if (first < reader->sequence)
				first = reader->sequence;
			fanout_store_release(&subscription->source.slot->position,
					     reader->position);
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

/*
 * Somebody waits for subscribers, perhaps.
 */
static void wake_publisher(struct subscription *subscription)
{
	__u32 *progress;

	if (subscription->source.transport == TRANSPORT_MODULE) {
		module_progress(subscription->source.fd);
		return;
	}
	progress = &subscription->source.roster.file->progress;
	__atomic_fetch_add(progress, 1, __ATOMIC_SEQ_CST);
	wait_wake(progress);
}

int subscription_attach(struct subscription *subscription, int directory,
			const struct baf_subscriber_options *options, bool appeared)
{
	struct stat status;
	int r = open_ring(subscription, directory, options, &status);

	if (r == 0 && subscription->seen &&
	    subscription->source.map.ring->id == subscription->left) {
		/* Whoever retired it died before it could take the name away. */
		subscription_detach(subscription);
		return -ENOENT;
	}
	if (r == -ENOENT)
		return r;
	if (r == 0)
		r = enter_roster(subscription, directory, status.st_uid);
	if (r == 0)
		r = start(subscription, options, appeared);
	if (r)
		return fail(subscription, r, reason_of(r));
	subscription->state = SUBSCRIPTION_ATTACHED;
	subscription->seen = subscription->announce = true;
	if (subscription->source.slot)
		wake_publisher(subscription);
	return 0;
}

void subscription_detach(struct subscription *subscription)
{
	/* Before it is closed: a child may have it open, too. */
	if (subscription->source.doorbell)
		doorbell_remove(subscription->source.doorbell, subscription->source.fd);
	if (subscription->source.transport == TRANSPORT_MODULE && subscription->source.slot)
		module_unmap_slot(subscription->source.slot);
	else if (subscription->source.slot && !subscription->source.inherited &&
		 !subscription->source.roster_damaged) {
		roster_leave(&subscription->source.roster, slot_number(&subscription->source));
		if (fanout_load(&subscription->source.map.ring->wanted))
			wake_publisher(subscription);
	}
	roster_close(&subscription->source.roster);
	ring_map_deinit(&subscription->source.map);
	free(subscription->source.foreign);
	if (subscription->source.fd >= 0)
		close(subscription->source.fd);
	subscription->source = (struct source)SOURCE_NONE;
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
	struct fanout_slot *slot;
	uint64_t wanted;

	if (!subscription->source.slot)
		return;
	slot = subscription->source.slot;
	fanout_store(&slot->received, subscription->totals.messages);
	fanout_store(&slot->lost, subscription->totals.lost);
	/* We are done with what lies before: pairs with the acquire in roster_look(). */
	fanout_store_release(&slot->position, subscription->reader.position);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	wanted = fanout_load(&subscription->source.map.ring->wanted);
	if (wanted && subscription->reader.position >= wanted)
		wake_publisher(subscription);
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

static void catch_up(struct subscription *subscription)
{
	if (subscription->source.transport == TRANSPORT_MODULE) {
		fanout_store_release(&subscription->source.slot->lapsed, 0);
		module_progress(subscription->source.fd);
	} else {
		roster_catch_up(&subscription->source.roster, slot_number(&subscription->source));
	}
}

/*
 * Nothing is there. Is that the end of this ring?
 */
static int at_head(struct subscription *subscription, struct baf_event *event)
{
	const struct fanout_ring *ring = subscription->source.map.ring;

	if (subscription->source.slot && fanout_load(&subscription->source.slot->lapsed))
		catch_up(subscription);
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
 * What follows is for foreign devices.
 */

static void take_again(struct subscription *subscription)
{
	int fd = foreign_reopen(subscription->source.fd);

	if (fd < 0) {
		fail(subscription, fd, reason_of(fd));
		return;
	}
	if (subscription->source.doorbell)
		doorbell_remove(subscription->source.doorbell, subscription->source.fd);
	close(subscription->source.fd);
	subscription->source.fd = fd;
	subscription->source.doorbell = NULL;
	subscription->uncounted = true;
	subscription->totals.lost++;
}

/* Gets what the device has, once all that it gave before was taken. */
static void take_from_device(struct subscription *subscription)
{
	int r = 0;

	if (subscription->state == SUBSCRIPTION_ATTACHED && !subscription->drains &&
	    fanout_load(&subscription->source.map.ring->head) == subscription->reader.position)
		r = foreign_take(subscription->source.foreign, subscription->source.fd);
	if (r == -EPIPE)
		take_again(subscription);
	else if (r == -EBADMSG)
		fail(subscription, r,
		     "bytes were lost, or there are none: no length of a message "
		     "can be found any more");
	else if (r)
		fail(subscription, r, "it cannot be read");
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
		event->reason = subscription->source.foreign ? FOREIGN_LACKS : NULL;
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
	if (subscription->source.foreign)
		take_from_device(subscription);
	if (subscription->state == SUBSCRIPTION_FAILED && subscription->reason)
		return tell_failure(subscription, event);
	if (subscription->state != SUBSCRIPTION_ATTACHED)
		return 0;
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

bool subscription_is_in_kernel(const struct subscription *subscription)
{
	return subscription->source.transport != TRANSPORT_MEMORY;
}

bool subscription_ready(const struct subscription *subscription)
{
	const struct fanout_ring *ring = subscription->source.map.ring;

	if (subscription->state == SUBSCRIPTION_FAILED)
		return subscription->reason;
	if (subscription->state != SUBSCRIPTION_ATTACHED)
		return false;
	if (subscription->source.damaged || subscription->announce || subscription->lost ||
	    subscription->uncounted || subscription->superseded || subscription->drains)
		return true;
	if (subscription->in_hand && (!subscription->view || subscription->hand.size))
		return true;
	if (subscription->source.foreign && foreign_ready(subscription->source.fd))
		return true;
	return fanout_load_acquire(&ring->head) !=
		       subscription->reader.position +
			       (subscription->view ?
					fanout_record_size(subscription->record.length) :
					0) ||
	       fanout_load(&ring->retired);
}

bool subscription_ask_wakeup(struct subscription *subscription, uint32_t attention)
{
	if (subscription_is_in_kernel(subscription))
		return true;
	if (!subscription->source.slot || subscription->source.roster_damaged)
		return false;
	if ((subscription->source.asleep & attention) != attention) {
		__atomic_fetch_or(&subscription->source.roster.file->attention, attention,
				  __ATOMIC_SEQ_CST);
		subscription->source.asleep |= attention;
	}
	return true;
}

int subscription_enter_doorbell(struct subscription *subscription, struct doorbell *doorbell)
{
	int r = subscription->source.doorbell ?
			0 :
			doorbell_add(doorbell, subscription->source.fd, subscription);

	if (r == 0)
		subscription->source.doorbell = doorbell;
	return r;
}

bool subscription_has_publisher(const struct subscription *subscription)
{
	struct fanout_query query;

	/* The name is there before the first writer is. */
	if (subscription->source.transport == TRANSPORT_MODULE)
		return module_query(subscription->source.fd, &query) == 0 &&
		       (query.n_writers || (!query.ring.publisher_since && !query.ring.head));
	return subscription->source.fd >= 0 && topic_has_publisher(subscription->source.fd);
}

/* To open it would make us one of its readers. */
static bool is_another_file(const struct subscription *subscription, int directory)
{
	struct stat ours, named;

	return fstat(subscription->source.fd, &ours) == 0 &&
	       fstatat(directory, subscription->name, &named, 0) == 0 &&
	       !is_same_file(&ours, &named);
}

bool subscription_is_superseded(const struct subscription *subscription, int directory)
{
	struct fanout_ring header;
	struct stat status;
	int fd;
	ssize_t n;

	if (subscription_is_in_kernel(subscription))
		return is_another_file(subscription, directory);
	fd = directory_open_file(directory, subscription->name, O_RDONLY, &status);
	if (fd < 0)
		return false;
	n = pread(fd, &header, sizeof(header), 0);
	close(fd);
	return n == sizeof(header) && header.id != subscription->source.map.ring->id;
}

bool subscription_handle_sigbus(struct subscription *subscription, const void *address)
{
	if (ring_map_contains(&subscription->source.map, address)) {
		subscription->source.damaged = 1;
		return ring_map_patch(address);
	}
	if (roster_contains(&subscription->source.roster, address)) {
		subscription->source.roster_damaged = 1;
		return ring_map_patch(address);
	}
	return false;
}
