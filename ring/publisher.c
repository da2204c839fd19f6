// SPDX-License-Identifier: MIT
/*
 * The public calls of the publishing end. A record takes one of two ways: the quick one, inline here, into
 * a ring in shared memory that has room (publisher-memory.h); or the transport's begin() and commit().
 */
#include "ring/publisher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/barrier.h"
#include "ring/capacity.h"
#include "ring/directory.h"
#include "ring/foreign-device.h"
#include "ring/module-client.h"
#include "ring/options.h"
#include "ring/publisher-memory.h"
#include "ring/ring.h"
#include "ring/room.h"
#include "ring/roster.h"
#include "ring/transport.h"
#include "ring/wait.h"

/*
 * Before the tail moves over records, the publisher makes sure that no attached subscriber still needs
 * them. To look at all slots for each record would cost time that grows with the subscribers. So the
 * publisher remembers the least position that it found (the gate). Positions only grow: until the tail
 * reaches the gate there is nobody to look for, except a subscriber that joined since. That one has set
 * a bit in the roster.
 */

/*
 * Storage is taken in pieces that grow with what there is: a ring has at most about twice as much as
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

/* There is something to take in the first lap only; later all of the ring has storage. */
int room_store(struct baf_publisher *publisher, uint64_t end)
{
	struct fanout_ring *ring = publisher->memory.map.ring;
	uint64_t capacity = publisher->memory.map.capacity;
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
	if (!publisher_is_shared(publisher))
		publisher->memory.stored = allocated < capacity ? allocated : UINT64_MAX;
	return 0;
}

/* Looks for subscribers that are in the way of @target, without a sleep. True: there are none. */
static bool way_is_free(struct publisher_memory *memory, uint64_t target)
{
	memory->gate = roster_look(&memory->roster).gate;
	return memory->gate >= target;
}

/*
 * Says that the publisher is going to sleep until a subscriber is at @wanted. The caller then looks
 * once more whether it must. Returns the value that sleep_on() needs.
 */
static uint32_t announce_sleep(struct publisher_memory *memory, uint64_t wanted, uint64_t *timeout)
{
	/* Pairs with the release in subscribers' bumps. */
	uint32_t value = fanout_load_acquire(&memory->roster.file->progress);

	fanout_store(&memory->map.ring->wanted, wanted);
	if (!wait_barrier() && *timeout > NAP_NANOSECONDS)
		*timeout = NAP_NANOSECONDS;
	return value;
}

/* Sleeps until a subscriber moves on or joins. 0 or -EINTR. */
static int sleep_on(struct publisher_memory *memory, uint32_t value, uint64_t timeout)
{
	return wait_futex(&memory->roster.file->progress, value, timeout) == -EINTR ? -EINTR : 0;
}

static int sleep_for_room(struct publisher_memory *memory, uint64_t target, uint64_t timeout)
{
	/* A sleeper wants more than one step when it wakes. */
	uint64_t more = target + memory->map.capacity / 4;
	uint64_t wanted = more < memory->writer.head ? more : memory->writer.head;
	uint32_t value = announce_sleep(memory, wanted, &timeout);
	int r = 0;

	if (!way_is_free(memory, target))
		r = sleep_on(memory, value, timeout);
	fanout_store(&memory->map.ring->wanted, 0);
	return r;
}

/*
 * How many of those in the way the publisher probes after each nap. A probe is a system call, and
 * whoever can write the roster can make it a slow one.
 */
enum { PROBES = 64 };

/* Waits until nobody is in the way of @target or the patience is used up. 0 or -EINTR. */
static int wait_for_room(struct baf_publisher *publisher, uint64_t target)
{
	struct publisher_memory *memory = &publisher->memory;
	uint64_t deadline = wait_deadline(publisher->patience), nap = NAP_FIRST;
	uint64_t left;

	wait_spin_start(&memory->spin);
	while (!way_is_free(memory, target) && !memory->roster_damaged) {
		left = wait_left(deadline);
		if (left == 0) {
			publisher->counters.lapses += roster_lapse(&memory->roster, target);
			break;
		}
		if (wait_spin(&memory->spin))
			continue;
		if (sleep_for_room(memory, target, left < nap ? left : nap))
			return -EINTR;
		roster_bury(&memory->roster, target, PROBES);
		nap = nap_longer(nap);
	}
	return 0;
}

