// SPDX-License-Identifier: MIT
/*
 * Somebody who may write the files of a topic changes or truncates them while others have them
 * mapped. That costs an error at the most; a change of the roster costs no message.
 *
 * The bus errors that a truncation raises are mended as programs do it, by the handles' own
 * functions.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baf.h"
#include "test/fault/image.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/visit.h"

#define ROSTER "." VISITED ".*.subscribers"

static unsigned int rounds;
static uint64_t seed;

static struct image sound;

/* Both ends of the topic, for the handler of SIGBUS too. */
static struct baf_subscriber *volatile subscriber;
static struct baf_publisher *volatile publisher;

/*
 * Both ends.
 */

static void mend(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (!baf_subscriber_handle_sigbus(subscriber, info->si_addr) &&
	    !baf_publisher_handle_sigbus(publisher, info->si_addr)) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		sigaction(signal, &action, NULL);
	}
}

static void handle_sigbus(void)
{
	struct sigaction action = { .sa_sigaction = mend, .sa_flags = SA_SIGINFO };

	require(sigaction(SIGBUS, &action, NULL) == 0);
}

static void open_subscriber(void)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *opened;

	options.start = BAF_START_OLDEST;
	require_equal(baf_subscriber_open(&opened, scratch_directory(), &options), 0);
	subscriber = opened;
	require_equal(baf_subscriber_add(opened, VISITED), 0);
}

static void open_publisher(uint64_t patience)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *opened;

	options.flags = BAF_PUBLISHER_EXISTING;
	options.patience = patience;
	require_equal(baf_publisher_open(&opened, scratch_directory(), VISITED, &options), 0);
	publisher = opened;
}

static void open_ends(void)
{
	handle_sigbus();
	image_plant(&sound);
	open_publisher(0);
	open_subscriber();
}

static void close_ends(void)
{
	baf_subscriber_close(subscriber);
	subscriber = NULL;
	baf_publisher_close(publisher);
	publisher = NULL;
}

static void cut(const char *pattern, size_t size)
{
	require(truncate(scratch_file(pattern), (off_t)size) == 0);
}

/* Takes what comes, up to a message or a failure. Its type. */
static enum baf_event_type take(struct baf_event *event)
{
	while (baf_subscriber_next(subscriber, event) == 1)
		if (event->type == BAF_EVENT_MESSAGES || event->type == BAF_EVENT_FAILED)
			return event->type;
	return 0;
}

static volatile unsigned char sum;

static void read_bytes(const struct baf_event *event)
{
	for (size_t i = 0; i < event->size; i++)
		sum = (unsigned char)(sum + ((const unsigned char *)event->data)[i]);
}

/*
 * Truncation.
 */

static const size_t sizes[] = { 0, 1, 2048, IMAGE_HEADER, IMAGE_HEADER + 1 };

enum { N_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/*
 * What is behind the page with the new end of the file is missing; the rest of that page is zeros.
 */
static bool data_are_gone(size_t size)
{
	return size <= IMAGE_HEADER;
}

static void under_a_view(void)
{
	struct baf_event event;

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t i = 0; i < N_SIZES; i++) {
		if (!data_are_gone(sizes[i]))
			continue;
		trying("truncated to %zu bytes", sizes[i]);
		open_ends();
		require_equal(take(&event), BAF_EVENT_MESSAGES);
		cut(VISITED, sizes[i]);
		read_bytes(&event);
		require_equal(baf_subscriber_intact(subscriber), 0);
		require_equal(take(&event), BAF_EVENT_FAILED);
		require_equal(event.error, -EBADMSG);
		require(event.reason != NULL);
		require_equal(take(&event), 0);
		close_ends();
	}
}

static void under_a_subscriber(void)
{
	struct baf_event event;
	unsigned int n;

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t i = 0; i < N_SIZES; i++) {
		trying("truncated to %zu bytes", sizes[i]);
		open_ends();
		require_equal(take(&event), BAF_EVENT_MESSAGES);
		cut(VISITED, sizes[i]);
		for (n = 0; n < 1000 && take(&event) == BAF_EVENT_MESSAGES; n++)
			read_bytes(&event);
		require_equal(event.type, BAF_EVENT_FAILED);
		require_equal(baf_subscriber_wait(subscriber, BAF_INFINITE), 1);
		require_equal(baf_subscriber_ended(subscriber), 1);
		close_ends();
	}
}

