// SPDX-License-Identifier: MIT
/*
 * The publishing end: a writer of the ring that makes room, waits for subscribers within
 * its patience, and wakes them.
 *
 * Before the tail moves over records, the publisher makes sure that no attached subscriber
 * still needs them. To look at all slots for each record would cost time that grows with the
 * subscribers, so it remembers the least position that it found (the gate): positions only
 * grow, so until the tail reaches the gate there is nobody to look for, except a subscriber
 * that joined since; that one has set a bit in the roster.
 *
 * After each record the publisher looks whether somebody sleeps; wait.h tells why that
 * look needs no fence.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "ring/barrier.h"
#include "ring/capacity.h"
#include "ring/foreign-device.h"
#include "ring/clock.h"
#include "ring/directory.h"
#include "ring/module-client.h"
#include "ring/options.h"
#include "ring/process.h"
#include "ring/ring.h"
#include "ring/roster.h"
#include "ring/topic.h"
#include "ring/transport.h"
#include "ring/wait.h"

struct baf_publisher {
	struct process_guard guard;
	int directory;
	int lock;
	int fd;
	struct topic_names names;
	struct ring_map map;
	struct roster roster;
	struct fanout_writer writer;
	uint64_t gate;
	uint64_t patience;
	uint32_t flags;
	bool fence; /* nobody else can make us pass one */
	bool reserved;
	bool removed;
	bool roster_missing;
	size_t reserved_size;
	uint64_t capacity;
	size_t limit;
	uint64_t stored; /* positions before this have storage; 0 if each record needs more care */
	bool kernel; /* it is the kernel's: there is no map, no roster, no lock */
	bool foreign; /* of these: a device that knows bytes only */
	enum baf_framing framing; /* of these bytes */
	void *payload; /* of its next record */
	size_t payload_size;
	struct baf_publisher_counters before; /* what it counted before us */
	struct clock clock;
	struct wait_spin spin;
	struct baf_publisher_counters counters;
	volatile sig_atomic_t damaged;
	volatile sig_atomic_t roster_damaged;
	char topic[BAF_NAME_MAX + 1];
};

static bool shared(const struct baf_publisher *publisher)
{
	return publisher->flags & BAF_PUBLISHER_SHARED;
}

/*
 * Opening.
 */

/* How a topic is made that this publisher makes. */
static struct baf_topic_options make_options(const struct baf_publisher_options *options)
{
	return (struct baf_topic_options){
		.size = sizeof(struct baf_topic_options),
		.capacity = options->capacity,
		.mode = options->mode,
		.group = options->group,
	};
}

static int check_options(const struct baf_publisher_options *options)
{
	const uint32_t known = BAF_PUBLISHER_SHARED | BAF_PUBLISHER_REMOVE | BAF_PUBLISHER_EXISTING;
	const struct baf_topic_options make = make_options(options);

	if (options->flags & ~known || foreign_framing(options->framing) < 0 || options->reserved)
		return -EINVAL;
	return topic_check_options(&make);
}

/*
 * A publisher can do without the roster, at a price. 0; -ENOENT: there is none that is of use;
 * -EMFILE or the like.
 */
static int open_roster(struct baf_publisher *publisher, const struct stat *status)
{
	uint64_t id = publisher->map.ring->id;
	char name[TOPIC_FILE_NAME_SIZE];
	int r;

	topic_roster_name(name, publisher->topic, id);
	r = roster_open(&publisher->roster, publisher->directory, name, id, status->st_uid);
	return r == 0 || r == -EMFILE || r == -ENFILE || r == -ENOMEM ? r : -ENOENT;
}

static int open_ring(struct baf_publisher *publisher, struct stat *status)
{
	int fd = directory_open_file(publisher->directory, publisher->topic, O_RDWR, status);
	int r;

	if (fd < 0)
		return fd;
	r = -EACCES;
	if (!directory_file_is_planted(publisher->directory, status))
		r = topic_show_publisher(fd);
	if (r == 0)
		r = ring_map_file(&publisher->map, fd, status, true);
	if (r == 0)
		r = fanout_writer_init(&publisher->writer, publisher->map.ring, publisher->map.data,
				       publisher->map.capacity);
	if (r) {
		ring_map_deinit(&publisher->map);
		close(fd);
		return r;
	}
	publisher->fd = fd;
	r = open_roster(publisher, status);
	publisher->roster_missing = r == -ENOENT && status->st_uid == geteuid();
	return r == -ENOENT ? 0 : r;
}

