// SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT
/*
 * A one-to-many ring of whole records.
 *
 * Think of a clock with two hands that only go forward. The writer moves both: head, when a
 * record is complete, and tail, before it overwrites the oldest ones. Readers move nothing that
 * the writer or another reader sees; each has a position of its own.
 *
 *     tail           position              head            tail + capacity
 *      |----------------|--------------------|------ free -------|
 *      |        intact records               |
 *
 * Key invariant: at every instruction of the writer, all bytes in [tail, head) are complete
 * records, tail and head are boundaries between records, and head - tail <= capacity. It holds
 * because the writer moves the tail past everything that it is going to overwrite before the
 * first byte changes, and moves the head over a new record after the last byte was written. So a
 * writer that dies between any two instructions leaves a valid ring; a record that it had not
 * finished does not exist. The next writer starts at head.
 *
 * Overrun: a reader looks at the tail after it has read a record. If the tail has not passed the
 * record's position by then, no byte of the record had changed when it was read. If the tail has
 * passed it, the bytes that were read are void, whatever they are. Each record carries the
 * sequence number of its first message, so the reader goes on at the tail and knows exactly how
 * many messages it missed: those between the number it expected and the one it finds. If that
 * record was overrun too before it could be read, the reader picks one further on, at most half
 * way to the head: the oldest record of a ring that is being lapped is about to vanish.
 *
 * Wrap: positions are 64 bits and never wrap (at 100 GB/s that takes five years). The data area
 * is mapped twice, back to back, so a record that crosses the end of the area is still
 * contiguous.
 *
 * The tail moves a stretch at a time, a 64th of the ring. When the writer enters a stretch, it
 * notes where the first record there begins (a mark). So moving the tail needs no look at the
 * records, whatever their size. The price is that the intact part may be smaller than the
 * capacity by up to a stretch. Readers use the marks to find history. To readers, marks are
 * hints, since the writer may be changing one: a record found through a mark counts only if its
 * own sequence number agrees and it is intact.
 *
 * Joining: the writer waits for readers elsewhere (room.c; in the kernel, publish.c), between
 * claim and tail. The claim makes the order definite: a reader that announces itself and then
 * finds the claim at or behind its position will be seen by the writer's next look; otherwise it
 * moves up to the claim.
 *
 * A reader trusts nothing: it checks every position and length against the capacity and the head
 * before use, so a hostile ring costs it an error at most.
 *
 * Not guaranteed: that a reader which is always slower than the writer ever gets a particular
 * record; that a record's bytes make sense if anybody except a writer wrote to the ring; fairness
 * between readers.
 */
#include "ring.h"

static unsigned int log2_of(__u64 power_of_two)
{
	return (unsigned int)__builtin_ctzll(power_of_two);
}

__u64 fanout_ring_capacity(__u64 size)
{
	__u64 capacity = FANOUT_CAPACITY_MIN;

	if (size > FANOUT_CAPACITY_MAX)
		return 0;
	while (capacity < size)
		capacity *= 2;
	return capacity;
}

void fanout_ring_init(struct fanout_ring *ring, __u64 capacity, __u32 header_size, __u64 id,
		      __u64 first_sequence, __u64 now)
{
	*ring = (struct fanout_ring){
		.magic = FANOUT_MAGIC,
		.version = FANOUT_VERSION,
		.header_size = header_size,
		.capacity = capacity,
		.id = id,
		.created = now,
		.first_sequence = first_sequence,
		.ends = { { .sequence = first_sequence }, { .sequence = first_sequence } },
	};
}

int fanout_ring_check(const struct fanout_ring *ring, __u64 file_size, __u64 page_size)
{
	__u64 capacity = fanout_load(&ring->capacity);
	__u64 header_size = fanout_load(&ring->header_size);

	if (fanout_load(&ring->magic) != FANOUT_MAGIC)
		return -EBADMSG;
	if (fanout_load(&ring->version) != FANOUT_VERSION ||
	    (fanout_load(&ring->features) & ~FANOUT_FEATURES_KNOWN))
		return -EPROTONOSUPPORT;
	if (capacity < FANOUT_CAPACITY_MIN || capacity > FANOUT_CAPACITY_MAX ||
	    (capacity & (capacity - 1)) || capacity % page_size)
		return -EBADMSG;
	if (header_size < sizeof(struct fanout_ring) || header_size % page_size ||
	    file_size < header_size + capacity)
		return -EBADMSG;
	return 0;
}

/* Whether a writer can have left this head and tail. */
static int window_valid(__u64 tail, __u64 head, __u64 capacity)
{
	return fanout_boundary(tail) && fanout_boundary(head) && tail <= head &&
	       head - tail <= capacity && head <= FANOUT_POSITION_MAX;
}

/*
 * The writer.
 */

static const struct fanout_mark *mark_of(const struct fanout_ring *ring, __u64 stretch)
{
	return &ring->marks[stretch % FANOUT_MARKS];
}

