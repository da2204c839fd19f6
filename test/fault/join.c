// SPDX-License-Identifier: MIT
/*
 * A subscriber joins at any point of a publish, and a publisher publishes at any point of a
 * subscriber's joining: the subscriber gets all messages from where it joined, if the publishers
 * have the patience.
 *
 * One of the two is stopped after each store and around each system call, until the other has
 * come as far as it can; then it goes on. See "Joining" in ring/ring.c.
 */
#include <fcntl.h>
#include <linux/fanout.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "baf.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/step.h"

#define TOPIC "t"
#define ROSTER ".t.*.subscribers"

enum { HEADER = 4096, CAPACITY = 4096, SIZE = 100, MESSAGES = 70, LAPS_OF_MESSAGES = 100 };

/**
 * struct scene - who joins what
 * @start:  where the subscriber begins
 * @size:   of the message that is published while it joins
 */
struct scene {
	enum baf_start start;
	size_t size;
};

/* Of the victim. */
static struct baf_publisher *publisher;
static struct baf_subscriber *subscriber;
static struct account account;

static struct baf_publisher *open_publisher(void)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *opened;

	options.capacity = CAPACITY;
	options.patience = BAF_INFINITE;
	require_equal(baf_publisher_open(&opened, scratch_directory(), TOPIC, &options), 0);
	return opened;
}

static void publish(struct baf_publisher *to, uint64_t first, uint64_t n, size_t size)
{
	for (uint64_t i = 0; i < n; i++)
		require_equal(message_publish(to, first + i, size), 0);
}

static struct baf_subscriber *open_set(enum baf_start start)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *opened;

	options.start = start;
	options.start_value = MESSAGES;
	require_equal(baf_subscriber_open(&opened, scratch_directory(), &options), 0);
	return opened;
}

/* Reads until it has message @last. */
static void read_to(struct account *to, struct baf_subscriber *from, uint64_t last)
{
	while (!to->begun || to->next <= last)
		if (!account_take(to, from, 0))
			require_equal(baf_subscriber_wait(from, DEADLINE_NANOSECONDS), 1);
	require_equal(to->next, last + 1);
	require_equal(to->lost, 0);
}

/* What the publisher in another process has come to. */
struct progress {
	const struct fanout_ring *ring;
	pid_t pid;
};

static bool is_done_or_waits(void *context)
{
	const struct progress *progress = context;
	siginfo_t info = { 0 };

	require(waitid(P_PID, (id_t)progress->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) ==
		0);
	return info.si_pid || __atomic_load_n(&progress->ring->wanted, __ATOMIC_RELAXED);
}

static const struct fanout_ring *map_ring(void)
{
	int fd = open(scratch_file(TOPIC), O_RDONLY | O_CLOEXEC);
	void *map;

	require(fd >= 0);
	map = mmap(NULL, HEADER, PROT_READ, MAP_SHARED, fd, 0);
	require(map != MAP_FAILED);
	close(fd);
	return map;
}

/* Lets the publisher come as far as it can without a subscriber that reads. */
static void await_publisher(pid_t pid)
{
	struct progress progress = { .ring = map_ring(), .pid = pid };

	await(is_done_or_waits, &progress);
	munmap((void *)(uintptr_t)progress.ring, HEADER);
}

/*
 * A publisher is stopped.
 */

static char message[CAPACITY];

static void fill_ring(void *context)
{
	const struct scene *scene = context;

	publisher = open_publisher();
	publish(publisher, 0, MESSAGES, SIZE);
	message_make(message, MESSAGES, scene->size);
}

static void publish_one(void *context)
{
	const struct scene *scene = context;

	require_equal(baf_publisher_publish(publisher, message, scene->size), 0);
}