static void close_ring(struct baf_publisher *publisher)
{
	roster_close(&publisher->roster);
	ring_map_deinit(&publisher->map);
	close(publisher->fd);
	publisher->fd = -1;
}

/*
 * A ring of another capacity gives way; so does one whose last publisher died while it removed
 * it, and one whose roster somebody spoilt: its subscribers would not see another one.
 */
static bool must_replace(const struct baf_publisher *publisher,
			 const struct baf_publisher_options *options)
{
	return fanout_load(&publisher->map.ring->retired) ||
	       (options->capacity && capacity_round(options->capacity) != publisher->map.capacity);
}

static int make_ring(struct baf_publisher *publisher, const struct baf_topic_options *options,
		     uint64_t first_sequence, const struct topic_replaced *replaced,
		     struct stat *status)
{
	int made = topic_make(publisher->directory, &publisher->names, publisher->lock, options,
			      first_sequence, replaced);
	int r;

	if (made < 0)
		return made;
	/* The new ring has the name before the old one retires, so that subscribers find it. */
	if (replaced) {
		topic_retire(&publisher->map, publisher->fd);
		close_ring(publisher);
	}
	r = open_ring(publisher, status);
	if (r == 0)
		r = topic_sweep(publisher->directory, &publisher->names, publisher->lock,
				publisher->map.ring->id);
	close(made);
	return r;
}

static int replace_ring(struct baf_publisher *publisher, const struct baf_topic_options *options,
			struct stat *status)
{
	const struct topic_replaced replaced = {
		.id = publisher->map.ring->id,
		.status = *status,
	};
	struct baf_topic_options chosen = *options;

	if (!chosen.capacity)
		chosen.capacity = publisher->map.capacity;
	return make_ring(publisher, &chosen, publisher->writer.sequence, &replaced, status);
}

static int open_or_make_ring(struct baf_publisher *publisher,
			     const struct baf_publisher_options *options, struct stat *status)
{
	const struct baf_topic_options make = make_options(options);
	int r = open_ring(publisher, status);

	if (r == -ENOENT && !(publisher->flags & BAF_PUBLISHER_EXISTING))
		r = make_ring(publisher, &make, 0, NULL, status);
	if (r == 0 && must_replace(publisher, options))
		r = replace_ring(publisher, &make, status);
	return r;
}

/*
 * A topic of the kernel's, which does there what follows here for others.
 */

static bool is_in_kernel(const struct baf_publisher *publisher)
{
	struct stat status;

	return transport_of_directory(publisher->directory) == TRANSPORT_MODULE ||
	       (fstatat(publisher->directory, publisher->topic, &status, 0) == 0 &&
		S_ISCHR(status.st_mode));
}

static int open_or_make_in_kernel(const struct baf_publisher *publisher,
				  const struct baf_publisher_options *options, struct stat *status)
{
	const struct baf_topic_options make = make_options(options);
	int fd, made = -ENOENT;

	for (;;) {
		fd = directory_open_file(publisher->directory, publisher->topic, O_WRONLY, status);
		if (made >= 0)
			close(made);
		if (fd != -ENOENT || publisher->flags & BAF_PUBLISHER_EXISTING)
			return fd;
		made = module_make(publisher->directory, publisher->topic, &make);
		if (made < 0 && made != -EEXIST)
			return made;
	}
}

static int attach_foreign(struct baf_publisher *publisher,
			  const struct baf_publisher_options *options)
{
	if (options->capacity || options->patience == BAF_INFINITE)
		return -EOPNOTSUPP;
	publisher->foreign = true;
	publisher->framing = (enum baf_framing)foreign_framing(options->framing);
	publisher->limit = FOREIGN_MESSAGE_MAX;
	return foreign_publish(publisher->fd, shared(publisher));
}

