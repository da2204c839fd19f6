// SPDX-License-Identifier: MIT
/*
 * Before the tail moves over records, the publisher makes sure that no attached subscriber still
 * needs them. Checking all slots for each record would cost time that grows with the number of
 * subscribers. So the publisher remembers the least position that it found (the gate). Positions
 * only grow: until the tail reaches the gate there is nobody to look for, except a subscriber
 * that joined since. That one has set a bit in the roster.
 */
#include "ring/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "ring/barrier.h"
#include "ring/ring.h"
#include "ring/roster.h"
#include "ring/wait.h"

/*
 * Storage is taken in pieces that grow with what the ring has: a ring takes at most about twice
 * as much as was written to it, and there are few system calls.
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

/* Takes storage in the first lap only; after that all of the ring has storage. */
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
	/* In a shared topic each publish waits for its turn anyway. */
	if (!publisher_is_shared(publisher))
		publisher->memory.stored = allocated < capacity ? allocated : UINT64_MAX;
	return 0;
}

/* Checks without sleeping whether a subscriber is in the way of @target. True: there are none. */
static bool way_is_free(struct publisher_memory *memory, uint64_t target)
{
	memory->gate = roster_look(&memory->roster).gate;
	return memory->gate >= target;
}

/*
 * Announces that the publisher is going to sleep until a subscriber is at @wanted. The caller
 * then checks once more whether it must. Returns the value that sleep_on() needs.
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
	/* A sleeper waits for more than one step, so that it wakes less often. */
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
 * How many of the subscribers in the way the publisher probes after each nap. A probe is a system
 * call, and anybody who can write the roster can make it a slow one.
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

/* The same; also counts the wait, and shows it to others. */
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
	/* A subscriber that joins bumps this, even if nobody waits: pairs with the bump in
	 * subscription_attach(). */
	value = fanout_load_acquire(&memory->roster.file->progress);
	if (roster_look(&memory->roster).n_attached >= n_subscribers)
		return 0;
	return sleep_on(memory, value, timeout < NAP_LAST ? timeout : NAP_LAST);
}
