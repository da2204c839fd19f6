/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The ring without files, sleep or processes: memory in, positions out. No function here calls
 * another file, allocates, blocks, or has state of its own. The idea and its proof are at the top
 * of ring.c.
 */
#ifndef FANOUT_RING_H
#define FANOUT_RING_H

#include "barrier.h"
#include <linux/errno.h>
#include <linux/fanout.h>

/* Bytes that a record with @length bytes of payload takes in the ring. */
static inline __u64 fanout_record_size(__u64 length)
{
	return (sizeof(struct fanout_record) + length + FANOUT_ALIGN - 1) &
	       ~(__u64)(FANOUT_ALIGN - 1);
}

/* The largest payload that a ring of @capacity bytes takes. */
static inline __u64 fanout_length_max(__u64 capacity)
{
	__u64 half = capacity / 2 - sizeof(struct fanout_record);

	return half > 0xfffffff8U ? 0xfffffff8U : half;
}

static inline __u32 fanout_content(enum fanout_framing framing, __u32 n_messages)
{
	return (__u32)framing << 24 | n_messages;
}

static inline enum fanout_framing fanout_content_framing(__u32 content)
{
	return (enum fanout_framing)(content >> 24);
}

static inline __u32 fanout_content_messages(__u32 content)
{
	return content & FANOUT_MESSAGES_MAX;
}

/* The smallest capacity for @size bytes; 0 if there is none. */
__u64 fanout_ring_capacity(__u64 size);

/* Fills in the header of a new ring, before anybody else can see it. */
void fanout_ring_init(struct fanout_ring *ring, __u64 capacity, __u32 header_size, __u64 id,
		      __u64 first_sequence, __u64 now);

/*
 * Says whether a header can be trusted, for a file of @file_size bytes whose pages have
 * @page_size. 0; -EBADMSG: no ring, or damaged; -EPROTONOSUPPORT: another version.
 */
int fanout_ring_check(const struct fanout_ring *ring, __u64 file_size, __u64 page_size);

/**
 * struct fanout_writer - the publisher's side
 * @ring:     the header
 * @data:     the data area, mapped twice, back to back
 * @capacity: bytes of data
 * @head:     position behind the newest record; only the writer moves it, so this is the truth
 * @tail:     position of the oldest intact record; likewise
 * @sequence: number of the next message
 * @bytes:    bytes of messages so far
 * @end:      which of the ring's two ends belongs to head
 * @shift:    a position belongs to stretch position >> shift
 *
 * Single writer at a time; the next one runs fanout_writer_init() first.
 */
struct fanout_writer {
	struct fanout_ring *ring;
	unsigned char *data;
	__u64 capacity;
	__u64 head;
	__u64 tail;
	__u64 sequence;
	__u64 bytes;
	unsigned int end;
	unsigned int shift;
};

/*
 * Takes over a ring, from the header that its last writer left. The header was checked. 0, or
 * -EBADMSG: its contents are impossible.
 */
int fanout_writer_init(struct fanout_writer *writer, struct fanout_ring *ring, void *data,
		       __u64 capacity);

/*
 * Where the tail must be before a record of @length bytes may be written; the
 * writer's own tail if it need not move. @length <= fanout_length_max().
 * Single writer.
 */
__u64 fanout_writer_target(const struct fanout_writer *writer, __u64 length);

/*
 * Announces where the tail will go, before the writer looks at who is in the way: a reader that
 * joins from now on starts no earlier. Single writer.
 */
void fanout_writer_claim(struct fanout_writer *writer, __u64 target);

/* Moves the tail there. From here on older records may be overwritten. Single writer. */
void fanout_writer_advance(struct fanout_writer *writer, __u64 target);

/* Where the payload of the next record goes. There must already be room for it. */
static inline void *fanout_writer_payload(const struct fanout_writer *writer)
{
	return writer->data + (writer->head & (writer->capacity - 1)) +
	       sizeof(struct fanout_record);
}