static int attach_in_kernel(struct baf_publisher *publisher,
			    const struct baf_publisher_options *options, bool device,
			    bool *replaced)
{
	uint64_t capacity = options->capacity ? capacity_round(options->capacity) : 0;
	struct fanout_query query;
	int r;

	r = module_publish(publisher->fd, publisher->patience, shared(publisher));
	if (r == -ENOTTY && device)
		return attach_foreign(publisher, options);
	if (r == 0)
		r = module_query(publisher->fd, &query);
	if (r)
		return r;
	*replaced = capacity && capacity != query.ring.capacity;
	if (*replaced)
		return device ? -EOPNOTSUPP : module_replace(publisher->fd, capacity);
	publisher->capacity = query.ring.capacity;
	publisher->limit = fanout_length_max(publisher->capacity);
	publisher->before.waits = query.ring.waits;
	publisher->before.waited = query.ring.waited;
	publisher->before.lapses = query.ring.lapses;
	return 0;
}

static int open_in_kernel(struct baf_publisher *publisher,
			  const struct baf_publisher_options *options)
{
	struct stat status = { 0 };
	bool replaced = false;
	int old = -1, r;

	do {
		r = open_or_make_in_kernel(publisher, options, &status);
		if (old >= 0)
			close(old);
		old = publisher->fd = r < 0 ? -1 : r;
		if (r < 0)
			return r;
		publisher->kernel = true;
		if (S_ISCHR(status.st_mode) && options->flags & BAF_PUBLISHER_REMOVE)
			return -EOPNOTSUPP;
		/* The patience is the kernel's to have. */
		r = fcntl(publisher->fd, F_SETFL, 0) ? -errno : 0;
		if (r == 0)
			r = attach_in_kernel(publisher, options, S_ISCHR(status.st_mode),
					     &replaced);
		if (r)
			return r;
	} while (replaced);
	return 0;
}

static void sign(struct fanout_ring *ring, uint64_t patience)
{
	fanout_store(&ring->patience, patience);
	/* The last one may have died in its sleep. */
	fanout_store(&ring->wanted, 0);
	fanout_store(&ring->publisher_pid, (__u32)getpid());
	fanout_store(&ring->publisher_since, clock_exact());
	process_command(ring->publisher_command, sizeof(ring->publisher_command));
}

static int open_files(struct baf_publisher *publisher, const struct baf_publisher_options *options)
{
	struct stat status;
	int r;

	r = open_or_make_ring(publisher, options, &status);
	if (r)
		return r;
	publisher->capacity = publisher->map.capacity;
	publisher->limit = fanout_length_max(publisher->capacity);
	/* A publisher that did not close may have died between a message and the wake-up. */
	if (fanout_load(&publisher->map.ring->publisher_pid))
		topic_wake(publisher->map.ring, publisher->fd,
			   FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL);
	sign(publisher->map.ring, publisher->patience);
	return 0;
}