/* The same, counted and shown to others. */
static int wait_and_count(struct baf_publisher *publisher, uint64_t target)
{
	struct fanout_ring *ring = publisher->memory.map.ring;
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

static bool somebody_joined(const struct roster *roster)
{
	uint32_t *attention = &roster->file->attention;

	if (!(fanout_load(attention) & FANOUT_ATTENTION_JOINED))
		return false;
	__atomic_fetch_and(attention, ~FANOUT_ATTENTION_JOINED, __ATOMIC_SEQ_CST);
	return true;
}

int room_make(struct baf_publisher *publisher, uint64_t length)
{
	struct publisher_memory *memory = &publisher->memory;
	uint64_t target = fanout_writer_target(&memory->writer, length);
	int r;

	if (target == memory->writer.tail)
		return 0;
	fanout_writer_claim(&memory->writer, target);
	if (publisher->patience && memory->roster.file &&
	    (somebody_joined(&memory->roster) || target > memory->gate) &&
	    !way_is_free(memory, target)) {
		r = wait_and_count(publisher, target);
		if (r)
			return r;
	}
	fanout_writer_advance(&memory->writer, target);
	return 0;
}

int room_count_subscribers(struct baf_publisher *publisher)
{
	struct publisher_memory *memory = &publisher->memory;

	roster_bury(&memory->roster, UINT64_MAX, FANOUT_SLOTS);
	return (int)roster_look(&memory->roster).n_attached;
}

int room_sleep_for_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
			       uint64_t timeout)
{
	struct publisher_memory *memory = &publisher->memory;
	uint32_t value;

	if (!memory->roster.file || memory->roster_damaged)
		return -EBADMSG;
	/* A subscriber that joins bumps this, whoever waits: pairs with the bump in
	 * subscription_attach(). */
	value = fanout_load_acquire(&memory->roster.file->progress);
	if (roster_look(&memory->roster).n_attached >= n_subscribers)
		return 0;
	return sleep_on(memory, value, timeout < NAP_LAST ? timeout : NAP_LAST);
}

/*
 * The publishing end in shared memory: a writer of a ring in a file. room.c makes room in it, and
 * publisher-memory.h publishes a record. Here is the rest: to open, make, replace and remove a topic, and
 * the turns of a shared one.
 */

/*
 * Opening.
 */

/*
 * A publisher can do without the roster, at a price. 0; -ENOENT: there is no useful one; -EMFILE or
 * the like.
 */
static int open_roster(struct baf_publisher *publisher, const struct stat *status)
{
	struct publisher_memory *memory = &publisher->memory;
	uint64_t id = memory->map.ring->id;
	char name[TOPIC_FILE_NAME_SIZE];
	int r;

	topic_roster_name(name, publisher->topic, id);
	r = roster_open(&memory->roster, publisher->directory, name, id, status->st_uid);
	return r == 0 || r == -EMFILE || r == -ENFILE || r == -ENOMEM ? r : -ENOENT;
}

static int init_writer(struct publisher_memory *memory)
{
	return fanout_writer_init(&memory->writer, memory->map.ring, memory->map.data,
				  memory->map.capacity);
}

static int open_ring(struct baf_publisher *publisher, struct stat *status)
{
	struct publisher_memory *memory = &publisher->memory;
	int fd = directory_open_file(publisher->directory, publisher->topic, O_RDWR, status);
	int r;

	if (fd < 0)
		return fd;
	r = -EACCES;
	if (!directory_file_is_planted(publisher->directory, status))
		r = topic_show_publisher(fd);
	if (r == 0)
		r = ring_map_file(&memory->map, fd, status, true);
	if (r == 0)
		r = init_writer(memory);
	if (r) {
		ring_map_deinit(&memory->map);
		close(fd);
		return r;
	}
	publisher->fd = fd;
	r = open_roster(publisher, status);
	return r == -ENOENT ? 0 : r;
}

