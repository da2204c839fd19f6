// SPDX-License-Identifier: MIT
/*
 * Publishers and subscribers as threads of one process: nothing is lost that must not be, and what
 * is lost is counted. Made for ThreadSanitizer; holds without it, too.
 *
 * Handles map the ring at addresses of their own, and ThreadSanitizer does not know that
 * two addresses are one memory. So beside the tests of the library there are tests of the bare
 * ring (ring/ring.h), in which all threads use the same mapping: there it sees each access.
 *
 * A reader that is waited for never touches what is being written, and nothing is kept from
 * ThreadSanitizer there. A reader that may be overtaken does so on purpose: it reads, then looks at
 * the tail, and throws away what it read if the tail has passed. That is a race which cannot be
 * told in C's terms, and the fences that make it harmless are unknown to ThreadSanitizer (see
 * ring/barrier.h); so its reads of records, and nothing else, are hidden by
 * reads_of_records_begin().
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baf.h"
#include "ring/barrier.h"
#include "ring/ring.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"

#define TOPIC "t"

#if defined(__SANITIZE_THREAD__)
#define WITH_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_THREAD_SANITIZER 1
#endif
#endif

enum { READERS = 3, PUBLISHERS = 3, CAPACITY = 1 << 16, LARGEST = 400 };

#ifdef WITH_THREAD_SANITIZER
enum { MESSAGES = 20000 };

void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

static void reads_of_records_begin(void)
{
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
}

static void reads_of_records_end(void)
{
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}
#else
enum { MESSAGES = 200000 };

static void reads_of_records_begin(void)
{
}

static void reads_of_records_end(void)
{
}
#endif

static size_t size_of(uint64_t number)
{
	return MESSAGE_MIN + number * 7919 % (LARGEST - MESSAGE_MIN);
}

static pthread_t start(void *(*act)(void *), void *context)
{
	pthread_t thread;

	require_equal(pthread_create(&thread, NULL, act, context), 0);
	return thread;
}

static void join(pthread_t thread)
{
	require_equal(pthread_join(thread, NULL), 0);
}

/*
 * The bare ring.
 */

/**
 * struct bare - a ring, and where its readers are
 * @ring:      the header
 * @data:      the data, mapped twice
 * @lossless:  the writer waits for the readers
 * @positions: of the readers, as in the slots of a roster
 */
struct bare {
	struct fanout_ring *ring;
	unsigned char *data;
	bool lossless;
	__u64 positions[READERS];
};

struct bare_reader {
	struct bare *bare;
	unsigned int number;
	uint64_t lost;
};