static int open_topic(struct baf_publisher *publisher, const char *directory,
		      const struct baf_publisher_options *options)
{
	const struct baf_topic_options make = make_options(options);
	bool existing = publisher->flags & BAF_PUBLISHER_EXISTING;
	struct stat status;
	int r;

	r = process_guard_init(&publisher->guard);
	if (r)
		return r;
	publisher->fence = !wait_register();
	publisher->directory = directory_open(directory, !existing);
	if (publisher->directory < 0)
		return publisher->directory;
	if (is_in_kernel(publisher))
		return open_in_kernel(publisher, options);
	if (existing &&
	    fstatat(publisher->directory, publisher->topic, &status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	publisher->lock =
		topic_lock(publisher->directory, &publisher->names, shared(publisher), &make);
	if (publisher->lock < 0)
		return publisher->lock;
	r = open_files(publisher, options);
	if (shared(publisher))
		topic_unlock_turn(publisher->lock);
	return r;
}

int baf_publisher_open(struct baf_publisher **publisherp, const char *directory, const char *topic,
		       const struct baf_publisher_options *options)
{
	struct baf_publisher_options chosen = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	int r;

	r = options_take(&chosen, sizeof(chosen), options);
	if (r == 0)
		r = check_options(&chosen);
	if (r == 0 && !baf_name_valid(topic))
		r = -EINVAL;
	if (r)
		return r;
	publisher = calloc(1, sizeof(*publisher));
	if (!publisher)
		return -ENOMEM;
	publisher->directory = publisher->lock = publisher->fd = publisher->roster.fd = -1;
	publisher->flags = chosen.flags;
	publisher->patience = chosen.patience;
	strcpy(publisher->topic, topic);
	topic_names(&publisher->names, publisher->topic);
	r = open_topic(publisher, directory, &chosen);
	if (r) {
		publisher->flags &= ~BAF_PUBLISHER_REMOVE;
		baf_publisher_close(publisher);
		return r;
	}
	*publisherp = publisher;
	return 0;
}

/*
 * Making room.
 */

static int usable(const struct baf_publisher *publisher)
{
	if (!process_is_ours(&publisher->guard))
		return -ECHILD;
	if (publisher->removed)
		return -ESTALE;
	return publisher->damaged ? -EBADMSG : 0;
}

/*
 * Storage is taken in pieces that grow with what there is: a ring has at most about twice what
 * was written to it, and the system calls are few.
 */
enum { STORAGE_LEAST = 4096, STORAGE_MOST = 256 * 1024 };

static uint64_t storage_piece(uint64_t allocated, uint64_t end, uint64_t capacity)
{
	uint64_t piece = allocated < STORAGE_MOST ? allocated : STORAGE_MOST;

	if (piece < STORAGE_LEAST)
		piece = STORAGE_LEAST;
	if (piece < end - allocated)
		piece = (end - allocated + STORAGE_LEAST - 1) / STORAGE_LEAST * STORAGE_LEAST;
	return piece < capacity - allocated ? piece : capacity - allocated;
}

/*
 * Takes storage for the record before it is written, in the first lap; later all of the ring
 * has it.
 */
static int make_storage(struct baf_publisher *publisher, uint64_t end)
{
	struct fanout_ring *ring = publisher->map.ring;
	uint64_t capacity = publisher->map.capacity;
	uint64_t allocated = fanout_load(&ring->allocated);

	while (allocated < end && allocated < capacity) {
		uint64_t piece = storage_piece(allocated, end, capacity);

		if (fallocate(publisher->fd, 0, (off_t)(ring->header_size + allocated),
			      (off_t)piece)) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		allocated += piece;
		fanout_store(&ring->allocated, allocated);
	}
	/* In a shared topic each publish has to wait for its turn anyway. */
	if (!shared(publisher))
		publisher->stored = allocated < capacity ? allocated : UINT64_MAX;
	return 0;
}

/*
 * Looks for subscribers that are in the way of @target; no sleep. True: there are none.
 */
static bool way_is_free(struct baf_publisher *publisher, uint64_t target)
{
	publisher->gate = roster_look(&publisher->roster).gate;
	return publisher->gate >= target;
}

/*
 * Says that the publisher is going to sleep until a subscriber is at @wanted. Whether it must
 * is to be looked at after this. Returns what sleep_on() needs.
 */
static uint32_t announce_sleep(struct baf_publisher *publisher, uint64_t wanted, uint64_t *timeout)
{
	/* Pairs with the release in subscribers' bumps. */
	uint32_t value = fanout_load_acquire(&publisher->roster.file->progress);

	fanout_store(&publisher->map.ring->wanted, wanted);
	if (!wait_barrier() && *timeout > NAP_NANOSECONDS)
		*timeout = NAP_NANOSECONDS;
	return value;
}

/* 0 or -EINTR. */
static int sleep_on(struct baf_publisher *publisher, uint32_t value, uint64_t timeout)
{
	return wait_futex(&publisher->roster.file->progress, value, timeout) == -EINTR ? -EINTR : 0;
}

static void end_sleep(struct baf_publisher *publisher)
{
	fanout_store(&publisher->map.ring->wanted, 0);
}

static int sleep_for_room(struct baf_publisher *publisher, uint64_t target, uint64_t timeout)
{
	/* Who sleeps wants more than one step when it wakes. */
	uint64_t more = target + publisher->map.capacity / 4;
	uint64_t wanted = more < publisher->writer.head ? more : publisher->writer.head;
	uint32_t value = announce_sleep(publisher, wanted, &timeout);
	int r = 0;

	if (!way_is_free(publisher, target))
		r = sleep_on(publisher, value, timeout);
	end_sleep(publisher);
	return r;
}

/*
 * How many of those in the way it looks at after each: a look is a system call, and
 * who may write the roster can make it a slow one.
 */
enum { PROBES = 64 };

/*
 * Waits until nobody is in the way of @target or the patience is used up. 0 or -EINTR.
 */
static int wait_for_room(struct baf_publisher *publisher, uint64_t target)
{
	uint64_t deadline = wait_deadline(publisher->patience), nap = NAP_FIRST;
	uint64_t left;

	wait_spin_start(&publisher->spin);
	while (!way_is_free(publisher, target) && !publisher->roster_damaged) {
		left = wait_left(deadline);
		if (left == 0) {
			publisher->counters.lapses += roster_lapse(&publisher->roster, target);
			break;
		}
		if (wait_spin(&publisher->spin))
			continue;
		if (sleep_for_room(publisher, target, left < nap ? left : nap))
			return -EINTR;
		roster_bury(&publisher->roster, target, PROBES);
		nap = nap_longer(nap);
	}
	return 0;
}

/*
 * The same, counted and shown to others.
 */
static int wait_and_count(struct baf_publisher *publisher, uint64_t target)
{
	struct fanout_ring *ring = publisher->map.ring;
	uint64_t start = wait_now(), lapses = publisher->counters.lapses, waited;
	int r = wait_for_room(publisher, target);

	waited = wait_now() - start;
	publisher->counters.waits++;
	publisher->counters.waited += waited;
	fanout_store(&ring->waits, ring->waits + 1);
	fanout_store(&ring->waited, ring->waited + waited);
	fanout_store(&ring->lapses, ring->lapses + publisher->counters.lapses - lapses);
	return r;
}

static bool somebody_joined(struct baf_publisher *publisher)
{
	uint32_t *attention = &publisher->roster.file->attention;

	if (!(fanout_load(attention) & FANOUT_ATTENTION_JOINED))
		return false;
	__atomic_fetch_and(attention, ~FANOUT_ATTENTION_JOINED, __ATOMIC_SEQ_CST);
	return true;
}

/*
 * Moves the tail, so that a record of @length bytes fits. 0 or a negative errno.
 */
static int make_room(struct baf_publisher *publisher, uint64_t length)
{
	struct fanout_writer *writer = &publisher->writer;
	uint64_t target = fanout_writer_target(writer, length);
	int r;

	if (target == writer->tail)
		return 0;
	fanout_writer_claim(writer, target);
	if (publisher->patience && publisher->roster.file &&
	    (somebody_joined(publisher) || target > publisher->gate) &&
	    !way_is_free(publisher, target)) {
		r = wait_and_count(publisher, target);
		if (r)
			return r;
	}
	fanout_writer_advance(writer, target);
	return 0;
}

/*
 * Others may have published since our last turn.
 */
static int take_turn(struct baf_publisher *publisher)
{
	int r = topic_lock_turn(publisher->lock);

	if (r)
		return r;
	r = -ESTALE;
	if (!fanout_load(&publisher->map.ring->retired))
		r = fanout_writer_init(&publisher->writer, publisher->map.ring, publisher->map.data,
				       publisher->map.capacity);
	if (r)
		topic_unlock_turn(publisher->lock);
	publisher->gate = 0;
	return r;
}

/*
 * Whether there is room for a record without more ado: its storage was taken, the tail is far
 * enough.
 */
static inline bool has_room(const struct baf_publisher *publisher, uint64_t length)
{
	const struct fanout_writer *writer = &publisher->writer;
	uint64_t end = writer->head + fanout_record_size(length);

	return length <= publisher->limit && end <= publisher->stored &&
	       end <= writer->tail + writer->capacity;
}

/*
 * The kernel copies a record when it is complete; until then it is here.
 */
static int make_payload(struct baf_publisher *publisher, size_t length)
{
	void *payload;

	if (publisher->payload && length <= publisher->payload_size)
		return 0;
	payload = realloc(publisher->payload, length + 1);
	if (!payload)
		return -ENOMEM;
	publisher->payload = payload;
	publisher->payload_size = length;
	return 0;
}

static inline void *payload_of(const struct baf_publisher *publisher)
{
	return publisher->kernel ? publisher->payload : fanout_writer_payload(&publisher->writer);
}

static int begin_record_slowly(struct baf_publisher *publisher, uint64_t length)
{
	int r = usable(publisher);

	if (r)
		return r;
	if (length > publisher->limit)
		return -EMSGSIZE;
	if (publisher->reserved)
		baf_publisher_cancel(publisher);
	if (publisher->kernel)
		return make_payload(publisher, length);
	if (shared(publisher)) {
		r = take_turn(publisher);
		if (r)
			return r;
	}
	r = make_storage(publisher, publisher->writer.head + fanout_record_size(length));
	if (r == 0)
		r = make_room(publisher, length);
	if (r && shared(publisher))
		topic_unlock_turn(publisher->lock);
	return r;
}

/*
 * Gets room for a record, and the turn in a shared topic. 0 or a negative errno.
 */
static inline int begin_record(struct baf_publisher *publisher, uint64_t length)
{
	if (process_is_ours(&publisher->guard) && has_room(publisher, length) &&
	    !publisher->reserved && !publisher->damaged)
		return 0;
	return begin_record_slowly(publisher, length);
}

/*
 * Publishing.
 */

static inline void wake_subscribers(struct baf_publisher *publisher)
{
	const uint32_t sleeping = FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL;
	uint32_t attention = sleeping;

	/* Head, before the look at who sleeps. The sleeper provides the fence between them
	 * (see wait.h); the compiler must keep the order. */
	if (publisher->fence)
		fanout_fence_full();
	else
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (publisher->roster.file && !publisher->roster_damaged) {
		uint32_t *word = &publisher->roster.file->attention;

		if (!(fanout_load(word) & sleeping))
			return;
		attention = __atomic_fetch_and(word, ~sleeping, __ATOMIC_SEQ_CST);
	}
	topic_wake(publisher->map.ring, publisher->fd, attention);
	publisher->counters.wakeups++;
}

static inline void count_record(struct baf_publisher *publisher, size_t n_messages, size_t bytes)
{
	publisher->counters.messages += n_messages;
	publisher->counters.bytes += bytes;
	publisher->counters.records++;
}

static int write_record(struct baf_publisher *publisher, const void *payload, size_t length,
			enum baf_framing framing, size_t n_messages, size_t bytes)
{
	uint32_t content = fanout_content((enum fanout_framing)framing, (__u32)n_messages);
	int r = publisher->foreign ? foreign_write(publisher->fd, shared(publisher), payload,
						   length, framing, publisher->framing) :
				     module_write(publisher->fd, payload, length, content);

	if (r == 0)
		count_record(publisher, n_messages, bytes);
	return r;
}

static inline int end_record(struct baf_publisher *publisher, size_t length,
			     enum baf_framing framing, size_t n_messages, size_t bytes)
{
	if (publisher->kernel)
		return write_record(publisher, publisher->payload, length, framing, n_messages,
				    bytes);
	fanout_writer_commit(&publisher->writer, (__u32)length,
			     fanout_content((enum fanout_framing)framing, (__u32)n_messages), bytes,
			     clock_now(&publisher->clock));
	wake_subscribers(publisher);
	if (shared(publisher))
		topic_unlock_turn(publisher->lock);
	count_record(publisher, n_messages, bytes);
	return publisher->damaged ? -EBADMSG : 0;
}

/* The kernel can copy it from where it is. */
static int publish_in_kernel(struct baf_publisher *publisher, const void *data, size_t size)
{
	int r = usable(publisher);

	if (r)
		return r;
	if (size > publisher->limit)
		return -EMSGSIZE;
	baf_publisher_cancel(publisher);
	return write_record(publisher, data, size, BAF_FRAMING_ONE, 1, size);
}

int baf_publisher_publish(struct baf_publisher *publisher, const void *data, size_t size)
{
	int r;

	if (publisher->kernel)
		return publish_in_kernel(publisher, data, size);
	r = begin_record(publisher, size);
	if (r)
		return r;
	if (size)
		memcpy(fanout_writer_payload(&publisher->writer), data, size);
	return end_record(publisher, size, BAF_FRAMING_ONE, 1, size);
}

static unsigned char *put_message(unsigned char *at, const struct baf_buffer *message)
{
	uint32_t prefix = __builtin_bswap32((uint32_t)message->size);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	prefix = (uint32_t)message->size;
#endif
	memcpy(at, &prefix, sizeof(prefix));
	if (message->size)
		memcpy(at + sizeof(prefix), message->data, message->size);
	return at + sizeof(prefix) + message->size;
}

int baf_publisher_publish_batch(struct baf_publisher *publisher, const struct baf_buffer *messages,
				size_t n_messages)
{
	size_t bytes = 0, length;
	unsigned char *at;
	int r;

	if (n_messages <= 1)
		return n_messages ?
			       baf_publisher_publish(publisher, messages->data, messages->size) :
			       0;
	if (n_messages > FANOUT_MESSAGES_MAX)
		return -EMSGSIZE;
	length = n_messages * FANOUT_LENGTH_PREFIX;
	for (size_t i = 0; i < n_messages; i++) {
		if (messages[i].size > publisher->limit - bytes)
			return -EMSGSIZE;
		bytes += messages[i].size;
	}
	length += bytes;
	r = begin_record(publisher, length);
	if (r)
		return r;
	at = payload_of(publisher);
	for (size_t i = 0; i < n_messages; i++)
		at = put_message(at, &messages[i]);
	return end_record(publisher, length, BAF_FRAMING_LENGTH, n_messages, bytes);
}

int baf_publisher_reserve(struct baf_publisher *publisher, size_t size, void **datap)
{
	int r = begin_record(publisher, size);

	if (r)
		return r;
	publisher->reserved = true;
	publisher->reserved_size = size;
	*datap = payload_of(publisher);
	return 0;
}

/*
 * Whether @size bytes can be @n_messages messages, as far as that can be told without reading
 * them; how many bytes of them are not in messages.
 */
static bool framing_fits(const unsigned char *data, size_t size, enum baf_framing framing,
			 size_t n_messages, size_t *extra)
{
	*extra = 0;
	switch (framing) {
	case BAF_FRAMING_ONE:
		return n_messages == 1;
	case BAF_FRAMING_LINE:
	case BAF_FRAMING_NUL:
		*extra = n_messages;
		return n_messages && n_messages <= size &&
		       data[size - 1] == (framing == BAF_FRAMING_LINE ? '\n' : '\0');
	case BAF_FRAMING_LENGTH:
		*extra = n_messages * FANOUT_LENGTH_PREFIX;
		return n_messages && n_messages <= size / FANOUT_LENGTH_PREFIX;
	}
	return false;
}

int baf_publisher_commit(struct baf_publisher *publisher, size_t size, enum baf_framing framing,
			 size_t n_messages)
{
	size_t extra = 0;
	bool fits;
	int r;

	if (!process_is_ours(&publisher->guard))
		return -ECHILD;
	fits = publisher->reserved && size <= publisher->reserved_size &&
	       n_messages <= FANOUT_MESSAGES_MAX &&
	       framing_fits(payload_of(publisher), size, framing, n_messages, &extra);
	/* What does not fit may have become zeros while we looked. */
	if (publisher->damaged)
		return -EBADMSG;
	if (!fits)
		return -EINVAL;
	r = end_record(publisher, size, framing, n_messages, size - extra);
	/* The kernel may have to wait now: once more, then. */
	publisher->reserved = r == -EINTR;
	return r;
}

void baf_publisher_cancel(struct baf_publisher *publisher)
{
	if (publisher->reserved && !publisher->kernel && shared(publisher) &&
	    process_is_ours(&publisher->guard))
		topic_unlock_turn(publisher->lock);
	publisher->reserved = false;
}

/*
 * The rest.
 */

size_t baf_publisher_get_limit(const struct baf_publisher *publisher)
{
	return publisher->limit;
}

uint64_t baf_publisher_get_capacity(const struct baf_publisher *publisher)
{
	return publisher->capacity;
}

void baf_publisher_set_patience(struct baf_publisher *publisher, uint64_t patience)
{
	if (!process_is_ours(&publisher->guard))
		return;
	publisher->patience = patience;
	if (publisher->kernel) {
		(void)module_publish(publisher->fd, patience, shared(publisher));
		return;
	}
	publisher->gate = 0;
	fanout_store(&publisher->map.ring->patience, patience);
}

static unsigned int count_subscribers(struct baf_publisher *publisher)
{
	struct fanout_query query;

	if (publisher->kernel)
		return module_query(publisher->fd, &query) ? 0 : query.n_readers;
	roster_bury(&publisher->roster, UINT64_MAX, FANOUT_SLOTS);
	return roster_look(&publisher->roster).n_attached;
}

static int sleep_for_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
				 uint64_t timeout)
{
	uint32_t value;

	if (publisher->kernel)
		return module_wait_readers(publisher->fd, n_subscribers, timeout);
	/* Who joins bumps this, whoever waits: pairs with the bump in subscription_attach(). */
	value = fanout_load_acquire(&publisher->roster.file->progress);
	if (roster_look(&publisher->roster).n_attached >= n_subscribers)
		return 0;
	return sleep_on(publisher, value, timeout < NAP_LAST ? timeout : NAP_LAST);
}

int baf_publisher_wait_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
				   uint64_t timeout)
{
	uint64_t deadline = wait_deadline(timeout);
	int r = usable(publisher);

	if (r == 0 && publisher->foreign)
		r = -EOPNOTSUPP;
	while (r == 0) {
		uint64_t left = wait_left(deadline);
		unsigned int n = count_subscribers(publisher);

		if (n >= n_subscribers || left == 0)
			return (int)n;
		if (!publisher->kernel && (!publisher->roster.file || publisher->roster_damaged))
			return -EBADMSG;
		r = sleep_for_subscribers(publisher, n_subscribers, left);
	}
	return r;
}