static void close_ring(struct baf_publisher *publisher)
{
	roster_close(&publisher->memory.roster);
	ring_map_deinit(&publisher->memory.map);
	close(publisher->fd);
	publisher->fd = -1;
}

/*
 * A ring of another capacity gives way; so does one whose last publisher died while it removed
 * the topic.
 */
static bool must_replace(const struct publisher_memory *memory,
			 const struct baf_publisher_options *options)
{
	return fanout_load(&memory->map.ring->retired) ||
	       (options->capacity && capacity_round(options->capacity) != memory->map.capacity);
}

static int make_ring(struct baf_publisher *publisher, const struct baf_topic_options *options,
		     uint64_t first_sequence, const struct topic_replaced *replaced,
		     struct stat *status)
{
	struct publisher_memory *memory = &publisher->memory;
	int made = topic_make(publisher->directory, &memory->names, memory->lock, options,
			      first_sequence, replaced);
	int r;

	if (made < 0)
		return made;
	/* The new ring has the name before the old one retires, so that subscribers find it. */
	if (replaced) {
		topic_retire(&memory->map, publisher->fd);
		close_ring(publisher);
	}
	r = open_ring(publisher, status);
	if (r == 0)
		r = topic_sweep(publisher->directory, &memory->names, memory->lock,
				memory->map.ring->id);
	close(made);
	return r;
}

static int replace_ring(struct baf_publisher *publisher, const struct baf_topic_options *options,
			struct stat *status)
{
	struct publisher_memory *memory = &publisher->memory;
	const struct topic_replaced replaced = {
		.id = memory->map.ring->id,
		.status = *status,
	};
	struct baf_topic_options chosen = *options;

	if (!chosen.capacity)
		chosen.capacity = memory->map.capacity;
	return make_ring(publisher, &chosen, memory->writer.sequence, &replaced, status);
}

static int open_or_make_ring(struct baf_publisher *publisher,
			     const struct baf_publisher_options *options)
{
	const struct baf_topic_options make = publisher_topic_options(options);
	struct stat status;
	int r = open_ring(publisher, &status);

	if (r == -ENOENT && !(publisher->flags & BAF_PUBLISHER_EXISTING))
		r = make_ring(publisher, &make, 0, NULL, &status);
	if (r == 0 && must_replace(&publisher->memory, options))
		r = replace_ring(publisher, &make, &status);
	return r;
}

/* Writes into the ring's header who publishes. */
static void sign(struct fanout_ring *ring, uint64_t patience)
{
	fanout_store(&ring->patience, patience);
	/* The last one may have died in its sleep. */
	fanout_store(&ring->wanted, 0);
	fanout_store(&ring->publisher_pid, (__u32)getpid());
	fanout_store(&ring->publisher_since, clock_exact());
	process_command(ring->publisher_command, sizeof(ring->publisher_command));
}

static int open_and_sign(struct baf_publisher *publisher,
			 const struct baf_publisher_options *options)
{
	struct ring_map *map = &publisher->memory.map;
	int r = open_or_make_ring(publisher, options);

	if (r)
		return r;
	publisher->capacity = map->capacity;
	publisher->limit = fanout_length_max(map->capacity);
	/* A publisher that did not close may have died between a message and the wake-up. */
	if (fanout_load(&map->ring->publisher_pid))
		topic_wake(map->ring, publisher->fd,
			   FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL);
	sign(map->ring, publisher->patience);
	return 0;
}

