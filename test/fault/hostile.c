// SPDX-License-Identifier: MIT
/*
 * A file that is damaged, or that somebody made who means harm, costs an error at the most.
 *
 * A sound topic is changed in one way after the other, and visited each time (visit.h). Where it is
 * known what must come of it, that is required; elsewhere it is enough that all calls come back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "baf.h"
#include "ring/ring.h"
#include "test/fault/image.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/visit.h"

static unsigned int rounds;
static bool all_changes;
static uint64_t seed;

static struct image sound;

static void refused_with(int error)
{
	struct visit came = visit();

	require_equal(came.query, error);
	require_equal(came.subscribe, error);
	require_equal(came.publish, error);
	require(came.reason != NULL);
	require_equal(came.messages, 0);
}

/*
 * Bytes.
 */

static unsigned char changed(unsigned char byte, unsigned int how)
{
	switch (how % 6) {
	case 0:
		return byte ^ 0x01;
	case 1:
		return byte ^ 0x80;
	case 2:
		return 0;
	case 3:
		return 0xff;
	case 4:
		return (unsigned char)(byte + 8);
	default:
		return (unsigned char)~byte;
	}
}

enum { CHANGES = 6 };

/* Which changes of a byte are tried, in the loop of its promise. */
struct changes {
	unsigned int first;
	unsigned int step;
};

/* Those that the promise has in mind, or by chance one. */
static struct changes choose_changes(struct random *random, unsigned int first, unsigned int step)
{
	if (all_changes)
		return (struct changes){ .first = first, .step = step };
	return (struct changes){ .first = (unsigned int)random_below(random, CHANGES),
				 .step = CHANGES };
}

static void visit_changed(unsigned char *byte, unsigned int how)
{
	unsigned char old = *byte;

	*byte = changed(old, how);
	if (*byte != old) {
		image_plant(&sound);
		(void)visit();
	}
	*byte = old;
}

static void header_bytes(void)
{
	struct random random = { .state = seed };

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = 0; i < offsetof(struct fanout_ring, marks); i++) {
		struct changes changes = choose_changes(&random, 0, 1);

		for (unsigned int how = changes.first; how < CHANGES; how += changes.step) {
			trying("byte %u of the header, change %u", i, how);
			visit_changed(&sound.bytes[i], how);
		}
	}
}

static void mark_bytes(void)
{
	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = offsetof(struct fanout_ring, marks); i < sizeof(struct fanout_ring);
	     i++) {
		trying("byte %u of the header", i);
		visit_changed(&sound.bytes[i], i);
	}
}

static void record_header_bytes(void)
{
	struct random random = { .state = seed };
	__u64 position;

	image_make(&sound, IMAGE_MESSAGES);
	for (position = sound.ring.tail; position < sound.ring.head;
	     position += fanout_record_size(image_record(&sound, position)->length))
		for (unsigned int i = 0; i < sizeof(struct fanout_record); i++) {
			struct changes changes = choose_changes(&random, i % 2, 2);
			size_t at = (position + i) % IMAGE_CAPACITY;

			trying("byte %u of the record at %llu", i, position);
			for (unsigned int how = changes.first; how < CHANGES; how += changes.step)
				visit_changed(&sound.bytes[IMAGE_HEADER + at], how);
		}
	require_equal(position, sound.ring.head);
}

/* As with the roster as it should be. */
static void costs_nothing(uint64_t messages)
{
	struct visit came;

	image_plant(&sound);
	came = visit();
	require_equal(came.query, 0);
	require_equal(came.subscribe, 0);
	require_equal(came.publish, 0);
	require_equal(came.messages, messages);
}

static void roster_bytes(void)
{
	struct random random = { .state = seed };
	uint64_t messages;

	image_make(&sound, IMAGE_MESSAGES);
	image_plant(&sound);
	messages = visit().messages;
	require(messages > 0);
	for (unsigned int i = 0; i < sizeof(sound.roster_bytes); i++) {
		struct changes changes = choose_changes(&random, i % 2, 2);
		unsigned char *byte = &sound.roster_bytes[i], old = *byte;

		for (unsigned int how = changes.first; how < CHANGES; how += changes.step) {
			trying("byte %u of the roster, change %u", i, how);
			*byte = changed(old, how);
			costs_nothing(messages);
			*byte = old;
		}
	}
}

/*
 * Garbage.
 */