int baf_publisher_get_counters(const struct baf_publisher *publisher,
			       struct baf_publisher_counters *counters)
{
	struct baf_publisher_counters sum = publisher->counters;
	struct fanout_query query;

	if (publisher->kernel && module_query(publisher->fd, &query) == 0) {
		sum.waits = query.ring.waits - publisher->before.waits;
		sum.waited = query.ring.waited - publisher->before.waited;
		sum.lapses = query.ring.lapses - publisher->before.lapses;
	}
	return options_give(counters, &sum, sizeof(sum));
}

/* Takes the name away, if it is still that of our topic. */
static int remove_from_kernel(struct baf_publisher *publisher)
{
	struct stat status;
	int r;

	publisher->removed = true;
	r = directory_remove_file(publisher->directory, publisher->topic, publisher->fd);
	/* Another topic has the name by now, or a link to the device has it. */
	if (r == -ESTALE)
		return fstat(publisher->fd, &status) == 0 && S_ISCHR(status.st_mode) ? -EPERM : 0;
	return r == -ENOENT ? 0 : r;
}

int baf_publisher_remove(struct baf_publisher *publisher)
{
	int r = usable(publisher);

	if (r == -EBADMSG)
		r = 0;
	if (r == 0 && publisher->kernel)
		return remove_from_kernel(publisher);
	if (r == 0 && shared(publisher))
		r = topic_lock_turn(publisher->lock);
	if (r)
		return r;
	if (!fanout_load(&publisher->map.ring->retired)) {
		r = topic_unlink(publisher->directory, &publisher->names, publisher->lock,
				 publisher->map.ring->id);
		topic_retire(&publisher->map, publisher->fd);
	}
	publisher->removed = true;
	publisher->stored = 0;
	if (shared(publisher))
		topic_unlock_turn(publisher->lock);
	return r;
}

