/* SPDX-License-Identifier: MIT */
/*
 * The naive ring: the least that moves messages from one process to several.
 *
 * It is what baf is held against, so it is as fast as we can make it and promises
 * nothing: the readers are fixed before it starts and may write all of it, nobody
 * survives the death of anybody, there is no loss to account for since the writer
 * waits for the slowest reader for ever, no names, times, numbers or permissions. A record
 * is eight bytes of length and the message. The memory is mapped twice, back to back, so
 * that a record never wraps.
 *
 *     slowest reader's position ... head ... slowest reader's position + capacity
 *
 * The writer alone moves head, each reader its own position; both only when it is worth a
 * cache miss of the other side: the writer after every @publish_every messages or when it
 * runs out of room, a reader when it has caught up or an eighth of the ring lies behind it.
 *
 * Waiting, on both sides: poll, then give the processor away, then sleep. Who is about to
 * sleep says so first, and who moves a position looks for that after it; each side has a
 * full fence between the two, so one of them sees the other.
 */
#ifndef BENCH_NAIVE_H
#define BENCH_NAIVE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NAIVE_READERS_MAX 64
#define NAIVE_LINE 128 /* two cache lines: the hardware fetches them in pairs */
#define NAIVE_ALIGN 8
#define NAIVE_HEADER 8

/* How the two sides wait, and how often the writer publishes. */
struct naive_strategy {
	unsigned int publish_every; /* messages */
	unsigned int polls; /* looks at an empty or full ring before anything else */
	unsigned int yields; /* then this many calls of sched_yield(), then sleep */
};

/* What one side sleeps on. */
struct naive_bell {
	_Alignas(NAIVE_LINE) _Atomic uint32_t rung; /* a futex */
	_Atomic uint32_t sleepers;
};

struct naive_position {
	_Alignas(NAIVE_LINE) _Atomic uint64_t value;
};

/* What all processes share. */
struct naive_shared {
	struct naive_position head;
	struct naive_bell moved_on; /* readers sleep here until head moves */
	struct naive_bell made_room; /* the writer sleeps here until a reader moves */
	struct naive_position readers[NAIVE_READERS_MAX];
};

/* One process's view of the ring. */
struct naive_ring {
	struct naive_shared *shared;
	unsigned char *data; /* twice the capacity */
	uint64_t capacity; /* a power of two */
	unsigned int n_readers;
	struct naive_strategy strategy;
};

struct naive_writer {
	struct naive_ring ring;
	uint64_t head; /* what head will be when it is published next */
	uint64_t limit; /* how far head may go, as far as the writer knows */
	unsigned int unpublished; /* messages */
};

struct naive_reader {
	struct naive_ring ring;
	struct naive_position *mine;
	uint64_t position;
	uint64_t head; /* as the reader saw it last */
	uint64_t released; /* what the writer may overwrite */
};

/* Makes the memory, to be inherited by fork(). Returns 0 or a negative errno. */
int naive_ring_init(struct naive_ring *ring, uint64_t capacity, unsigned int n_readers,
		    const struct naive_strategy *strategy);
void naive_ring_deinit(struct naive_ring *ring);
void naive_writer_init(struct naive_writer *writer, const struct naive_ring *ring);
void naive_reader_init(struct naive_reader *reader, const struct naive_ring *ring,
		       unsigned int index);

/* The slow paths: they publish or release what there is, and wait. */
void naive_publish(struct naive_writer *writer);
void naive_wait_for_room(struct naive_writer *writer, uint64_t size);
void naive_release(struct naive_reader *reader);
void naive_wait_for_message(struct naive_reader *reader);

static inline uint64_t naive_record_size(size_t size)
{
	return NAIVE_HEADER + ((size + NAIVE_ALIGN - 1) & ~(uint64_t)(NAIVE_ALIGN - 1));
}

static inline void naive_write(struct naive_writer *writer, const void *message, size_t size)
{
	uint64_t length = size, record_size = naive_record_size(size);
	unsigned char *record;

	if (__builtin_expect(writer->head + record_size > writer->limit, 0))
		naive_wait_for_room(writer, record_size);
	record = writer->ring.data + (writer->head & (writer->ring.capacity - 1));
	memcpy(record, &length, sizeof(length));
	memcpy(record + NAIVE_HEADER, message, size);
	writer->head += record_size;
	if (++writer->unpublished >= writer->ring.strategy.publish_every)
		naive_publish(writer);
}

/* Copies the next message, which must fit; returns its size. Waits until there is one. */
static inline size_t naive_read(struct naive_reader *reader, void *buffer)
{
	const unsigned char *record;
	uint64_t length;

	if (__builtin_expect(reader->position == reader->head, 0))
		naive_wait_for_message(reader);
	else if (__builtin_expect(reader->position - reader->released >= reader->ring.capacity / 8,
				  0))
		naive_release(reader);
	record = reader->ring.data + (reader->position & (reader->ring.capacity - 1));
	memcpy(&length, record, sizeof(length));
	memcpy(buffer, record + NAIVE_HEADER, length);
	reader->position += naive_record_size(length);
	return length;
}

#endif /* BENCH_NAIVE_H */