static void scribble(struct random *random, unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)random_next(random);
}

static void garbage_behind(size_t constants)
{
	struct random random = { .state = seed };
	struct image garbage;

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = 0; i < rounds; i++) {
		trying("round %u, seed %llu", i, (unsigned long long)seed);
		garbage = sound;
		scribble(&random, garbage.bytes + constants, sizeof(garbage.bytes) - constants);
		scribble(&random, garbage.roster_bytes, sizeof(garbage.roster_bytes));
		image_plant(&garbage);
		(void)visit();
	}
}

static void garbage_behind_magic(void)
{
	garbage_behind(sizeof(sound.ring.magic));
}

static void garbage_behind_constants(void)
{
	garbage_behind(offsetof(struct fanout_ring, head));
}

static void garbage_data(void)
{
	struct random random = { .state = seed };

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = 0; i < rounds; i++) {
		struct image garbage = sound;
		size_t at = random_below(&random, IMAGE_CAPACITY);
		size_t size = random_below(&random, IMAGE_CAPACITY - at);

		trying("round %u, seed %llu", i, (unsigned long long)seed);
		scribble(&random, garbage.bytes + IMAGE_HEADER + at, size);
		image_plant(&garbage);
		require_equal(visit().publish, 0);
	}
}

static void plain_garbage(void)
{
	struct random random = { .state = seed };
	struct image garbage = { .size = IMAGE_SIZE };

	for (unsigned int i = 0; i < 20; i++) {
		scribble(&random, garbage.bytes, sizeof(garbage.bytes));
		image_plant(&garbage);
		refused_with(-EBADMSG);
	}
}

/*
 * Files that are no ring.
 */

static void zeros(void)
{
	struct image image = { .size = IMAGE_SIZE };

	image_plant(&image);
	refused_with(-EBADMSG);
}

static void short_files(void)
{
	static const size_t sizes[] = { 0, 1, 8, 16, 2047, 2048, 4095, 4096, 4097, 8191 };

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		trying("a file of %zu bytes", sizes[i]);
		sound.size = sizes[i];
		image_plant(&sound);
		refused_with(-EBADMSG);
	}
}

static void no_files(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/" VISITED, scratch_directory());
	trying("a directory");
	require(mkdir(path, 0700) == 0);
	refused_with(-EBADMSG);
	require(rmdir(path) == 0);
	trying("a FIFO");
	require(mkfifo(path, 0600) == 0);
	refused_with(-EBADMSG);
	require(unlink(path) == 0);
	trying("a symbolic link");
	require(symlink("/dev/zero", path) == 0);
	refused_with(-EBADMSG);
}

/*
 * Headers that lie.
 */

static void other_versions(void)
{
	image_make(&sound, IMAGE_MESSAGES);
	for (__u32 version = 0; version < 300; version++) {
		if (version == FANOUT_VERSION)
			continue;
		sound.ring.version = version;
		image_plant(&sound);
		refused_with(-EPROTONOSUPPORT);
	}
}

static void unknown_features(void)
{
	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int bit = 0; bit < 64; bit++) {
		sound.ring.features = 1ULL << bit;
		if (!(sound.ring.features & ~FANOUT_FEATURES_KNOWN))
			continue;
		image_plant(&sound);
		refused_with(-EPROTONOSUPPORT);
	}
}

static void wrong_capacities(void)
{
	static const __u64 capacities[] = { 0,
					    1,
					    8,
					    2048,
					    4095,
					    4097,
					    6144,
					    8192,
					    12288,
					    1ULL << 20,
					    FANOUT_CAPACITY_MAX,
					    FANOUT_CAPACITY_MAX * 2,
					    1ULL << 63,
					    ~0ULL,
					    ~0ULL << 12 };

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		trying("capacity %llu", capacities[i]);
		sound.ring.capacity = capacities[i];
		image_plant(&sound);
		refused_with(-EBADMSG);
	}
}

static void wrong_header_sizes(void)
{
	static const __u32 sizes[] = { 0, 1, 2048, 4095, 4097, 8192, 1U << 31, ~0U, ~0U << 12 };

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		trying("header size %u", sizes[i]);
		sound.ring.header_size = sizes[i];
		image_plant(&sound);
		refused_with(-EBADMSG);
	}
}

