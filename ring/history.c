// SPDX-License-Identifier: MIT
/*
 * What a ring holds, and how fast it is published to, seen from outside.
 *
 * The header says how much was published in all, but not when. To tell how much of it is recent,
 * we use places where the ring records both the amount published so far and the time: marks, and
 * the records behind them. The walk over the records begins at the newest mark that is more than
 * a second old. It covers at most a stretch of the ring, and ends at the last record that is more
 * than a second old. Everything behind that was published within the last second. If the ring
 * does not reach back that far, its oldest mark gives a shorter span. If the walk would be too
 * long, the place that it reached gives a longer span.
 *
 * A publisher that is working meanwhile moves the tail before it overwrites anything. So we read
 * the header again afterwards, which tells whether to believe what we saw. If not, the next
 * attempt keeps away from the tail: one stretch further each time, up to half the ring. So we can
 * examine even a small ring at full speed, except for the part that is about to go.
 *
 * A header is copied while its publisher writes it, in no particular order. So a number beside a
 * position may not belong to it. We believe it if a second copy, begun after the first was
 * complete, has the same pair. If the head has moved on, the record that begins there carries its
 * number itself.
 *
 * If publishers overwrite the whole ring faster than we can look, time after time, we fall back
 * to two readings of its totals: what lies between them is recent, exactly, and the history
 * follows from its rate.
 */
#include "ring/history.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "ring/clock.h"
#include "ring/ring.h"

/* "Recent" is anything younger than this. */
#define RECENT UINT64_C(1000000000)

/* How much data one read fetches, and how many reads there are at most. */
enum { PIECE = 16384, PIECES = 1024 };

/**
 * struct look - a look at a ring
 * @source:   where its bytes come from
 * @query:    its header, as it was at @time
 * @ring:     the ring's own part of @query
 * @end:      what was published up to the ring's head
 * @attempt:  how many looks failed before
 * @read_from: the first position of the data that was read since @time
 * @n_pieces: how many pieces were read
 * @piece:    position of the piece that is in @data
 * @piece_size: its bytes; 0: there is none
 */
struct look {
	const struct history_source *source;
	struct fanout_query query;
	const struct fanout_ring *ring;
	uint64_t time;
	struct fanout_end end;
	unsigned int attempt;
	uint64_t read_from;
	unsigned int n_pieces;
	uint64_t piece;
	size_t piece_size;
	_Alignas(struct fanout_record) unsigned char data[PIECE];
};

static int read_header(const struct look *look, struct fanout_query *query)
{
	return look->source->header(look->source, query);
}

static bool read_at(const struct look *look, uint64_t offset, void *to, size_t size)
{
	return look->source->read(look->source, look->ring->header_size + offset, to, size);
}

/* Data that crosses the end of the data area continues at its beginning. */
static bool read_data(const struct look *look, uint64_t position, unsigned char *to, size_t size)
{
	uint64_t offset = position & (look->ring->capacity - 1);
	uint64_t before_end = look->ring->capacity - offset;
	size_t first = before_end < size ? (size_t)before_end : size;

	return read_at(look, offset, to, first) &&
	       (first == size || read_at(look, 0, to + first, size - first));
}

/* The header of the record at @position; NULL: it cannot be read, or should not. */
static const struct fanout_record *record_at(struct look *look, uint64_t position)
{
	uint64_t left = look->ring->head - position;
	size_t size = left < PIECE ? (size_t)left : PIECE;

	if (left < sizeof(struct fanout_record))
		return NULL;
	if (position - look->piece + sizeof(struct fanout_record) > look->piece_size) {
		look->piece_size = 0;
		if (position < look->read_from)
			look->read_from = position;
		if (look->n_pieces++ == PIECES || !read_data(look, position, look->data, size))
			return NULL;
		look->piece = position;
		look->piece_size = size;
	}
	return (const struct fanout_record *)(look->data + (position - look->piece));
}

/*
 * Places in the ring are given as marks: how much was published up to there, and when the last of
 * it.
 */

/* Moves on behind the record at this place; false: it cannot be a record. */
static bool step(struct fanout_mark *place, const struct fanout_record *record, uint64_t head)
{
	uint64_t size = fanout_record_size(record->length);

	if (size > head - place->position || record->sequence != place->sequence)
		return false;
	place->position += size;
	place->sequence += fanout_content_messages(record->content);
	place->time = record->time;
	return true;
}

static const struct fanout_mark *mark_at(const struct fanout_ring *ring, uint64_t position)
{
	for (int i = 0; position && i < FANOUT_MARKS; i++)
		if (ring->marks[i].position == position)
			return &ring->marks[i];
	return NULL;
}

