// SPDX-License-Identifier: MIT
/*
 * The pure ring, alone in memory: no files, no other process. The data area is mapped twice, as
 * in real use.
 *
 * The tests run in a process and, as the module fanout-selftest, in the kernel: test-place.h
 * covers the differences.
 */
#include "ring.h"
#include "test-place.h"

static struct fixture {
	struct fanout_ring *ring;
	unsigned char *data;
	uint64_t capacity;
	size_t page;
	struct fanout_writer writer;
	struct fanout_reader reader;
	struct fanout_ring saved;
} fixture;

static int setup(void **state)
{
	struct fixture *f = &fixture;

	*f = (struct fixture){ .capacity = 4096, .page = place_page_size() };
	f->ring = place_map(f->page, f->capacity);
	if (!f->ring)
		return -1;
	f->data = (unsigned char *)f->ring + f->page;
	fanout_ring_init(f->ring, f->capacity, (uint32_t)f->page, 1, 0, 1);
	assert_int_equal(fanout_writer_init(&f->writer, f->ring, f->data, f->capacity), 0);
	fanout_reader_init(&f->reader, f->ring, f->data, f->capacity);
	assert_int_equal(fanout_reader_seek_newest(&f->reader), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	place_unmap(f->ring, f->page, f->capacity);
	return 0;
}

/* A random number; the same sequence for the same seed. */
static unsigned int any(unsigned int *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void make_room(struct fixture *f, uint64_t length)
{
	uint64_t target = fanout_writer_target(&f->writer, length);

	if (target == f->writer.tail)
		return;
	fanout_writer_claim(&f->writer, target);
	fanout_writer_advance(&f->writer, target);
}

/* Writes a record whose payload shows its number: all bytes are the low byte of it. */
static void put(struct fixture *f, uint32_t length, uint64_t time)
{
	make_room(f, length);
	memset(fanout_writer_payload(&f->writer), (int)(f->writer.sequence & 0xff), length);
	fanout_writer_commit(&f->writer, length, fanout_content(FANOUT_FRAMING_ONE, 1), length,
			     time);
}

/* Checks that the next record is whole and has the number that it claims. Returns the number. */
static uint64_t get(struct fixture *f, uint32_t length)
{
	struct fanout_record record = { 0 };
	const void *payload = "";

	assert_int_equal(fanout_reader_peek(&f->reader, &record, &payload), 1);
	assert_int_equal(record.length, length);
	for (uint32_t i = 0; i < length; i++)
		assert_int_equal(((const unsigned char *)payload)[i], record.sequence & 0xff);
	assert_true(fanout_reader_intact(&f->reader));
	fanout_reader_take(&f->reader, &record);
	return record.sequence;
}

static int peek(struct fixture *f)
{
	struct fanout_record record;
	const void *payload;

	return fanout_reader_peek(&f->reader, &record, &payload);
}

static void an_empty_ring_gives_nothing(void **state)
{
	assert_int_equal(peek(*state), 0);
}

static void records_come_out_as_they_went_in(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t length = i * 37 % 1200;

		put(f, length, i + 1);
		assert_int_equal(get(f, length), i);
		assert_int_equal(peek(f), 0);
	}
}

static void a_record_may_take_half_of_the_ring(void **state)
{
	struct fixture *f = *state;
	uint32_t most = (uint32_t)fanout_length_max(f->capacity);

	assert_int_equal(fanout_record_size(most), f->capacity / 2);
	for (int i = 0; i < 100; i++) {
		put(f, most, 1);
		get(f, most);
		put(f, (uint32_t)i, 1);
		get(f, (uint32_t)i);
	}
}

/* Checks the key invariant of ring.c, at one moment. */
static void check_window(struct fixture *f)
{
	struct fanout_reader all;
	struct fanout_record record;
	const void *payload;
	int r;

	fanout_reader_init(&all, f->ring, f->data, f->capacity);
	assert_int_equal(fanout_reader_seek_oldest(&all), 0);
	while ((r = fanout_reader_peek(&all, &record, &payload)) == 1) {
		for (uint32_t i = 0; i < record.length; i++)
			assert_int_equal(((const unsigned char *)payload)[i],
					 record.sequence & 0xff);
		fanout_reader_take(&all, &record);
	}
	assert_int_equal(r, 0);
	assert_int_equal(all.position, f->writer.head);
	assert_int_equal(all.sequence, f->writer.sequence);
}

static void the_live_window_is_always_whole_records(void **state)
{
	struct fixture *f = *state;
	unsigned int seed = place_seed();

	print_message("seed %u\n", seed);
	for (int i = 0; i < 20000; i++) {
		/* Mostly small, now and then as large as possible. */
		uint32_t most = any(&seed) % 16 ? 100 : (uint32_t)fanout_length_max(f->capacity);

		put(f, (uint32_t)any(&seed) % (most + 1), (uint64_t)i + 1);
		assert_true(f->writer.head - f->writer.tail <= f->capacity);
		if (i % 16 == 0)
			check_window(f);
	}
}

static void small_records_leave_at_most_a_stretch_unused(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 1000; i++)
		put(f, 8, 1);
	for (int i = 0; i < 1000; i++) {
		put(f, 8, 1);
		assert_true(f->writer.head - f->writer.tail >=
			    f->capacity - f->capacity / FANOUT_MARKS - fanout_record_size(8));
	}
}