static bool join_after(const void *context, enum step step, unsigned int n_steps)
{
	const struct scene *scene = context;
	struct baf_subscriber *joins = open_set(scene->start);
	struct account got = { 0 };
	struct victim victim;
	bool acting;

	baf_publisher_close(open_publisher());
	victim_start(&victim, fill_ring, publish_one, (void *)(uintptr_t)scene);
	victim_watch(&victim, scratch_file(TOPIC), HEADER + CAPACITY);
	acting = victim_act(&victim, step, n_steps);
	require_equal(baf_subscriber_add(joins, TOPIC), 0);
	if (acting) {
		victim_spare(&victim);
		await_publisher(victim.pid);
		read_to(&got, joins, MESSAGES);
		victim_end(&victim);
	} else {
		victim_kill(&victim);
	}
	baf_subscriber_close(joins);
	(void)scratch_clear();
	return acting;
}

static void join_everywhere(const struct scene *scene)
{
	step_everywhere(join_after, scene, STEP_STORE);
	step_everywhere(join_after, scene, STEP_SYSTEM_CALL);
}

static void oldest_during_publish(void)
{
	join_everywhere(&(struct scene){ .start = BAF_START_OLDEST, .size = SIZE });
	join_everywhere(&(struct scene){ .start = BAF_START_OLDEST, .size = CAPACITY / 2 - 24 });
}

static void history_during_publish(void)
{
	join_everywhere(&(struct scene){ .start = BAF_START_LAST, .size = CAPACITY / 4 });
}

/*
 * A subscriber is stopped.
 */

/* Told by the subscriber. */
static _Atomic bool *joined;

static void open_it(void *context)
{
	const struct scene *scene = context;

	subscriber = open_set(scene->start);
}

static void join_and_read(void *context)
{
	(void)context;
	require_equal(baf_subscriber_add(subscriber, TOPIC), 0);
	*joined = true;
	read_to(&account, subscriber, MESSAGES + LAPS_OF_MESSAGES - 1);
}

static void publish_laps(void *context)
{
	(void)context;
	publish(open_publisher(), MESSAGES, LAPS_OF_MESSAGES, SIZE);
}

static void fill_topic(void)
{
	struct baf_publisher *first = open_publisher();

	publish(first, 0, MESSAGES, SIZE);
	baf_publisher_close(first);
}

/* Whether the subscriber had not joined yet. */
static bool publish_after(const void *context, enum step step, unsigned int n_steps)
{
	struct victim victim;
	pid_t pid;
	bool joins;

	fill_topic();
	*joined = false;
	victim_start(&victim, open_it, join_and_read, (void *)(uintptr_t)context);
	victim_watch(&victim, scratch_file(ROSTER), HEADER);
	require(victim_act(&victim, step, n_steps));
	joins = !*joined;
	pid = spawn(publish_laps, NULL);
	await_publisher(pid);
	victim_spare(&victim);
	require(reap(pid));
	victim_end(&victim);
	(void)scratch_clear();
	return joins;
}

static void publish_everywhere(enum baf_start start)
{
	const struct scene scene = { .start = start };

	joined = shared_memory(sizeof(*joined));
	step_everywhere(publish_after, &scene, STEP_STORE);
	step_everywhere(publish_after, &scene, STEP_SYSTEM_CALL);
}

static void laps_while_it_joins_at_the_newest(void)
{
	publish_everywhere(BAF_START_NEWEST);
}

static void laps_while_it_joins_at_the_oldest(void)
{
	publish_everywhere(BAF_START_OLDEST);
}

static void laps_while_it_joins_in_history(void)
{
	publish_everywhere(BAF_START_LAST);
}

int main(void)
{
	static const struct promise promises[] = {
		{ "a subscriber joins at the oldest message during a publish",
		  oldest_during_publish },
		{ "a subscriber joins in history during a publish", history_during_publish },
		{ "a publisher goes round the ring while a subscriber joins at the newest end",
		  laps_while_it_joins_at_the_newest },
		{ "a publisher goes round the ring while a subscriber joins at the oldest message",
		  laps_while_it_joins_at_the_oldest },
		{ "a publisher goes round the ring while a subscriber joins in history",
		  laps_while_it_joins_in_history },
	};

	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