/* Writes the marks of the stretches between head and @end. For fanout_writer_commit(). */
void fanout_writer_mark(struct fanout_writer *writer, __u64 end, __u64 sequence, __u64 time);

/**
 * struct fanout_reader - a subscriber's side
 * @ring:     the header; may be mapped read-only
 * @data:     the data area, mapped twice, back to back
 * @capacity: bytes of data
 * @position: the next record
 * @head:     the newest head that was seen
 * @sequence: number of the next message; earlier ones were taken or counted as lost
 * @overruns: how many in a row
 *
 * There can be any number of readers, and none knows of another.
 */
struct fanout_reader {
	const struct fanout_ring *ring;
	const unsigned char *data;
	__u64 capacity;
	__u64 position;
	__u64 head;
	__u64 sequence;
	unsigned int overruns;
};

/* Sets up a reader that has no position yet. The header was checked. */
void fanout_reader_init(struct fanout_reader *reader, const struct fanout_ring *ring,
			const void *data, __u64 capacity);

/*
 * Move the reader
 *   - to the newest end;
 *   - to the oldest record, but no earlier than the writer's claim;
 *   - to the record that holds the @count-th message from the end, or the oldest;
 *   - to the first record that was published at @time or later.
 * @firstp: number of the wanted message, which may be in the middle of the record. 0 or -EBADMSG.
 * Any reader.
 */
int fanout_reader_seek_newest(struct fanout_reader *reader);
int fanout_reader_seek_oldest(struct fanout_reader *reader);
int fanout_reader_seek_last(struct fanout_reader *reader, __u64 count, __u64 *firstp);
int fanout_reader_seek_since(struct fanout_reader *reader, __u64 time);

/*
 * Continues after an overrun, at the oldest intact record or, when that was overrun too, further
 * on. reader->sequence then tells how many messages were lost. 1; 0: not yet, call again later;
 * -EBADMSG. Any reader.
 */
int fanout_reader_recover(struct fanout_reader *reader);

/*
 * Moves the reader over the available records, so that they can be read at once: no more than fit
 * into @room bytes, with headers and padding, and none after the first @enough bytes. Adds their
 * messages to *@messagesp. 1; 0: there is nothing more; -EMSGSIZE: the next one does not fit;
 * -EPIPE; -EBADMSG. With any of these results, the part that it moved over is contiguous, no
 * longer than the capacity, and valid if fanout_reader_intact() says so for the reader's earlier
 * position. Any reader.
 */
int fanout_reader_skip(struct fanout_reader *reader, __u64 room, __u64 enough, __u64 *messagesp);

/*
 * From here on: the path of a record through the ring. It is a few dozen instructions; calls
 * would double them.
 */

static inline int fanout_boundary(__u64 position)
{
	return (position & (FANOUT_ALIGN - 1)) == 0;
}

static inline void fanout_record_load(const unsigned char *data, __u64 offset,
				      struct fanout_record *record)
{
	const struct fanout_record *at = (const void *)(data + offset);

	record->length = fanout_load_racing(&at->length);
	record->content = fanout_load_racing(&at->content);
	record->sequence = fanout_load_racing(&at->sequence);
	record->time = fanout_load_racing(&at->time);
}

/* Writes the numbers that follow @position, without touching those of head. See find_end(). */
static inline void fanout_writer_end(struct fanout_writer *writer, __u64 position, __u64 sequence,
				     __u64 bytes)
{
	struct fanout_end *end;

	writer->end = !writer->end;
	end = &writer->ring->ends[writer->end];
	fanout_store(&end->position, position);
	/* A reader that has read the new number reads the new position after it: pairs with
	 * the fence in find_end(). */
	fanout_fence_store();
	fanout_store(&end->bytes, bytes);
	fanout_store(&end->sequence, sequence);
}

/*
 * Publishes the record whose @length bytes of payload are at fanout_writer_payload().
 * @message_bytes of them are in messages. Single writer.
 */