struct baf_publisher *baf_publisher_close(struct baf_publisher *publisher)
{
	if (!publisher)
		return NULL;
	if (publisher->guard.alive && process_is_ours(&publisher->guard)) {
		baf_publisher_cancel(publisher);
		if (publisher->flags & BAF_PUBLISHER_REMOVE)
			(void)baf_publisher_remove(publisher);
		else if (publisher->map.ring && !shared(publisher))
			fanout_store(&publisher->map.ring->publisher_pid, 0);
	}
	roster_close(&publisher->roster);
	ring_map_deinit(&publisher->map);
	process_guard_deinit(&publisher->guard);
	free(publisher->payload);
	if (publisher->fd >= 0)
		close(publisher->fd);
	if (publisher->lock >= 0)
		close(publisher->lock);
	if (publisher->directory >= 0)
		close(publisher->directory);
	free(publisher);
	return NULL;
}

/* No page is smaller. */
enum { LEAST_PAGE = 4096 };

/*
 * A roster that was cut off does not tell any more who sleeps. The load that found this out may be
 * the one behind a record, which decides whether to wake anybody. It runs again after the signal,
 * and must then find that somebody sleeps.
 */
static bool patch_roster(struct baf_publisher *publisher, const void *address)
{
	uint32_t *attention = &publisher->roster.file->attention;

	publisher->roster_damaged = 1;
	if (!ring_map_patch(address))
		return false;
	if ((uintptr_t)address / LEAST_PAGE == (uintptr_t)attention / LEAST_PAGE)
		fanout_store(attention, FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL);
	return true;
}

int baf_publisher_handle_sigbus(struct baf_publisher *publisher, const void *address)
{
	if (!publisher)
		return 0;
	if (ring_map_contains(&publisher->map, address)) {
		publisher->damaged = 1;
		return ring_map_patch(address);
	}
	if (roster_contains(&publisher->roster, address))
		return patch_roster(publisher, address);
	return 0;
}
