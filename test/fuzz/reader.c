// SPDX-License-Identifier: MIT
/*
 * Fuzzes both sides of the ring on memory that anybody may have written (libFuzzer). The input is
 * a ring and what befalls it:
 *
 *     struct fanout_ring | DATA bytes of data | steps: a byte each, and what they need behind it
 *
 * Ring and data stand in memory of just their size, so that AddressSanitizer sees each byte that is
 * read beside them; the data stand there twice, as they are mapped. A step seeks, reads, writes
 * something into the ring as a stranger would, or publishes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ring/batch.c"
#include "ring/ring.c"

enum { DATA = 4096, RECORDS_AT_ONCE = 400, STEPS_AT_MOST = 50 };

/* What is left of the input. */
static const uint8_t *input;
static size_t left;

static void fill(void *to, size_t size)
{
	size_t n = size < left ? size : left;

	memset(to, 0, size);
	memcpy(to, input, n);
	input += n;
	left -= n;
}

static uint64_t get(size_t size)
{
	uint64_t value = 0;

	fill(&value, size);
	return value;
}

static void split(const struct fanout_record *record, const void *bytes)
{
	enum baf_framing framing = (enum baf_framing)fanout_content_framing(record->content);
	size_t size, n = record->length, sum = 0;
	const void *message;
	uint8_t copy[DATA];

	while (baf_batch_next(framing, &bytes, &n, &message, &size) == 1) {
		sum += size;
		memcpy(copy, message, size);
	}
	if (sum > record->length)
		abort();
}

static int read_one(struct fanout_reader *reader)
{
	struct fanout_record record;
	const void *payload;
	int r = fanout_reader_peek(reader, &record, &payload);

	if (r == -EPIPE)
		return fanout_reader_recover(reader);
	if (r == 1) {
		split(&record, payload);
		fanout_reader_take(reader, &record);
	}
	return r;
}

/* Both places where a byte of data stands. */
static void put(unsigned char *data, uint64_t at, unsigned char byte)
{
	data[at % DATA] = data[at % DATA + DATA] = byte;
}

static void scribble(struct fanout_ring *ring, unsigned char *data)
{
	uint64_t at = get(2) % (sizeof(*ring) + DATA), value = get(8);

	for (unsigned int i = 0; i < 8; i++, at++, value >>= 8)
		if (at < sizeof(*ring))
			((unsigned char *)ring)[at] = (unsigned char)value;
		else
			put(data, at - sizeof(*ring), (unsigned char)value);
}

static void publish(struct fanout_ring *ring, unsigned char *data)
{
	uint32_t length = (uint32_t)(get(2) % (fanout_length_max(DATA) + 1));
	struct fanout_writer writer;
	uint64_t target, start;

	if (fanout_writer_init(&writer, ring, data, DATA))
		return;
	target = fanout_writer_target(&writer, length);
	fanout_writer_claim(&writer, target);
	fanout_writer_advance(&writer, target);
	start = writer.head % DATA;
	memset(fanout_writer_payload(&writer), 'a', length);
	fanout_writer_commit(&writer, length, fanout_content(FANOUT_FRAMING_ONE, 1), length, 1);
	for (uint64_t i = start; i < start + fanout_record_size(length); i++)
		put(data, i, data[i]);
}

static void step(struct fanout_reader *reader, struct fanout_ring *ring, unsigned char *data)
{
	__u64 first;

	switch (get(1) % 8) {
	case 0:
		(void)fanout_reader_seek_newest(reader);
		break;
	case 1:
		(void)fanout_reader_seek_oldest(reader);
		break;
	case 2:
		(void)fanout_reader_seek_last(reader, get(1), &first);
		break;
	case 3:
		(void)fanout_reader_seek_since(reader, get(8));
		break;
	case 4:
		(void)read_one(reader);
		break;
	case 5:
		for (unsigned int i = 0; i < RECORDS_AT_ONCE && read_one(reader) == 1; i++)
			;
		break;
	case 6:
		scribble(ring, data);
		break;
	case 7:
		publish(ring, data);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fanout_ring *ring = malloc(sizeof(*ring));
	unsigned char *data = malloc(2UL * DATA);
	struct fanout_reader reader;

	input = bytes;
	left = size;
	fill(ring, sizeof(*ring));
	fill(data, DATA);
	memcpy(data + DATA, data, DATA);
	(void)fanout_ring_check(ring, DATA + get(8), DATA);
	/* What it says of itself is not asked again: it counts as checked. */
	fanout_reader_init(&reader, ring, data, DATA);
	for (unsigned int i = 0; i < STEPS_AT_MOST && left; i++)
		step(&reader, ring, data);
	free(data);
	free(ring);
	return 0;
}
