/* SPDX-License-Identifier: MIT */
/*
 * The quick path of a record into a ring in shared memory: a few dozen instructions, inline. Only
 * the sole publisher of a topic takes it, and only if the ring has storage and the tail is far
 * enough. All other records take the transport's begin() and commit().
 */
#ifndef BAF_PUBLISHER_MEMORY_H
#define BAF_PUBLISHER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "ring/barrier.h"
#include "ring/clock.h"
#include "ring/publisher.h"
#include "ring/ring.h"
#include "ring/topic.h"

/*
 * Whether a record of @length bytes can take the quick path. Never on other transports: they have
 * no storage.
 */
static inline bool memory_has_room(const struct baf_publisher *publisher, uint64_t length)
{
	const struct fanout_writer *writer = &publisher->memory.writer;
	uint64_t end = writer->head + fanout_record_size(length);

	return length <= publisher->limit && end <= publisher->memory.stored &&
	       end <= writer->tail + writer->capacity;
}

/* Wakes sleeping subscribers after a record was published. wait.h says why no fence is needed. */
static inline void memory_wake_subscribers(struct baf_publisher *publisher)
{
	const uint32_t sleeping = FANOUT_ATTENTION_FUTEX | FANOUT_ATTENTION_DOORBELL;
	struct publisher_memory *memory = &publisher->memory;
	uint32_t attention = sleeping;

	/* Head, before the look at who sleeps. The sleeper provides the fence between them (see
	 * wait.h); the compiler must keep the order. */
	if (memory->fence)
		fanout_fence_full();
	else
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (memory->roster.file && !memory->roster_damaged) {
		uint32_t *word = &memory->roster.file->attention;

		if (!(fanout_load(word) & sleeping))
			return;
		attention = __atomic_fetch_and(word, ~sleeping, __ATOMIC_SEQ_CST);
	}
	topic_wake(memory->map.ring, publisher->fd, attention);
	publisher->counters.wakeups++;
}

/*
 * Publishes a record whose @length bytes of payload are where the writer has room for it. @bytes
 * of them are in messages.
 */
static inline void memory_publish(struct baf_publisher *publisher, size_t length,
				  enum baf_framing framing, size_t n_messages, size_t bytes)
{
	struct publisher_memory *memory = &publisher->memory;

	fanout_writer_commit(&memory->writer, (__u32)length,
			     fanout_content((enum fanout_framing)framing, (__u32)n_messages), bytes,
			     clock_now(&memory->clock));
	memory_wake_subscribers(publisher);
}

#endif /* BAF_PUBLISHER_MEMORY_H */