/* The first mark from @position on. */
static const struct fanout_mark *mark_from(const struct fanout_ring *ring, uint64_t position)
{
	const struct fanout_mark *first = NULL;

	for (int i = 0; i < FANOUT_MARKS; i++) {
		const struct fanout_mark *mark = &ring->marks[i];

		if (mark->position >= position && mark->position <= ring->head &&
		    (!first || mark->position < first->position))
			first = mark;
	}
	return first;
}

/* The mark of the tail, or of the place that stands in for it; NULL: there is none. */
static const struct fanout_mark *mark_of_tail(const struct look *look)
{
	const struct fanout_ring *ring = look->ring;
	uint64_t stretches = look->attempt < FANOUT_MARKS / 2 ? look->attempt : FANOUT_MARKS / 2;

	if (!look->attempt || !ring->tail)
		return mark_at(ring, ring->tail);
	return mark_from(ring, ring->tail + stretches * (ring->capacity / FANOUT_MARKS));
}

/*
 * Finds the tail as a place, and number and time of the oldest record, which begins there. If the
 * tail has no mark, nobody knows when the last message before it was published. We assume that it
 * was no later than the oldest one, which at worst makes a span too short.
 */
static bool find_tail(struct look *look, struct fanout_mark *place, struct fanout_mark *oldest)
{
	const struct fanout_ring *ring = look->ring;
	const struct fanout_mark *mark = mark_of_tail(look);
	const struct fanout_record *record;

	if (mark) {
		*place = *oldest = *mark;
		return true;
	}
	if (look->source->one_moment) {
		*oldest = (struct fanout_mark){ ring->tail, look->query.oldest_sequence,
						look->query.oldest_time };
	} else {
		record = record_at(look, ring->tail);
		if (!record)
			return false;
		*oldest = (struct fanout_mark){ ring->tail, record->sequence, record->time };
	}
	*place = *oldest;
	/* Nothing came before the first message, however long ago. */
	if (!ring->tail)
		place->time = 0;
	return true;
}

/* The newest mark behind @place, up to @since. */
static void move_to_mark(const struct fanout_ring *ring, struct fanout_mark *place, uint64_t since)
{
	for (int i = 0; i < FANOUT_MARKS; i++) {
		const struct fanout_mark *mark = &ring->marks[i];

		if (mark->position > place->position && mark->position <= ring->head &&
		    mark->sequence >= place->sequence && mark->time <= since)
			*place = *mark;
	}
}

/* Walks over the records up to @since. */
static void walk(struct look *look, struct fanout_mark *place, uint64_t since)
{
	while (place->position < look->ring->head) {
		const struct fanout_record *record = record_at(look, place->position);

		if (!record)
			return;
		if (record->time > since)
			break;
		if (!step(place, record, look->ring->head))
			return;
	}
	/* Nothing was published between that record and the next one. */
	place->time = since;
}

static const struct fanout_end *end_at(const struct fanout_ring *ring, uint64_t position)
{
	const struct fanout_end *end = &ring->ends[ring->ends[1].position == position];

	return end->position == position ? end : NULL;
}

/* If two copies agree, nobody was writing there while the first was made. */
static bool end_still_there(const struct look *look, const struct fanout_ring *again)
{
	const struct fanout_end *end = end_at(again, look->end.position);

	return end && end->sequence == look->end.sequence && end->bytes == look->end.bytes;
}

/* Takes the number of the message behind the head from its record, which is there by now. */
static bool correct_end(struct look *look)
{
	struct fanout_record record;

	if (look->end.position < look->read_from)
		look->read_from = look->end.position;
	if (!read_data(look, look->end.position, (unsigned char *)&record, sizeof(record)))
		return false;
	look->end.sequence = record.sequence;
	return true;
}

static bool find_end(struct look *look)
{
	const struct fanout_end *end = end_at(look->ring, look->ring->head);
	struct fanout_query query;

	if (!end)
		return false;
	look->end = *end;
	if (look->source->one_moment)
		return true; /* the header is consistent */
	if (read_header(look, &query))
		return false;
	if (end_still_there(look, &query.ring))
		return true;
	return query.ring.head > look->end.position && correct_end(look);
}

static void fill_totals(struct baf_topic_info *info, const struct look *look)
{
	info->messages = look->end.sequence - look->ring->first_sequence;
	info->bytes = look->end.bytes;
}

static void fill_recent(struct baf_topic_info *info, const struct look *look,
			const struct fanout_mark *place)
{
	info->recent_messages = look->end.sequence - place->sequence;
	info->recent_bytes = look->end.position - place->position;
	info->recent_span = place->time < look->time ? look->time - place->time : 1;
}