static inline void fanout_writer_commit(struct fanout_writer *writer, __u32 length, __u32 content,
					__u64 message_bytes, __u64 time)
{
	struct fanout_ring *ring = writer->ring;
	struct fanout_record *record =
		(void *)(writer->data + (writer->head & (writer->capacity - 1)));
	__u64 end = writer->head + fanout_record_size(length);
	__u64 sequence = writer->sequence + fanout_content_messages(content);
	__u64 bytes = writer->bytes + message_bytes;

	fanout_store(&record->length, length);
	fanout_store(&record->content, content);
	fanout_store(&record->sequence, writer->sequence);
	fanout_store(&record->time, time);
	if ((writer->head >> writer->shift) != (end >> writer->shift))
		fanout_writer_mark(writer, end, sequence, time);
	fanout_writer_end(writer, end, sequence, bytes);
	/* The record, before head: pairs with the acquire in fanout_reader_look(). */
	fanout_store_release(&ring->head, end);
	writer->head = end;
	writer->sequence = sequence;
	writer->bytes = bytes;
}

/* Whether this can be the record at @position, given where the newest one ends. */
static inline int fanout_record_valid(const struct fanout_record *record, __u64 position,
				      __u64 head, __u64 capacity)
{
	enum fanout_framing framing = fanout_content_framing(record->content);
	__u32 messages = fanout_content_messages(record->content);

	if (record->length > fanout_length_max(capacity) ||
	    fanout_record_size(record->length) > head - position)
		return 0;
	if (framing == FANOUT_FRAMING_ONE)
		return messages == 1;
	if (framing == FANOUT_FRAMING_LENGTH)
		return messages && messages <= record->length / FANOUT_LENGTH_PREFIX;
	return (framing == FANOUT_FRAMING_LINE || framing == FANOUT_FRAMING_NUL) && messages &&
	       messages <= record->length;
}

/* Updates reader->head. 0 or -EBADMSG. Any reader. */
static inline int fanout_reader_look(struct fanout_reader *reader)
{
	/* Pairs with the release in fanout_writer_commit(): the records up to here are complete. */
	__u64 head = fanout_load_acquire(&reader->ring->head);

	if (head < reader->head || head > FANOUT_POSITION_MAX || !fanout_boundary(head))
		return -EBADMSG;
	reader->head = head;
	return 0;
}

/* Whether everything from reader->position on is still intact. Any reader. */
static inline int fanout_reader_intact(const struct fanout_reader *reader)
{
	/* The loads from the record, before the load of the tail: pairs with the store-store
	 * fence in fanout_writer_advance(). */
	fanout_fence_load();
	return fanout_load(&reader->ring->tail) <= reader->position;
}

/*
 * Looks at the next record without taking it. 1: @record and @payload are valid until
 * fanout_reader_intact() says otherwise; 0: there is none yet; -EPIPE: the reader was overrun,
 * see fanout_reader_recover(); -EBADMSG: the ring is damaged. Any reader.
 */
static inline int fanout_reader_peek(struct fanout_reader *reader, struct fanout_record *record,
				     const void **payload)
{
	__u64 offset = reader->position & (reader->capacity - 1);

	if (reader->position == reader->head) {
		if (fanout_reader_look(reader))
			return -EBADMSG;
		if (reader->position == reader->head)
			return 0;
	}
	fanout_record_load(reader->data, offset, record);
	if (!fanout_reader_intact(reader))
		return -EPIPE;
	if (reader->position > reader->head ||
	    !fanout_record_valid(record, reader->position, reader->head, reader->capacity) ||
	    record->sequence != reader->sequence)
		return -EBADMSG;
	*payload = reader->data + offset + sizeof(*record);
	return 1;
}

/* Takes the record that fanout_reader_peek() showed. Any reader. */
static inline void fanout_reader_take(struct fanout_reader *reader,
				      const struct fanout_record *record)
{
	reader->position += fanout_record_size(record->length);
	reader->sequence = record->sequence + fanout_content_messages(record->content);
	reader->overruns = 0;
}

#endif /* FANOUT_RING_H */
