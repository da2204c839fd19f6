// SPDX-License-Identifier: MIT
/*
 * The naive ring's memory, and what its two sides do when they have to wait. See naive.h.
 */
#include "bench/naive.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Maps a file of @capacity bytes twice, back to back. */
static int map_twice(int fd, uint64_t capacity, unsigned char **datap)
{
	unsigned char *data;

	data = mmap(NULL, 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return -errno;
	for (int i = 0; i < 2; i++) {
		unsigned char *half = data + (uint64_t)i * capacity;

		if (mmap(half, capacity, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED) {
			int r = -errno;

			munmap(data, 2 * capacity);
			return r;
		}
	}
	*datap = data;
	return 0;
}

static int map_data(uint64_t capacity, unsigned char **datap)
{
	int fd, r;

	fd = memfd_create("bench-naive", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = ftruncate(fd, (off_t)capacity) < 0 ? -errno : map_twice(fd, capacity, datap);
	close(fd);
	return r;
}

int naive_ring_init(struct naive_ring *ring, uint64_t capacity, unsigned int n_readers,
		    const struct naive_strategy *strategy)
{
	struct naive_shared *shared;
	int r;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return -errno;
	r = map_data(capacity, &ring->data);
	if (r < 0) {
		munmap(shared, sizeof(*shared));
		return r;
	}
	ring->shared = shared;
	ring->capacity = capacity;
	ring->n_readers = n_readers;
	ring->strategy = *strategy;
	return 0;
}

void naive_ring_deinit(struct naive_ring *ring)
{
	munmap(ring->data, 2 * ring->capacity);
	munmap(ring->shared, sizeof(*ring->shared));
}

void naive_writer_init(struct naive_writer *writer, const struct naive_ring *ring)
{
	*writer = (struct naive_writer){ .ring = *ring, .limit = ring->capacity };
}

void naive_reader_init(struct naive_reader *reader, const struct naive_ring *ring,
		       unsigned int index)
{
	*reader = (struct naive_reader){ .ring = *ring, .mine = &ring->shared->readers[index] };
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#endif
}

static void bell_ring(struct naive_bell *bell)
{
	atomic_thread_fence(memory_order_seq_cst); /* the position, then who sleeps */
	if (atomic_load_explicit(&bell->sleepers, memory_order_relaxed) == 0)
		return;
	atomic_fetch_add(&bell->rung, 1);
	syscall(SYS_futex, &bell->rung, FUTEX_WAKE, NAIVE_READERS_MAX, NULL, NULL, 0);
}

/* One turn of waiting; it may end early. @ready says whether there is anything to wait for. */
static void bell_wait(struct naive_bell *bell, const struct naive_strategy *strategy,
		      unsigned int turn, bool (*ready)(const void *side), const void *side)
{
	uint32_t rung;

	if (turn < strategy->polls) {
		relax();
	} else if (turn < strategy->polls + strategy->yields) {
		sched_yield();
	} else {
		rung = atomic_load(&bell->rung);
		atomic_fetch_add(&bell->sleepers,
				 1); /* a full fence: who sleeps, then the position */
		if (!ready(side))
			syscall(SYS_futex, &bell->rung, FUTEX_WAIT, rung, NULL, NULL, 0);
		atomic_fetch_sub(&bell->sleepers, 1);
	}
}

void naive_publish(struct naive_writer *writer)
{
	writer->unpublished = 0;
	atomic_store_explicit(&writer->ring.shared->head.value, writer->head, memory_order_release);
	bell_ring(&writer->ring.shared->moved_on);
}

void naive_release(struct naive_reader *reader)
{
	reader->released = reader->position;
	atomic_store_explicit(&reader->mine->value, reader->position, memory_order_release);
	bell_ring(&reader->ring.shared->made_room);
}

static uint64_t slowest_reader(const struct naive_ring *ring)
{
	uint64_t slowest = UINT64_MAX;

	for (unsigned int i = 0; i < ring->n_readers; i++) {
		uint64_t position =
			atomic_load_explicit(&ring->shared->readers[i].value, memory_order_acquire);

		if (position < slowest)
			slowest = position;
	}
	return slowest;
}

static bool has_room(const void *side)
{
	const struct naive_writer *writer = side;

	return slowest_reader(&writer->ring) + writer->ring.capacity > writer->limit;
}

void naive_wait_for_room(struct naive_writer *writer, uint64_t size)
{
	if (writer->unpublished > 0)
		naive_publish(writer);
	for (unsigned int turn = 0;; turn++) {
		writer->limit = slowest_reader(&writer->ring) + writer->ring.capacity;
		if (writer->head + size <= writer->limit)
			return;
		bell_wait(&writer->ring.shared->made_room, &writer->ring.strategy, turn, has_room,
			  writer);
	}
}

static bool has_message(const void *side)
{
	const struct naive_reader *reader = side;

	return atomic_load_explicit(&reader->ring.shared->head.value, memory_order_acquire) !=
	       reader->position;
}

void naive_wait_for_message(struct naive_reader *reader)
{
	for (unsigned int turn = 0;; turn++) {
		reader->head = atomic_load_explicit(&reader->ring.shared->head.value,
						    memory_order_acquire);
		if (reader->head != reader->position)
			return;
		if (reader->released != reader->position)
			naive_release(reader);
		bell_wait(&reader->ring.shared->moved_on, &reader->ring.strategy, turn, has_message,
			  reader);
	}
}