static void an_overrun_reader_goes_on_at_the_oldest_record_and_knows_its_loss(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	put(f, 100, 1);
	get(f, 100);
	for (int i = 0; i < 500; i++)
		put(f, 100, 1);
	assert_int_equal(peek(f), -EPIPE);
	assert_int_equal(fanout_reader_recover(&f->reader), 1);
	assert_int_equal(f->reader.position, f->ring->tail);
	lost = f->reader.sequence - 1;
	assert_true(lost > 400);
	for (uint64_t i = 1 + lost; i < 501; i++)
		assert_int_equal(get(f, 100), i);
	assert_int_equal(peek(f), 0);
}

static void a_reader_that_is_overrun_again_and_again_starts_further_on(void **state)
{
	struct fixture *f = *state;
	uint64_t ahead = 0;

	for (int i = 0; i < 10; i++) {
		for (int k = 0; k < 500; k++)
			put(f, 16, 1);
		assert_int_equal(peek(f), -EPIPE);
		assert_int_equal(fanout_reader_recover(&f->reader), 1);
		assert_true(f->reader.position - f->ring->tail >= ahead);
		ahead = f->reader.position - f->ring->tail;
	}
	assert_true(ahead >= f->capacity / 4);
	assert_true(ahead <= f->capacity / 2 + f->capacity / FANOUT_MARKS + 64);
	get(f, 16);
	assert_int_equal(f->reader.overruns, 0);
}

static void what_is_overwritten_while_it_is_read_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct fanout_record record;
	const void *payload;

	put(f, 1000, 1);
	assert_int_equal(fanout_reader_peek(&f->reader, &record, &payload), 1);
	assert_true(fanout_reader_intact(&f->reader));
	put(f, 1000, 1);
	put(f, 1000, 1);
	assert_true(fanout_reader_intact(&f->reader));
	put(f, 1000, 1);
	put(f, 1000, 1);
	assert_false(fanout_reader_intact(&f->reader));
}

static void a_reader_that_joins_starts_no_earlier_than_the_claim(void **state)
{
	struct fixture *f = *state;
	uint64_t target;

	for (int i = 0; i < 100; i++)
		put(f, 100, 1);
	target = fanout_writer_target(&f->writer, 1000);
	assert_true(target > f->writer.tail);
	fanout_writer_claim(&f->writer, target);
	assert_int_equal(fanout_reader_seek_oldest(&f->reader), 0);
	assert_int_equal(f->reader.position, target);
	fanout_writer_advance(&f->writer, target);
	assert_true(fanout_reader_intact(&f->reader));
}

static void the_last_n_messages_are_found(void **state)
{
	struct fixture *f = *state;
	uint64_t total = 777;

	for (uint64_t i = 0; i < total; i++)
		put(f, (uint32_t)(i % 40), i + 1);
	for (uint64_t n = 0; n < 60; n++) {
		__u64 first;

		assert_int_equal(fanout_reader_seek_last(&f->reader, n, &first), 0);
		assert_int_equal(first, total - n);
		assert_int_equal(f->reader.sequence, total - n);
	}
}

static void more_than_there_are_means_all_that_there_are(void **state)
{
	struct fixture *f = *state;
	struct fanout_reader oldest = f->reader;
	__u64 first;

	for (int i = 0; i < 1000; i++)
		put(f, 24, 1);
	assert_int_equal(fanout_reader_seek_last(&f->reader, 100000, &first), 0);
	assert_int_equal(fanout_reader_seek_oldest(&oldest), 0);
	assert_int_equal(f->reader.position, oldest.position);
	assert_int_equal(first, oldest.sequence);
}

static void the_last_n_may_begin_inside_a_batch(void **state)
{
	struct fixture *f = *state;
	__u64 first;

	for (int i = 0; i < 3; i++) {
		make_room(f, 20);
		memcpy(fanout_writer_payload(&f->writer), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n", 20);
		fanout_writer_commit(&f->writer, 20, fanout_content(FANOUT_FRAMING_LINE, 10), 10,
				     1);
	}
	assert_int_equal(fanout_reader_seek_last(&f->reader, 14, &first), 0);
	assert_int_equal(first, 16);
	assert_int_equal(f->reader.sequence, 10);
}

static void messages_since_a_time_are_found(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 0; i < 1000; i++)
		put(f, 24, i + 1);
	for (uint64_t since = 950; since <= 1000; since++) {
		assert_int_equal(fanout_reader_seek_since(&f->reader, since), 0);
		assert_int_equal(f->reader.sequence, since - 1);
	}
	assert_int_equal(fanout_reader_seek_since(&f->reader, 2000), 0);
	assert_int_equal(f->reader.position, f->writer.head);
	assert_int_equal(f->reader.sequence, 1000);
}