/* The mark of @position has not changed; or there was none, and the tail has not moved. */
static bool mark_still_there(const struct fanout_ring *ring, const struct fanout_ring *again,
			     uint64_t position)
{
	const struct fanout_mark *before = mark_at(ring, position);
	const struct fanout_mark *after = mark_at(again, position);

	if (!before)
		return again->tail == ring->tail;
	return after && after->sequence == before->sequence && after->time == before->time;
}

/*
 * Whether the data that was read, and the marks @begin and @oldest, stayed valid all the time. A
 * mark behind the tail may have been overwritten while it was read; its position changes first.
 */
static bool still_there(const struct look *look, const struct fanout_mark *begin,
			const struct fanout_mark *oldest)
{
	struct fanout_query query;

	if (look->source->one_moment && look->read_from == UINT64_MAX)
		return true; /* the header is consistent */
	if (read_header(look, &query) || query.ring.id != look->ring->id)
		return false;
	return query.ring.tail <= look->read_from &&
	       mark_still_there(look->ring, &query.ring, oldest->position) &&
	       mark_still_there(look->ring, &query.ring, begin->position);
}

static bool fill_history(struct baf_topic_info *info, struct look *look)
{
	uint64_t since = look->time > RECENT ? look->time - RECENT : 0;
	struct fanout_mark place, begin, oldest;

	if (!find_end(look))
		return false;
	fill_totals(info, look);
	info->recent_span = RECENT;
	if (look->ring->tail == look->ring->head)
		return true;
	if (!find_tail(look, &place, &oldest))
		return false;
	begin = place;
	if (place.time <= since) {
		move_to_mark(look->ring, &place, since);
		begin = place;
		walk(look, &place, since);
	}
	if (oldest.sequence > look->end.sequence || place.sequence > look->end.sequence)
		return false;
	info->history_messages = look->end.sequence - oldest.sequence;
	info->history_bytes = look->end.position - oldest.position;
	info->history_since = oldest.time;
	fill_recent(info, look, &place);
	return still_there(look, &begin, &oldest);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The totals. Each is correct for some moment during the copy of the header. */
static struct fanout_end totals(const struct fanout_ring *ring)
{
	const struct fanout_end *ends = ring->ends;

	return (struct fanout_end){
		.position = greater(ends[0].position, ends[1].position),
		.sequence = greater(ends[0].sequence, ends[1].sequence),
		.bytes = greater(ends[0].bytes, ends[1].bytes),
	};
}

/*
 * Computes it from the totals at @start and those of now. False: the ring has not been
 * overwritten since, so overwriting did not spoil the looks.
 */
static bool fill_from_rate(struct baf_topic_info *info, struct look *look,
			   const struct fanout_mark *start)
{
	const struct fanout_ring *ring = look->ring;
	uint64_t held = ring->head - ring->tail;
	double part;

	look->end = totals(ring);
	fill_totals(info, look);
	fill_recent(info, look, start);
	/* A message takes at least a byte. So neither is so large that it was below 0. */
	if (look->end.position < start->position || info->recent_bytes < ring->capacity ||
	    info->recent_messages > info->recent_bytes)
		return false;
	info->history_bytes = held < ring->capacity ? held : ring->capacity;
	part = (double)info->history_bytes / (double)info->recent_bytes;
	info->history_messages = (uint64_t)(part * (double)info->recent_messages);
	info->history_since = look->time - (uint64_t)(part * (double)info->recent_span);
	return true;
}

/* How many looks in a row a publisher can spoil, unless it goes round the ring within each. */
enum { LOOKS = 200 };

static int look_at_ring(struct look *look, struct baf_topic_info *info)
{
	struct fanout_mark start = { 0 };

	for (look->attempt = 0; look->attempt < LOOKS; look->attempt++) {
		int r = read_header(look, &look->query);

		if (r)
			return r;
		look->time = clock_exact();
		look->read_from = UINT64_MAX;
		look->n_pieces = 0;
		look->piece_size = 0;
		if (fill_history(info, look))
			return 0;
		if (!look->attempt) {
			look->end = totals(look->ring);
			start = (struct fanout_mark){ look->end.position, look->end.sequence,
						      look->time };
		}
	}
	return fill_from_rate(info, look, &start) ? 0 : -EBADMSG;
}

int history_look(const struct history_source *source, struct fanout_query *query,
		 struct baf_topic_info *info)
{
	struct look look = { .source = source, .ring = &look.query.ring };
	int r = look_at_ring(&look, info);

	*query = look.query;
	return r;
}