static void under_a_sleeping_subscriber(void)
{
	struct baf_event event;

	image_make(&sound, IMAGE_MESSAGES);
	open_ends();
	while (take(&event))
		;
	require_equal(baf_subscriber_arm(subscriber), 0);
	cut(VISITED, 0);
	require_equal(baf_subscriber_wait(subscriber, DEADLINE_NANOSECONDS), 1);
	require_equal(take(&event), BAF_EVENT_FAILED);
	close_ends();
}

static void under_a_publisher(void)
{
	static char message[1000];

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t i = 0; i < N_SIZES; i++) {
		int r = 0;

		trying("truncated to %zu bytes", sizes[i]);
		open_ends();
		cut(VISITED, sizes[i]);
		for (unsigned int n = 0; n < 20 && r == 0; n++)
			r = baf_publisher_publish(publisher, message, sizeof(message));
		/* Half of a page that is still there is zeros, which the publisher may fill. */
		require(r == -EBADMSG || (r == 0 && !data_are_gone(sizes[i])));
		close_ends();
	}
}

static void of_the_roster(void)
{
	struct account account;

	image_make(&sound, IMAGE_MESSAGES);
	for (size_t size = 0; size <= 8192; size += 512) {
		trying("roster truncated to %zu bytes", size);
		account = (struct account){ 0 };
		open_ends();
		account_take_all(&account, subscriber, 0);
		cut(ROSTER, size);
		baf_publisher_set_patience(publisher, 1000000);
		for (unsigned int i = 0; i < 100; i++)
			require_equal(message_publish(publisher, IMAGE_MESSAGES + i, 100), 0);
		account_take_all(&account, subscriber, 1);
		require_equal(account.next, IMAGE_MESSAGES + 100);
		close_ends();
	}
}

/*
 * At random instants, by another process.
 */

struct vandal {
	struct random random;
	_Atomic unsigned int round;
};

/* Once in each round, some time after it began. */
static void truncate_at_random(void *context)
{
	struct vandal *vandal = context;

	for (unsigned int round = 1; round <= rounds; round++) {
		while (vandal->round < round)
			pass_time(10000);
		pass_time(random_below(&vandal->random, 300000));
		cut(VISITED, sizes[random_below(&vandal->random, 3)]);
	}
}

/* Publishes and reads until both ends have noticed. */
static void work_until_broken(void)
{
	static char message[500];
	struct baf_event event = { 0 };
	uint64_t start = nanoseconds();
	int r = 0;

	while (r == 0 || event.type != BAF_EVENT_FAILED) {
		require(nanoseconds() - start < DEADLINE_NANOSECONDS);
		if (r == 0)
			r = baf_publisher_publish(publisher, message, sizeof(message));
		while (event.type != BAF_EVENT_FAILED && take(&event))
			read_bytes(&event);
	}
	require_equal(r, -EBADMSG);
	require_equal(event.error, -EBADMSG);
}

static void at_random_instants(void)
{
	struct vandal *vandal = shared_memory(sizeof(*vandal));
	pid_t pid;

	vandal->random.state = seed;
	image_make(&sound, IMAGE_MESSAGES);
	pid = spawn(truncate_at_random, vandal);
	for (unsigned int round = 1; round <= rounds; round++) {
		trying("round %u, seed %llu", round, (unsigned long long)seed);
		open_ends();
		vandal->round = round;
		work_until_broken();
		close_ends();
	}
	require(reap(pid));
}

/*
 * Changes.
 */

static unsigned char *map_file(const char *pattern, size_t size)
{
	int fd = open(scratch_file(pattern), O_RDWR | O_CLOEXEC);
	void *map;

	require(fd >= 0);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(map != MAP_FAILED);
	close(fd);
	return map;
}

/* For ever: all of the file but the constants in its header. */
static void scribble(unsigned char *bytes, size_t first, size_t size, struct random *random)
{
	for (;;) {
		size_t at = first + random_below(random, size - first - 8);
		uint64_t value = random_next(random);

		if (random_below(random, 2))
			value >>= random_below(random, 64);
		memcpy(bytes + at, &value, 1 + random_below(random, 8));
		if (random_below(random, 100) == 0)
			pass_time(1000);
	}
}

static void scribble_into_ring(void *vandal)
{
	scribble(map_file(VISITED, IMAGE_SIZE), offsetof(struct fanout_ring, head), IMAGE_SIZE,
		 &((struct vandal *)vandal)->random);
}

