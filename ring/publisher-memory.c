// SPDX-License-Identifier: MIT
/*
 * Publishing in shared memory: a writer of a ring in a file. room.c makes room in it, and
 * publisher-memory.h publishes a record. This file has the rest: how to open, make, replace and
 * remove a topic, and the turns of a shared one.
 */
#include "ring/publisher-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "ring/capacity.h"
#include "ring/directory.h"
#include "ring/room.h"

/*
 * Opening.
 */

/*
 * A publisher can work without the roster, at a price. 0; -ENOENT: there is no usable one;
 * -EMFILE or the like.
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
 * A ring with another capacity must be replaced; so must one whose last publisher died while it
 * removed the topic.
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
	/* The previous publisher may have died while it slept. */
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
 * A truncated roster no longer tells who sleeps. The load that found this out may be the one
 * after a record, which decides whether to wake anybody. It runs again after the signal, and must
 * then find that somebody sleeps.
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