int fanout_writer_init(struct fanout_writer *writer, struct fanout_ring *ring, void *data,
		       __u64 capacity)
{
	*writer = (struct fanout_writer){
		.ring = ring,
		.data = data,
		.capacity = capacity,
		.head = fanout_load(&ring->head),
		.tail = fanout_load(&ring->tail),
		.shift = log2_of(capacity / FANOUT_MARKS),
	};
	if (!window_valid(writer->tail, writer->head, capacity))
		return -EBADMSG;
	writer->end = ring->ends[1].position == writer->head;
	writer->sequence = ring->ends[writer->end].sequence;
	writer->bytes = ring->ends[writer->end].bytes;
	return ring->ends[writer->end].position == writer->head ? 0 : -EBADMSG;
}

__u64 fanout_writer_target(const struct fanout_writer *writer, __u64 length)
{
	__u64 end = writer->head + fanout_record_size(length);
	__u64 stretch, target;

	if (end <= writer->tail + writer->capacity)
		return writer->tail;
	/* The first boundary at or behind the end of the part to be overwritten. There is one
	 * before head, since a record is at most half of the ring. */
	stretch = (end - writer->capacity + (1ULL << writer->shift) - 1) >> writer->shift;
	target = mark_of(writer->ring, stretch)->position;
	/* Somebody scribbled on the marks: give everything up rather than the invariant. */
	if (target < end - writer->capacity || target > writer->head || !fanout_boundary(target))
		return writer->head;
	return target;
}

void fanout_writer_claim(struct fanout_writer *writer, __u64 target)
{
	/* Release: a reader that sees this sees a head that is no less. */
	fanout_store_release(&writer->ring->claim, target);
	/* The claim, before the look at the slots: pairs with the full fence between a joining
	 * subscriber's slot and its look at the claim. */
	fanout_fence_full();
}

void fanout_writer_advance(struct fanout_writer *writer, __u64 target)
{
	writer->tail = target;
	fanout_store_release(&writer->ring->tail, target);
	/* The tail, before the first byte of the record: pairs with the load-load fence in
	 * fanout_reader_intact(). */
	fanout_fence_store();
}

void fanout_writer_mark(struct fanout_writer *writer, __u64 end, __u64 sequence, __u64 time)
{
	struct fanout_mark *marks = writer->ring->marks;
	__u64 stretch = writer->head >> writer->shift, last = end >> writer->shift;

	while (stretch < last) {
		struct fanout_mark *mark = &marks[++stretch % FANOUT_MARKS];

		fanout_store(&mark->position, end);
		fanout_store(&mark->sequence, sequence);
		fanout_store(&mark->time, time);
	}
}

/*
 * The readers.
 */

void fanout_reader_init(struct fanout_reader *reader, const struct fanout_ring *ring,
			const void *data, __u64 capacity)
{
	*reader = (struct fanout_reader){
		.ring = ring,
		.data = data,
		.capacity = capacity,
	};
}

/*
 * A reader that is overtaken again and again returns now and then, to give up the processor; and
 * a hostile ring does not keep it for ever.
 */
enum { ATTEMPTS = 1000 };

/*
 * Moves behind the newest record. The numbers for that position are in one of two places, since
 * they cannot be written in one instruction with head.
 */
static int find_end(struct fanout_reader *reader)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (fanout_reader_look(reader))
			return -EBADMSG;
		for (int i = 0; i < 2; i++) {
			const struct fanout_end *end = &reader->ring->ends[i];
			__u64 sequence = fanout_load(&end->sequence);

			/* The number, before its position: pairs with the fence in
			 * fanout_writer_end(). */
			fanout_fence_load();
			if (fanout_load(&end->position) != reader->head)
				continue;
			reader->position = reader->head;
			reader->sequence = sequence;
			return 0;
		}
	}
	return -EBADMSG;
}

/*
 * Moves the reader to a record of which only the position is known. 1; 0: it is no longer intact;
 * -EBADMSG: it is no record.
 */
static int stand_at(struct fanout_reader *reader, __u64 position)
{
	struct fanout_record record;

	if (fanout_reader_look(reader) || !fanout_boundary(position) || position > reader->head)
		return -EBADMSG;
	if (position == reader->head) {
		/* By now there may be a record, which find_end() would pass over. */
		if (find_end(reader))
			return -EBADMSG;
		return reader->position == position;
	}
	reader->position = position;
	fanout_record_load(reader->data, position & (reader->capacity - 1), &record);
	if (!fanout_reader_intact(reader))
		return 0;
	if (!fanout_record_valid(&record, position, reader->head, reader->capacity))
		return -EBADMSG;
	reader->sequence = record.sequence;
	return 1;
}

/* Moves the reader to the record that a mark names. 1; 0: the mark is of no use. */
static int stand_at_mark(struct fanout_reader *reader, const struct fanout_mark *mark)
{
	__u64 sequence = fanout_load(&mark->sequence);
	__u64 position = fanout_load(&mark->position);

	if (position < fanout_load(&reader->ring->tail))
		return 0;
	return stand_at(reader, position) == 1 && reader->sequence == sequence;
}

int fanout_reader_seek_newest(struct fanout_reader *reader)
{
	return find_end(reader);
}