static void bare_init(struct bare *bare, __u64 capacity, bool lossless)
{
	int fd = memfd_create("ring", MFD_CLOEXEC), protection = PROT_READ | PROT_WRITE;
	size_t header = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *base;

	require(fd >= 0 && ftruncate(fd, (off_t)(header + capacity)) == 0);
	base = mmap(NULL, header + 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(base != MAP_FAILED);
	require(mmap(base, header + capacity, protection, MAP_SHARED | MAP_FIXED, fd, 0) == base);
	require(mmap(base + header + capacity, capacity, protection, MAP_SHARED | MAP_FIXED, fd,
		     (off_t)header) != MAP_FAILED);
	close(fd);
	*bare = (struct bare){ .ring = (void *)base, .data = base + header, .lossless = lossless };
	fanout_ring_init(bare->ring, capacity, (__u32)header, 1, 0, 1);
}

static void bare_make_room(struct bare *bare, struct fanout_writer *writer, size_t size)
{
	__u64 target = fanout_writer_target(writer, size);

	if (target == writer->tail)
		return;
	fanout_writer_claim(writer, target);
	for (unsigned int i = 0; bare->lossless && i < READERS; i++)
		while (fanout_load_acquire(&bare->positions[i]) < target)
			sched_yield();
	fanout_writer_advance(writer, target);
}

static void *bare_write(void *context)
{
	struct bare *bare = context;
	char message[LARGEST];
	struct fanout_writer writer;

	require_equal(fanout_writer_init(&writer, bare->ring, bare->data, bare->ring->capacity), 0);
	for (uint64_t number = 0; number < MESSAGES; number++) {
		size_t size = size_of(number);

		message_make(message, number, size);
		bare_make_room(bare, &writer, size);
		memcpy(fanout_writer_payload(&writer), message, size);
		fanout_writer_commit(&writer, (__u32)size, fanout_content(FANOUT_FRAMING_ONE, 1),
				     size, 1);
	}
	return NULL;
}

/* Copies the next record. As fanout_reader_peek(). */
static int bare_copy(const struct bare *bare, struct fanout_reader *reader,
		     struct fanout_record *record, char *message)
{
	const void *payload;
	int r;

	if (!bare->lossless)
		reads_of_records_begin();
	r = fanout_reader_peek(reader, record, &payload);
	if (r == 1)
		memcpy(message, payload, record->length);
	if (!bare->lossless)
		reads_of_records_end();
	return r == 1 && !fanout_reader_intact(reader) ? -EPIPE : r;
}

static void bare_recover(struct bare_reader *self, struct fanout_reader *reader)
{
	uint64_t expected = reader->sequence;
	int r;

	reads_of_records_begin();
	r = fanout_reader_recover(reader);
	reads_of_records_end();
	require(r == 0 || r == 1);
	self->lost += reader->sequence - expected;
}

static void *bare_read(void *context)
{
	struct bare_reader *self = context;
	struct bare *bare = self->bare;
	struct fanout_reader reader;
	struct fanout_record record;
	char message[LARGEST];

	fanout_reader_init(&reader, bare->ring, bare->data, bare->ring->capacity);
	while (reader.sequence < MESSAGES) {
		int r = bare_copy(bare, &reader, &record, message);

		if (r == 0) {
			sched_yield();
		} else if (r == -EPIPE) {
			bare_recover(self, &reader);
		} else {
			require_equal(r, 1);
			require_equal(message_check(message, record.length), reader.sequence);
			fanout_reader_take(&reader, &record);
			fanout_store_release(&bare->positions[self->number], reader.position);
		}
	}
	require_equal(reader.sequence, MESSAGES);
	return NULL;
}

static void bare_run(__u64 capacity, bool lossless)
{
	struct bare_reader readers[READERS];
	pthread_t threads[READERS + 1];
	struct bare bare;

	bare_init(&bare, capacity, lossless);
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i] = (struct bare_reader){ .bare = &bare, .number = i };
		threads[i] = start(bare_read, &readers[i]);
	}
	threads[READERS] = start(bare_write, &bare);
	for (unsigned int i = 0; i <= READERS; i++)
		join(threads[i]);
	for (unsigned int i = 0; i < READERS; i++)
		require(!lossless || readers[i].lost == 0);
	if (!lossless)
		remark("lost %llu, %llu and %llu of %d messages",
		       (unsigned long long)readers[0].lost, (unsigned long long)readers[1].lost,
		       (unsigned long long)readers[2].lost, MESSAGES);
}

static void bare_ring_without_loss(void)
{
	bare_run(4096, true);
	bare_run(CAPACITY, true);
}

static void bare_ring_with_loss(void)
{
	bare_run(4096, false);
	bare_run(CAPACITY, false);
}

/* Reads as many records at once as there are. */
static void *bare_skip(void *context)
{
	const struct bare *bare = context;
	struct fanout_reader reader, before;
	__u64 messages = 0;

	fanout_reader_init(&reader, bare->ring, bare->data, bare->ring->capacity);
	while (reader.sequence < MESSAGES) {
		int r;

		before = reader;
		reads_of_records_begin();
		r = fanout_reader_skip(&reader, UINT64_MAX, UINT64_MAX, &messages);
		require(reader.position - before.position <= reader.capacity);
		require(r >= 0 || r == -EPIPE);
		if (r == -EPIPE)
			require(fanout_reader_recover(&reader) >= 0);
		reads_of_records_end();
		sched_yield();
	}
	return NULL;
}