static __u64 interesting(struct random *random)
{
	const __u64 values[] = { 0,
				 4,
				 8,
				 IMAGE_CAPACITY,
				 sound.ring.head,
				 sound.ring.tail,
				 sound.ring.head - IMAGE_CAPACITY,
				 sound.ring.head + IMAGE_CAPACITY,
				 1ULL << 63,
				 ~0ULL,
				 ~0ULL << 3,
				 ~0ULL << 6,
				 ~0ULL << 12 };
	__u64 value = values[random_below(random, sizeof(values) / sizeof(values[0]))];

	return value + (random_below(random, 3) - 1) * 8 * random_below(random, 20);
}

static void lying_positions(void)
{
	struct random random = { .state = seed };
	struct fanout_ring *ring;
	struct image image;

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = 0; i < rounds; i++) {
		trying("round %u, seed %llu", i, (unsigned long long)seed);
		image = sound;
		ring = &image.ring;
		ring->head = interesting(&random);
		ring->tail = random_below(&random, 2) ? ring->head : interesting(&random);
		ring->claim = random_below(&random, 2) ? ring->tail : interesting(&random);
		ring->ends[0].position = random_below(&random, 4) ? ring->head :
								    interesting(&random);
		ring->ends[1].position = interesting(&random);
		ring->allocated = random_below(&random, 4) ? IMAGE_CAPACITY : interesting(&random);
		image_plant(&image);
		(void)visit();
	}
}

/* At the end of what 64 bits can count. */
static void last_positions(void)
{
	image_make(&sound, IMAGE_MESSAGES);
	for (__u64 left = 0; left <= 2ULL * IMAGE_CAPACITY; left += 8) {
		trying("%llu bytes before the end of positions", left);
		sound.ring.head = sound.ring.tail = sound.ring.claim = 0ULL - left;
		sound.ring.ends[0].position = sound.ring.ends[1].position = sound.ring.head;
		image_plant(&sound);
		(void)visit();
	}
}

static void lying_marks(void)
{
	struct random random = { .state = seed };

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = 0; i < rounds; i++) {
		struct image image = sound;

		trying("round %u, seed %llu", i, (unsigned long long)seed);
		for (unsigned int j = 0; j < FANOUT_MARKS; j++) {
			struct fanout_mark *mark = &image.ring.marks[j];

			mark->position = interesting(&random);
			if (random_below(&random, 2))
				mark->sequence = random_below(&random, IMAGE_MESSAGES);
			if (random_below(&random, 2))
				mark->time = interesting(&random);
		}
		image_plant(&image);
		require_equal(visit().query, 0);
	}
}

static void lying_numbers(void)
{
	struct random random = { .state = seed };

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int i = 0; i < rounds; i++) {
		struct image image = sound;

		trying("round %u, seed %llu", i, (unsigned long long)seed);
		image.ring.first_sequence = interesting(&random);
		image.ring.ends[0].sequence = interesting(&random);
		image.ring.ends[1].sequence = interesting(&random);
		image.ring.ends[0].bytes = interesting(&random);
		image.ring.retired = random_below(&random, 10) == 0;
		image_plant(&image);
		(void)visit();
	}
}

/*
 * Records that lie.
 */

/* Publishes a record of which nobody but its publisher says what is in it. */
static void plant_record(const void *payload, size_t size, enum fanout_framing framing, __u32 n)
{
	struct fanout_record *record;

	image_make(&sound, IMAGE_MESSAGES);
	memset(sound.bytes + IMAGE_HEADER, 0, IMAGE_CAPACITY);
	record = image_record(&sound, 0);
	*record = (struct fanout_record){ .length = (__u32)size,
					  .content = fanout_content(framing, n),
					  .time = 1 };
	memcpy(record + 1, payload, size);
	sound.ring.head = fanout_record_size(size);
	sound.ring.tail = sound.ring.claim = sound.ring.first_sequence = 0;
	memset(sound.ring.marks, 0, sizeof(sound.ring.marks));
	sound.ring.ends[0] = (struct fanout_end){ .position = sound.ring.head, .sequence = n };
	image_plant(&sound);
}

static void is_damaged(const char *payload, size_t size, enum fanout_framing framing, __u32 n)
{
	struct visit came;

	trying("%zu bytes of framing %d said to be %u messages", size, (int)framing, n);
	plant_record(payload, size, framing, n);
	came = visit_to_read();
	require_equal(came.subscribe, -EBADMSG);
	require(came.reason != NULL);
}