static int memory_open(struct baf_publisher *publisher, const struct baf_publisher_options *options)
{
	const struct baf_topic_options make = publisher_topic_options(options);
	struct publisher_memory *memory = &publisher->memory;
	bool shared = publisher_is_shared(publisher);
	struct stat status;
	int r;

	memory->lock = memory->roster.fd = -1;
	memory->fence = !wait_register();
	topic_names(&memory->names, publisher->topic);
	if (publisher->flags & BAF_PUBLISHER_EXISTING &&
	    fstatat(publisher->directory, publisher->topic, &status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	memory->lock = topic_lock(publisher->directory, &memory->names, shared, &make);
	if (memory->lock < 0)
		return memory->lock;
	r = open_and_sign(publisher, options);
	if (shared)
		topic_unlock_turn(memory->lock);
	return r;
}

/*
 * Publishing.
 */

/* Others may have published since our last turn. */
static int take_turn(struct baf_publisher *publisher)
{
	struct publisher_memory *memory = &publisher->memory;
	int r = topic_lock_turn(memory->lock);

	if (r)
		return r;
	r = fanout_load(&memory->map.ring->retired) ? -ESTALE : init_writer(memory);
	if (r)
		topic_unlock_turn(memory->lock);
	memory->gate = 0;
	return r;
}

static void end_turn(struct baf_publisher *publisher)
{
	if (publisher_is_shared(publisher))
		topic_unlock_turn(publisher->memory.lock);
}

static int memory_begin(struct baf_publisher *publisher, uint64_t length)
{
	struct fanout_writer *writer = &publisher->memory.writer;
	int r = publisher_is_shared(publisher) ? take_turn(publisher) : 0;
	uint64_t end;

	if (r)
		return r;
	end = writer->head + fanout_record_size(length);
	if (end > publisher->memory.stored)
		r = room_store(publisher, end);
	if (r == 0)
		r = room_make(publisher, length);
	if (r)
		end_turn(publisher);
	else
		publisher->payload = fanout_writer_payload(writer);
	return r;
}

static int memory_commit(struct baf_publisher *publisher, const struct publisher_record *record)
{
	memory_publish(publisher, record->length, record->framing, record->n_messages,
		       record->bytes);
	end_turn(publisher);
	return 0;
}

/*
 * The rest.
 */

static void memory_set_patience(struct baf_publisher *publisher)
{
	publisher->memory.gate = 0;
	fanout_store(&publisher->memory.map.ring->patience, publisher->patience);
}

static int memory_remove(struct baf_publisher *publisher)
{
	struct publisher_memory *memory = &publisher->memory;
	int r = publisher_is_shared(publisher) ? topic_lock_turn(memory->lock) : 0;

	if (r)
		return r;
	if (!fanout_load(&memory->map.ring->retired)) {
		r = topic_unlink(publisher->directory, &memory->names, memory->lock,
				 memory->map.ring->id);
		topic_retire(&memory->map, publisher->fd);
	}
	publisher->removed = true;
	memory->stored = 0;
	end_turn(publisher);
	return r;
}

static void memory_leave(struct baf_publisher *publisher)
{
	struct fanout_ring *ring = publisher->memory.map.ring;

	if (ring && !publisher_is_shared(publisher))
		fanout_store(&ring->publisher_pid, 0);
}

static void memory_close(struct baf_publisher *publisher)
{
	struct publisher_memory *memory = &publisher->memory;

	roster_close(&memory->roster);
	ring_map_deinit(&memory->map);
	if (memory->lock >= 0)
		close(memory->lock);
}

/* No page is smaller. */
enum { LEAST_PAGE = 4096 };

/*
 * A roster that was cut off does not tell any more who sleeps. The load that found this out may be
 * the one behind a record, which decides whether to wake anybody. It runs again after the signal,
 * and must then find that somebody sleeps.
 */
static bool patch_roster(struct publisher_memory *memory, const void *address)
{
	uint32_t *attention = &memory->roster.file->attention;

	memory->roster_damaged = 1;
	if (!ring_map_patch(address))
		return false;
	if ((uintptr_t)address / LEAST_PAGE == (uintptr_t)attention / LEAST_PAGE)
		fanout_store(attention, FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL);
	return true;
}

static int memory_handle_sigbus(struct baf_publisher *publisher, const void *address)
{
	struct publisher_memory *memory = &publisher->memory;

	if (ring_map_contains(&memory->map, address)) {
		publisher->damaged = 1;
		return ring_map_patch(address);
	}
	return roster_contains(&memory->roster, address) && patch_roster(memory, address);
}

const struct publisher_transport publisher_memory = {
	.open = memory_open,
	.begin = memory_begin,
	.commit = memory_commit,
	.cancel = end_turn,
	.count_subscribers = room_count_subscribers,
	.sleep_for_subscribers = room_sleep_for_subscribers,
	.set_patience = memory_set_patience,
	.remove = memory_remove,
	.leave = memory_leave,
	.close = memory_close,
	.handle_sigbus = memory_handle_sigbus,
};

/*
 * The publishing end on the kernel module. The module owns the ring and waits for subscribers; a publish
 * is one system call.
 */

/* Opens the topic, or makes it. A descriptor or a negative errno. */
static int open_or_make(const struct baf_publisher *publisher,
			const struct baf_publisher_options *options)
{
	const struct baf_topic_options make = publisher_topic_options(options);
	struct stat status;
	int fd, made = -ENOENT;

	for (;;) {
		fd = directory_open_file(publisher->directory, publisher->topic, O_WRONLY, &status);
		if (made >= 0)
			close(made);
		if (fd != -ENOENT || publisher->flags & BAF_PUBLISHER_EXISTING)
			return fd;
		made = module_make(publisher->directory, publisher->topic, &make);
		if (made < 0 && made != -EEXIST)
			return made;
	}
}

/* Gives the topic another capacity. 1: the name leads to a new ring now; or a negative errno. */
static int replace(const struct baf_publisher *publisher, uint64_t capacity)
{
	int r;

	if (publisher->module.is_device)
		return -EOPNOTSUPP;
	r = module_replace(publisher->fd, capacity);
	return r ? r : 1;
}

/* Makes the descriptor a publisher. 0; 1: the topic was replaced, open it again; a negative errno. */
static int attach(struct baf_publisher *publisher, const struct baf_publisher_options *options)
{
	uint64_t capacity = options->capacity ? capacity_round(options->capacity) : 0;
	struct fanout_query query;
	int r;

	/* It is the module that waits, for as long as the patience says. */
	r = fcntl(publisher->fd, F_SETFL, 0) ? -errno : 0;
	if (r == 0)
		r = module_publish(publisher->fd, publisher->patience,
				   publisher_is_shared(publisher));
	if (r == 0)
		r = module_query(publisher->fd, &query);
	if (r)
		return r;
	if (capacity && capacity != query.ring.capacity)
		return replace(publisher, capacity);
	publisher->capacity = query.ring.capacity;
	publisher->limit = fanout_length_max(publisher->capacity);
	publisher->module.before.waits = query.ring.waits;
	publisher->module.before.waited = query.ring.waited;
	publisher->module.before.lapses = query.ring.lapses;
	return 0;
}

static int module_open(struct baf_publisher *publisher, const struct baf_publisher_options *options)
{
	int r, old;

	publisher->module.is_device = publisher->fd >= 0;
	if (publisher->module.is_device)
		return publisher->flags & BAF_PUBLISHER_REMOVE ? -EOPNOTSUPP :
								 attach(publisher, options);
	do {
		old = publisher->fd;
		publisher->fd = open_or_make(publisher, options);
		if (old >= 0)
			close(old);
		if (publisher->fd < 0)
			return publisher->fd;
		r = attach(publisher, options);
	} while (r == 1);
	return r;
}

static int module_commit(struct baf_publisher *publisher, const struct publisher_record *record)
{
	enum fanout_framing framing = (enum fanout_framing)record->framing;

	return module_write(publisher->fd, record->payload, record->length,
			    fanout_content(framing, (__u32)record->n_messages));
}

static int module_count_subscribers(struct baf_publisher *publisher)
{
	struct fanout_query query;

	return module_query(publisher->fd, &query) ? 0 : (int)query.n_readers;
}

static int module_sleep_for_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
					uint64_t timeout)
{
	return module_wait_readers(publisher->fd, n_subscribers, timeout);
}

static void module_set_patience(struct baf_publisher *publisher)
{
	(void)module_publish(publisher->fd, publisher->patience, publisher_is_shared(publisher));
}

static void module_add_counters(const struct baf_publisher *publisher,
				struct baf_publisher_counters *counters)
{
	const struct baf_publisher_counters *before = &publisher->module.before;
	struct fanout_query query;

	if (module_query(publisher->fd, &query))
		return;
	counters->waits += query.ring.waits - before->waits;
	counters->waited += query.ring.waited - before->waited;
	counters->lapses += query.ring.lapses - before->lapses;
}

static int module_remove(struct baf_publisher *publisher)
{
	int r;

	publisher->removed = true;
	r = directory_remove_file(publisher->directory, publisher->topic, publisher->fd);
	/* Another topic has the name by now, or a link to the device has it. */
	if (r == -ESTALE)
		return publisher->module.is_device ? -EPERM : 0;
	return r == -ENOENT ? 0 : r;
}

const struct publisher_transport publisher_module = {
	.open = module_open,
	.commit = module_commit,
	.count_subscribers = module_count_subscribers,
	.sleep_for_subscribers = module_sleep_for_subscribers,
	.set_patience = module_set_patience,
	.add_counters = module_add_counters,
	.remove = module_remove,
};

/*
 * The publishing end on a foreign device: the messages of a record are written as bytes, in the framing
 * that both ends agree on. There is nobody to wait for.
 */

static int foreign_open_publisher(struct baf_publisher *publisher,
				  const struct baf_publisher_options *options)
{
	if (publisher->flags & BAF_PUBLISHER_REMOVE || options->capacity ||
	    options->patience == BAF_INFINITE)
		return -EOPNOTSUPP;
	if (fcntl(publisher->fd, F_SETFL, 0))
		return -errno;
	publisher->foreign.framing = (enum baf_framing)foreign_framing(options->framing);
	publisher->limit = FOREIGN_MESSAGE_MAX;
	return foreign_publish(publisher->fd, publisher_is_shared(publisher));
}

static int foreign_commit(struct baf_publisher *publisher, const struct publisher_record *record)
{
	return foreign_write(publisher->fd, publisher_is_shared(publisher), record->payload,
			     record->length, record->framing, publisher->foreign.framing);
}

static int foreign_remove(struct baf_publisher *publisher)
{
	int r;

	publisher->removed = true;
	r = directory_remove_file(publisher->directory, publisher->topic, publisher->fd);
	/* The name is a link to the device. */
	if (r == -ESTALE)
		return -EPERM;
	return r == -ENOENT ? 0 : r;
}

const struct publisher_transport publisher_foreign = {
	.open = foreign_open_publisher,
	.commit = foreign_commit,
	.remove = foreign_remove,
};

/*
 * Opening.
 */

struct baf_topic_options publisher_topic_options(const struct baf_publisher_options *options)
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
	const struct baf_topic_options make = publisher_topic_options(options);

	if (options->flags & ~known || foreign_framing(options->framing) < 0 || options->reserved)
		return -EINVAL;
	return topic_check_options(&make);
}