static void scribble_into_roster(void *vandal)
{
	scribble(map_file(ROSTER, sizeof(sound.roster_bytes)), 0, sizeof(sound.roster_bytes),
		 &((struct vandal *)vandal)->random);
}

static void of_the_ring_all_the_time(void)
{
	struct vandal vandal = { .random = { .state = seed } };

	image_make(&sound, IMAGE_MESSAGES);
	for (unsigned int round = 0; round < rounds / 10; round++) {
		pid_t pid;

		trying("round %u, seed %llu", round, (unsigned long long)seed);
		image_plant(&sound);
		vandal.random.state = random_next(&vandal.random);
		pid = spawn(scribble_into_ring, &vandal);
		for (unsigned int i = 0; i < 10; i++)
			(void)visit();
		kill_and_reap(pid);
	}
}

static void of_the_roster_all_the_time(void)
{
	struct vandal vandal = { .random = { .state = seed } };
	struct account account = { 0 };
	pid_t pid;

	image_make(&sound, IMAGE_MESSAGES);
	image_plant(&sound);
	open_publisher(100000);
	pid = spawn(scribble_into_roster, &vandal);
	open_subscriber();
	for (unsigned int i = 0; i < rounds * 10; i++) {
		trying("round %u, seed %llu", i, (unsigned long long)seed);
		require_equal(message_publish(publisher, IMAGE_MESSAGES + i, 100), 0);
		if (i % 7 == 0)
			account_take_all(&account, subscriber, i);
	}
	account_take_all(&account, subscriber, 0);
	require_equal(account.next, IMAGE_MESSAGES + rounds * 10);
	kill_and_reap(pid);
	close_ends();
}

/* Holds all places, and says now that there are many subscribers, now that there are none. */
static void crowd(void *context)
{
	struct flock all = { .l_type = F_WRLCK,
			     .l_whence = SEEK_SET,
			     .l_start = (off_t)FANOUT_SLOT_LOCK,
			     .l_len = FANOUT_SLOTS };
	size_t size = sizeof(struct fanout_subscribers) + FANOUT_SLOTS * sizeof(struct fanout_slot);
	struct fanout_subscribers *roster = (void *)map_file(ROSTER, size);
	int fd = open(scratch_file(ROSTER), O_RDWR | O_CLOEXEC);

	require(fcntl(fd, F_OFD_SETLK, &all) == 0);
	for (unsigned int i = 0; i < FANOUT_SLOTS; i++)
		roster->slots[i].state = FANOUT_SLOT_ATTACHED;
	*(_Atomic bool *)context = true;
	for (;;)
		__atomic_store_n(&roster->n_used, roster->n_used ? 0 : 300, __ATOMIC_RELAXED);
}

static void of_the_roster_under_a_query(void)
{
	_Atomic bool *crowded = shared_memory(sizeof(*crowded));
	pid_t pid;

	image_make(&sound, IMAGE_MESSAGES);
	image_plant(&sound);
	pid = spawn(crowd, crowded);
	while (!*crowded)
		pass_time(10000);
	for (unsigned int i = 0; i < rounds * 10; i++) {
		struct baf_subscriber_info *subscribers;
		struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

		require_equal(baf_topic_query(scratch_directory(), VISITED, &info, &subscribers),
			      0);
		require(info.n_subscribers <=
			malloc_usable_size(subscribers) / sizeof(*subscribers));
		free(subscribers);
	}
	kill_and_reap(pid);
}

int main(int argc, char **argv)
{
	static const struct promise promises[] = {
		{ "truncation under a view makes it void", under_a_view },
		{ "truncation under a subscriber is a failure of the topic", under_a_subscriber },
		{ "truncation under a sleeping subscriber wakes it", under_a_sleeping_subscriber },
		{ "truncation under a publisher is an error", under_a_publisher },
		{ "truncation of the roster costs no message", of_the_roster },
		{ "truncation at random instants is an error on both sides", at_random_instants },
		{ "a ring that changes all the time costs errors only", of_the_ring_all_the_time },
		{ "a roster that changes all the time costs no message",
		  of_the_roster_all_the_time },
		{ "a roster that changes under a query is no danger", of_the_roster_under_a_query },
	};

	rounds = choose_count(argc, argv, 300);
	seed = choose_seed();
	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