static void bare_ring_at_once(void)
{
	pthread_t reader, writer;
	struct bare bare;

	for (unsigned int i = 0; i < 20; i++) {
		bare_init(&bare, 4096, false);
		reader = start(bare_skip, &bare);
		writer = start(bare_write, &bare);
		join(reader);
		join(writer);
	}
}

/*
 * The library.
 */

/**
 * struct play - who takes part in a topic
 * @patience:     of the publishers
 * @n_publishers: several share it
 */
struct play {
	uint64_t patience;
	unsigned int n_publishers;
};

struct actor {
	struct play *play;
	unsigned int number;
	uint64_t lost;
};

static struct baf_publisher *open_publisher(const struct play *play)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;

	options.capacity = CAPACITY;
	options.patience = play->patience;
	options.flags = play->n_publishers > 1 ? BAF_PUBLISHER_SHARED : 0;
	require_equal(baf_publisher_open(&publisher, scratch_directory(), TOPIC, &options), 0);
	return publisher;
}

static void *publish(void *context)
{
	struct actor *actor = context;
	const struct play *play = actor->play;
	struct baf_publisher *publisher = open_publisher(play);

	require_equal(baf_publisher_wait_subscribers(publisher, READERS, DEADLINE_NANOSECONDS),
		      READERS);
	for (uint64_t n = 0; n < MESSAGES / play->n_publishers; n++) {
		uint64_t number = play->n_publishers > 1 ? account_number(actor->number, n + 1) : n;

		require_equal(message_publish(publisher, number, size_of(n)), 0);
	}
	baf_publisher_close(publisher);
	return NULL;
}

static void *subscribe(void *context)
{
	struct actor *actor = context;
	const struct play *play = actor->play;
	struct account account = { .shared = play->n_publishers > 1 };
	uint64_t total = (uint64_t)MESSAGES / play->n_publishers * play->n_publishers;
	struct baf_subscriber *subscriber;

	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), NULL), 0);
	require_equal(baf_subscriber_add(subscriber, TOPIC), 0);
	while (account.received + account.lost < total)
		if (!account_take(&account, subscriber, actor->number))
			require_equal(baf_subscriber_wait(subscriber, DEADLINE_NANOSECONDS), 1);
	require_equal(account.next, total);
	actor->lost = account.lost;
	baf_subscriber_close(subscriber);
	return NULL;
}

static void run(struct play *play)
{
	struct actor actors[PUBLISHERS + READERS];
	pthread_t threads[PUBLISHERS + READERS];
	unsigned int n = play->n_publishers;

	baf_publisher_close(open_publisher(play));
	for (unsigned int i = 0; i < n + READERS; i++) {
		actors[i] = (struct actor){ .play = play, .number = i < n ? i : i - n };
		threads[i] = start(i < n ? publish : subscribe, &actors[i]);
	}
	for (unsigned int i = 0; i < n + READERS; i++)
		join(threads[i]);
	for (unsigned int i = 0; i < n + READERS; i++)
		require(play->patience != BAF_INFINITE || actors[i].lost == 0);
}

static void without_loss(void)
{
	run(&(struct play){ .patience = BAF_INFINITE, .n_publishers = 1 });
}

static void without_patience(void)
{
	run(&(struct play){ .patience = 0, .n_publishers = 1 });
}

static void shared_without_loss(void)
{
	run(&(struct play){ .patience = BAF_INFINITE, .n_publishers = PUBLISHERS });
}

static void shared_without_patience(void)
{
	run(&(struct play){ .patience = 0, .n_publishers = PUBLISHERS });
}

int main(void)
{
	static const struct promise promises[] = {
		{ "a writer that waits and three readers, on the bare ring",
		  bare_ring_without_loss },
		{ "a writer that overtakes three readers, on the bare ring", bare_ring_with_loss },
		{ "what is read at once is never longer than the ring", bare_ring_at_once },
		{ "a publisher and three subscribers lose nothing", without_loss },
		{ "a publisher without patience, and three subscribers that count",
		  without_patience },
		{ "three publishers and three subscribers lose nothing", shared_without_loss },
		{ "three publishers without patience, and three subscribers that count",
		  shared_without_patience },
	};

	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