static const struct publisher_transport *const transports[] = {
	[TRANSPORT_MEMORY] = &publisher_memory,
	[TRANSPORT_MODULE] = &publisher_module,
	[TRANSPORT_FOREIGN] = &publisher_foreign,
};

/* Opens the topic if it is a device. 0, with or without a descriptor; or a negative errno. */
static int open_device(struct baf_publisher *publisher, struct stat *status)
{
	int fd;

	if (fstatat(publisher->directory, publisher->topic, status, 0) || !S_ISCHR(status->st_mode))
		return 0;
	fd = directory_open_file(publisher->directory, publisher->topic, O_WRONLY, status);
	if (fd >= 0 && S_ISCHR(status->st_mode)) {
		publisher->fd = fd;
		return 0;
	}
	/* Something else has the name by now. */
	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ENOENT ? 0 : fd;
}

/* A device has a transport of its own; all other topics have that of their directory. */
static int choose_transport(struct baf_publisher *publisher)
{
	struct stat status;
	int r = open_device(publisher, &status);

	if (r)
		return r;
	publisher->transport =
		transports[publisher->fd >= 0 ? transport_of_file(publisher->fd, &status) :
						transport_of_directory(publisher->directory)];
	return 0;
}

static int open_topic(struct baf_publisher *publisher, const char *directory,
		      const struct baf_publisher_options *options)
{
	int r = process_guard_init(&publisher->guard);

	if (r)
		return r;
	publisher->directory =
		directory_open(directory, !(publisher->flags & BAF_PUBLISHER_EXISTING));
	if (publisher->directory < 0)
		return publisher->directory;
	r = choose_transport(publisher);
	return r ? r : publisher->transport->open(publisher, options);
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
	publisher->directory = publisher->fd = -1;
	publisher->flags = chosen.flags;
	publisher->patience = chosen.patience;
	strcpy(publisher->topic, topic);
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
 * The way of a record: begin, and end.
 */

static int check_usable(const struct baf_publisher *publisher)
{
	if (!process_is_ours(&publisher->guard))
		return -ECHILD;
	if (publisher->removed)
		return -ESTALE;
	return publisher->damaged ? -EBADMSG : 0;
}

/* Whether a record can be begun now. A reservation that was not published ends here. */
static int check_record(struct baf_publisher *publisher, uint64_t length)
{
	int r = check_usable(publisher);

	if (r)
		return r;
	if (length > publisher->limit)
		return -EMSGSIZE;
	if (publisher->reserved)
		baf_publisher_cancel(publisher);
	return 0;
}

/* For a payload that commit() will copy. */
static int make_buffer(struct baf_publisher *publisher, size_t length)
{
	void *buffer;

	if (!publisher->buffer || length > publisher->buffer_size) {
		buffer = realloc(publisher->buffer, length + 1);
		if (!buffer)
			return -ENOMEM;
		publisher->buffer = buffer;
		publisher->buffer_size = length;
	}
	publisher->payload = publisher->buffer;
	return 0;
}

static int begin_record_slowly(struct baf_publisher *publisher, uint64_t length)
{
	int r = check_record(publisher, length);

	if (r)
		return r;
	return publisher->transport->begin ? publisher->transport->begin(publisher, length) :
					     make_buffer(publisher, length);
}

static inline bool is_quick(const struct baf_publisher *publisher, uint64_t length)
{
	return process_is_ours(&publisher->guard) && memory_has_room(publisher, length) &&
	       !publisher->reserved && !publisher->damaged;
}

/* Gets publisher->payload for a record, and the turn in a shared topic. 0 or a negative errno. */
static inline int begin_record(struct baf_publisher *publisher, uint64_t length)
{
	if (!is_quick(publisher, length))
		return begin_record_slowly(publisher, length);
	publisher->payload = fanout_writer_payload(&publisher->memory.writer);
	return 0;
}

static inline void count_record(struct baf_publisher *publisher, size_t n_messages, size_t bytes)
{
	publisher->counters.messages += n_messages;
	publisher->counters.bytes += bytes;
	publisher->counters.records++;
}

static inline int end_record_quickly(struct baf_publisher *publisher, size_t length,
				     enum baf_framing framing, size_t n_messages, size_t bytes)
{
	memory_publish(publisher, length, framing, n_messages, bytes);
	count_record(publisher, n_messages, bytes);
	return publisher->damaged ? -EBADMSG : 0;
}

static int end_record_slowly(struct baf_publisher *publisher, const struct publisher_record *record)
{
	int r = publisher->transport->commit(publisher, record);

	if (r)
		return r;
	count_record(publisher, record->n_messages, record->bytes);
	return publisher->damaged ? -EBADMSG : 0;
}

/* Publishes the record that was begun. 0 or a negative errno. */
static int end_record(struct baf_publisher *publisher, size_t length, enum baf_framing framing,
		      size_t n_messages, size_t bytes)
{
	if (publisher->memory.stored)
		return end_record_quickly(publisher, length, framing, n_messages, bytes);
	return end_record_slowly(publisher,
				 &(struct publisher_record){ publisher->payload, length, framing,
							     n_messages, bytes });
}

/*
 * Publishing.
 */

/* Where commit() copies, it copies from where the message is. */
static int publish_slowly(struct baf_publisher *publisher, const void *data, size_t size)
{
	const struct publisher_record record = { data, size, BAF_FRAMING_ONE, 1, size };
	bool copies = !publisher->transport->begin;
	int r = copies ? check_record(publisher, size) : begin_record_slowly(publisher, size);

	if (r)
		return r;
	if (copies)
		return end_record_slowly(publisher, &record);
	if (size)
		memcpy(publisher->payload, data, size);
	return end_record(publisher, size, BAF_FRAMING_ONE, 1, size);
}

int baf_publisher_publish(struct baf_publisher *publisher, const void *data, size_t size)
{
	if (!is_quick(publisher, size))
		return publish_slowly(publisher, data, size);
	if (size)
		memcpy(fanout_writer_payload(&publisher->memory.writer), data, size);
	return end_record_quickly(publisher, size, BAF_FRAMING_ONE, 1, size);
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
	at = publisher->payload;
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
	*datap = publisher->payload;
	return 0;
}

/*
 * Whether @size bytes can be @n_messages messages, as far as that can be told without reading
 * them. @extra: how many of the bytes are not in messages.
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
	       framing_fits(publisher->payload, size, framing, n_messages, &extra);
	/* What does not fit may have become zeros while we looked. */
	if (publisher->damaged)
		return -EBADMSG;
	if (!fits)
		return -EINVAL;
	r = end_record(publisher, size, framing, n_messages, size - extra);
	/* The caller may try again after a signal. */
	publisher->reserved = r == -EINTR;
	return r;
}