static void lying_counts(void)
{
	is_damaged("one", 3, FANOUT_FRAMING_ONE, 0);
	is_damaged("one", 3, FANOUT_FRAMING_ONE, 2);
	is_damaged("a\nb\n", 4, FANOUT_FRAMING_LINE, 0);
	is_damaged("a\nb\n", 4, FANOUT_FRAMING_LINE, 1);
	is_damaged("a\nb\n", 4, FANOUT_FRAMING_LINE, 3);
	is_damaged("a\nb\n", 4, FANOUT_FRAMING_LINE, FANOUT_MESSAGES_MAX);
	is_damaged("", 0, FANOUT_FRAMING_LINE, 1);
	is_damaged("\0\0\0\1a\0\0\0\0", 9, FANOUT_FRAMING_LENGTH, 1);
	is_damaged("\0\0\0\1a\0\0\0\0", 9, FANOUT_FRAMING_LENGTH, 3);
}

static void missing_delimiters(void)
{
	is_damaged("ab", 2, FANOUT_FRAMING_LINE, 1);
	is_damaged("a\nb", 3, FANOUT_FRAMING_LINE, 2);
	is_damaged("ab", 2, FANOUT_FRAMING_NUL, 1);
	is_damaged("a\0b", 3, FANOUT_FRAMING_NUL, 2);
	is_damaged("a\nb\n", 4, FANOUT_FRAMING_NUL, 2);
}

static void lying_lengths(void)
{
	is_damaged("\0\0\0\2a", 5, FANOUT_FRAMING_LENGTH, 1);
	is_damaged("\0\1\0\0a", 5, FANOUT_FRAMING_LENGTH, 1);
	is_damaged("\377\377\377\377a", 5, FANOUT_FRAMING_LENGTH, 1);
	is_damaged("\177\377\377\377a", 5, FANOUT_FRAMING_LENGTH, 1);
	is_damaged("\0\0\0\0\0\0\0", 7, FANOUT_FRAMING_LENGTH, 1);
	is_damaged("\0\0\0\1a\0\0\0\2b", 10, FANOUT_FRAMING_LENGTH, 2);
}

static void record_past_head(void)
{
	struct visit came;

	plant_record("0123456789abcdef", 16, FANOUT_FRAMING_ONE, 1);
	sound.ring.head -= 8;
	sound.ring.ends[0].position = sound.ring.head;
	image_plant(&sound);
	came = visit_to_read();
	require_equal(came.subscribe, -EBADMSG);
	require_equal(came.messages, 0);
}

static void unknown_framings(void)
{
	for (unsigned int framing = 0; framing < 256; framing++)
		if (framing < FANOUT_FRAMING_ONE || framing > FANOUT_FRAMING_LENGTH)
			is_damaged("a\n", 2, (enum fanout_framing)framing, 1);
}

int main(int argc, char **argv)
{
	static const struct promise promises[] = {
		{ "every byte of the header may be changed", header_bytes },
		{ "every byte of the marks may be changed", mark_bytes },
		{ "every byte of every record's header may be changed", record_header_bytes },
		{ "no byte of the roster has anything to say about data", roster_bytes },
		{ "garbage behind a magic number may stand", garbage_behind_magic },
		{ "garbage behind a header's constants may stand", garbage_behind_constants },
		{ "garbage among the data does not keep a publisher from publishing",
		  garbage_data },
		{ "garbage is no ring", plain_garbage },
		{ "zeros are no ring", zeros },
		{ "a file that is too short is no ring", short_files },
		{ "a directory, a FIFO and a symbolic link are no rings", no_files },
		{ "a ring of another version is refused as such", other_versions },
		{ "a ring with unknown features is refused as such", unknown_features },
		{ "a wrong capacity is refused", wrong_capacities },
		{ "a wrong header size is refused", wrong_header_sizes },
		{ "positions may lie", lying_positions },
		{ "positions may be the last that there are", last_positions },
		{ "marks may lie", lying_marks },
		{ "sequence numbers may lie", lying_numbers },
		{ "a wrong number of messages is damage", lying_counts },
		{ "a missing delimiter is damage", missing_delimiters },
		{ "a wrong length of a message is damage", lying_lengths },
		{ "an unknown framing is damage", unknown_framings },
		{ "a record that goes past the newest one's end is damage", record_past_head },
	};

	rounds = choose_count(argc, argv, 300);
	all_changes = argc > 1;
	seed = choose_seed();
	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