int fanout_reader_seek_oldest(struct fanout_reader *reader)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		/* Acquire: a head that is read after these is no less. Pairs with the releases in
		 * fanout_writer_claim() and fanout_writer_advance(). */
		__u64 tail = fanout_load_acquire(&reader->ring->tail);
		__u64 claim = fanout_load_acquire(&reader->ring->claim);
		int r = stand_at(reader, claim > tail ? claim : tail);

		if (r)
			return r < 0 ? r : 0;
	}
	return -EBADMSG;
}

/*
 * Whether the record at the reader's position is before the one that we look for. The record
 * itself tells: its mark may have been half written.
 */
static int stands_before(struct fanout_reader *reader, __u64 sequence, __u64 time)
{
	struct fanout_record record;
	const void *payload;

	return fanout_reader_peek(reader, &record, &payload) == 1 && record.sequence <= sequence &&
	       record.time < time;
}

/*
 * Moves the reader to the newest usable mark before the sequence number or time that we look for;
 * else to the oldest record.
 */
static int seek_before(struct fanout_reader *reader, __u64 sequence, __u64 time)
{
	unsigned int shift = log2_of(reader->capacity / FANOUT_MARKS);
	__u64 newest = reader->head >> shift;

	for (__u64 i = 0; i < FANOUT_MARKS && i < newest; i++) {
		const struct fanout_mark *mark = mark_of(reader->ring, newest - i);

		if (fanout_load(&mark->sequence) <= sequence && fanout_load(&mark->time) < time &&
		    stand_at_mark(reader, mark) && stands_before(reader, sequence, time))
			return 0;
	}
	return fanout_reader_seek_oldest(reader);
}

/*
 * Walks on to the record that holds message @sequence, or that was published at @time, but not
 * beyond the head at the start of the walk.
 */
static int walk_to(struct fanout_reader *reader, __u64 sequence, __u64 time)
{
	__u64 end = reader->head;

	while (reader->position < end) {
		struct fanout_record record;
		const void *payload;
		int r = fanout_reader_peek(reader, &record, &payload);

		if (r == -EPIPE)
			r = fanout_reader_seek_oldest(reader);
		else if (r != 1)
			return -EBADMSG;
		else if (record.time >= time ||
			 record.sequence + fanout_content_messages(record.content) > sequence)
			return 0;
		else
			fanout_reader_take(reader, &record);
		if (r < 0)
			return r;
	}
	return 0;
}

int fanout_reader_seek_last(struct fanout_reader *reader, __u64 count, __u64 *firstp)
{
	__u64 first;

	if (find_end(reader))
		return -EBADMSG;
	*firstp = reader->sequence;
	if (count == 0)
		return 0;
	first = reader->sequence > count ? reader->sequence - count : 0;
	if (seek_before(reader, first, ~0ULL) || walk_to(reader, first, ~0ULL))
		return -EBADMSG;
	*firstp = reader->sequence > first ? reader->sequence : first;
	return 0;
}

int fanout_reader_seek_since(struct fanout_reader *reader, __u64 time)
{
	if (find_end(reader) || seek_before(reader, ~0ULL, time) || walk_to(reader, ~0ULL, time))
		return -EBADMSG;
	return 0;
}

/*
 * Moves a reader that was overrun several times in a row to a mark ahead of the tail: an eighth
 * of the ring further each time, up to the middle. 1; 0: there is none.
 */
static int stand_ahead(struct fanout_reader *reader, __u64 tail)
{
	unsigned int eighths = reader->overruns < 5 ? reader->overruns - 1 : 4;
	unsigned int shift = log2_of(reader->capacity / FANOUT_MARKS);
	__u64 stretch = ((tail + reader->capacity / 8 * eighths) >> shift) + 1;

	if (!eighths || stretch << shift > fanout_load(&reader->ring->head))
		return 0;
	return stand_at_mark(reader, mark_of(reader->ring, stretch));
}

int fanout_reader_recover(struct fanout_reader *reader)
{
	__u64 tail = fanout_load_acquire(&reader->ring->tail);
	struct fanout_reader found = *reader;
	int r = 1;

	reader->overruns++;
	found.overruns = reader->overruns;
	if (!stand_ahead(&found, tail))
		r = stand_at(&found, tail);
	if (r == 0)
		return 0;
	if (r < 0 || found.sequence < reader->sequence || found.position < reader->position)
		return -EBADMSG;
	*reader = found;
	return 1;
}

int fanout_reader_skip(struct fanout_reader *reader, __u64 room, __u64 enough, __u64 *messagesp)
{
	__u64 start = reader->position;
	struct fanout_record record;
	const void *payload;

	do {
		int r = fanout_reader_peek(reader, &record, &payload);

		if (r != 1)
			return r;
		if (reader->position - start + fanout_record_size(record.length) > room)
			return -EMSGSIZE;
		fanout_reader_take(reader, &record);
		*messagesp += fanout_content_messages(record.content);
		/* Not to a later head: behind a writer of the same speed, the reader could go
		 * round. */
	} while (reader->position != reader->head && reader->position - start < enough);
	return 1;
}