void baf_publisher_cancel(struct baf_publisher *publisher)
{
	if (publisher->reserved && publisher->transport->cancel &&
	    process_is_ours(&publisher->guard))
		publisher->transport->cancel(publisher);
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
	if (publisher->transport->set_patience)
		publisher->transport->set_patience(publisher);
}

int baf_publisher_wait_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
				   uint64_t timeout)
{
	const struct publisher_transport *transport = publisher->transport;
	uint64_t deadline = wait_deadline(timeout);
	int r = check_usable(publisher);

	if (r == 0 && !transport->count_subscribers)
		r = -EOPNOTSUPP;
	while (r == 0) {
		uint64_t left = wait_left(deadline);
		int n = transport->count_subscribers(publisher);

		if ((unsigned int)n >= n_subscribers || left == 0)
			return n;
		r = transport->sleep_for_subscribers(publisher, n_subscribers, left);
	}
	return r;
}

int baf_publisher_get_counters(const struct baf_publisher *publisher,
			       struct baf_publisher_counters *counters)
{
	struct baf_publisher_counters sum = publisher->counters;

	if (publisher->transport->add_counters)
		publisher->transport->add_counters(publisher, &sum);
	return options_give(counters, &sum, sizeof(sum));
}

int baf_publisher_remove(struct baf_publisher *publisher)
{
	int r = check_usable(publisher);

	/* A damaged topic can be removed. */
	return r == 0 || r == -EBADMSG ? publisher->transport->remove(publisher) : r;
}

/* Ends what others see of a publisher. */
static void retreat(struct baf_publisher *publisher)
{
	baf_publisher_cancel(publisher);
	if (publisher->flags & BAF_PUBLISHER_REMOVE)
		(void)baf_publisher_remove(publisher);
	else if (publisher->transport->leave)
		publisher->transport->leave(publisher);
}

struct baf_publisher *baf_publisher_close(struct baf_publisher *publisher)
{
	const struct publisher_transport *transport;

	if (!publisher)
		return NULL;
	transport = publisher->transport;
	if (transport && process_is_ours(&publisher->guard))
		retreat(publisher);
	if (transport && transport->close)
		transport->close(publisher);
	process_guard_deinit(&publisher->guard);
	free(publisher->buffer);
	if (publisher->fd >= 0)
		close(publisher->fd);
	if (publisher->directory >= 0)
		close(publisher->directory);
	free(publisher);
	return NULL;
}

int baf_publisher_handle_sigbus(struct baf_publisher *publisher, const void *address)
{
	return publisher && publisher->transport->handle_sigbus ?
		       publisher->transport->handle_sigbus(publisher, address) :
		       0;
}