static void a_new_writer_goes_on_where_the_last_one_stopped(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 0; i < 3000; i++) {
		assert_int_equal(fanout_writer_init(&f->writer, f->ring, f->data, f->capacity), 0);
		assert_int_equal(f->writer.sequence, i);
		put(f, (uint32_t)(i * 31 % 500), 1);
		assert_int_equal(get(f, (uint32_t)(i * 31 % 500)), i);
	}
}

static void a_record_that_was_not_finished_does_not_exist(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t before = f->ring->head;

		/* Does all of a publish except its last store. */
		put(f, 600, 7);
		f->ring->head = before;
		assert_int_equal(peek(f), 0);
		assert_int_equal(fanout_writer_init(&f->writer, f->ring, f->data, f->capacity), 0);
		assert_int_equal(f->writer.sequence, i);
		check_window(f);
		put(f, 40, 1);
		assert_int_equal(get(f, 40), i);
		check_window(f);
	}
}

static void marks_that_lie_cost_history_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	unsigned int seed = 1;

	for (int i = 0; i < 5000; i++) {
		struct fanout_mark *mark = &f->ring->marks[any(&seed) % FANOUT_MARKS];

		mark->position = f->writer.head + (uint64_t)any(&seed) % 9000 - 4500;
		put(f, (uint32_t)any(&seed) % 300, 1);
		assert_true(f->writer.tail <= f->writer.head);
		assert_true(f->writer.head - f->writer.tail <= f->capacity);
		assert_int_equal(fanout_reader_seek_newest(&f->reader), 0);
	}
}

static void a_damaged_header_is_refused(void **state)
{
	struct fixture *f = *state;
	uint64_t size = f->page + f->capacity;

	f->saved = *f->ring;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), 0);
	assert_int_equal(fanout_ring_check(f->ring, size - 1, f->page), -EBADMSG);
	f->ring->magic ^= 1;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), -EBADMSG);
	*f->ring = f->saved;
	f->ring->version++;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), -EPROTONOSUPPORT);
	*f->ring = f->saved;
	f->ring->features = 1;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), -EPROTONOSUPPORT);
	*f->ring = f->saved;
	f->ring->capacity += 8;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), -EBADMSG);
	f->ring->capacity = 1ULL << 63;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), -EBADMSG);
	*f->ring = f->saved;
	f->ring->header_size = 0;
	assert_int_equal(fanout_ring_check(f->ring, size, f->page), -EBADMSG);
	*f->ring = f->saved;
	f->ring->tail = 8;
	assert_int_equal(fanout_writer_init(&f->writer, f->ring, f->data, f->capacity), -EBADMSG);
}

static void capacities_are_powers_of_two(void **state)
{
	(void)state;
	assert_int_equal(fanout_ring_capacity(0), FANOUT_CAPACITY_MIN);
	assert_int_equal(fanout_ring_capacity(4097), 8192);
	assert_int_equal(fanout_ring_capacity(1 << 20), 1 << 20);
	assert_int_equal(fanout_ring_capacity(FANOUT_CAPACITY_MAX), FANOUT_CAPACITY_MAX);
	assert_int_equal(fanout_ring_capacity(FANOUT_CAPACITY_MAX + 1), 0);
	assert_int_equal(fanout_ring_capacity(~0ULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int keep_all(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_empty_ring_gives_nothing),
		TEST(records_come_out_as_they_went_in),
		TEST(a_record_may_take_half_of_the_ring),
		TEST(the_live_window_is_always_whole_records),
		TEST(small_records_leave_at_most_a_stretch_unused),
		TEST(an_overrun_reader_goes_on_at_the_oldest_record_and_knows_its_loss),
		TEST(a_reader_that_is_overrun_again_and_again_starts_further_on),
		TEST(what_is_overwritten_while_it_is_read_is_noticed),
		TEST(a_reader_that_joins_starts_no_earlier_than_the_claim),
		TEST(the_last_n_messages_are_found),
		TEST(more_than_there_are_means_all_that_there_are),
		TEST(the_last_n_may_begin_inside_a_batch),
		TEST(messages_since_a_time_are_found),
		TEST(a_new_writer_goes_on_where_the_last_one_stopped),
		TEST(a_record_that_was_not_finished_does_not_exist),
		TEST(marks_that_lie_cost_history_and_nothing_else),
		TEST(a_damaged_header_is_refused),
		TEST(capacities_are_powers_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

PLACE_RUN(keep_all)
