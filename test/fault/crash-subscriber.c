// SPDX-License-Identifier: MIT
/*
 * A subscriber that dies at any point holds nobody up and leaves nothing behind.
 *
 * It dies after each of its stores to the topic's files, and before and behind each system call,
 * while it attaches, reads, sleeps and detaches. After each death a publisher that loses nothing
 * (patience "inf") publishes more than the ring holds, without delay, and the next subscriber gets
 * the dead one's place on the roster.
 */
#include <fcntl.h>
#include <linux/fanout.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baf.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/step.h"

#define TOPIC "t"
#define ROSTER ".t.*.subscribers"

enum { CAPACITY = 4096, SIZE = 100, MESSAGES = 10, LAPS_OF_MESSAGES = 3 * CAPACITY / SIZE };

/* A publisher that sleeps looks for the dead once a second. */
#define WITHOUT_DELAY UINT64_C(5000000000)

/**
 * struct scene - what the subscriber does
 * @start:   where it begins
 * @prepare: what it does before it dies
 * @act:     and while it dies
 */
struct scene {
	enum baf_start start;
	uint32_t flags;
	void (*prepare)(void *scene);
	void (*act)(void *scene);
};

/* Of the victim. */
static struct baf_subscriber *dying;

static struct baf_subscriber *open_set(enum baf_start start, uint32_t flags)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber;

	options.start = start;
	options.start_value = MESSAGES / 2;
	options.flags = flags;
	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), &options), 0);
	return subscriber;
}

/*
 * What the victim does.
 */

static void open_it(void *context)
{
	const struct scene *scene = context;

	dying = open_set(scene->start, scene->flags);
}

static void attach(void *scene)
{
	(void)scene;
	require_equal(baf_subscriber_add(dying, TOPIC), 0);
}

static void read_all(void *scene)
{
	struct baf_event event;
	char message[SIZE];

	(void)scene;
	while (baf_subscriber_read(dying, message, sizeof(message), &event) == 1)
		;
}

static void look(void *scene)
{
	struct baf_event event;

	(void)scene;
	while (baf_subscriber_next(dying, &event) && event.type != BAF_EVENT_MESSAGES)
		;
	(void)baf_subscriber_intact(dying);
}

static void fall_asleep(void *scene)
{
	(void)scene;
	(void)baf_subscriber_arm(dying);
	(void)baf_subscriber_wait(dying, 1000);
}

static void detach(void *scene)
{
	(void)scene;
	dying = baf_subscriber_close(dying);
}

static void open_and_attach(void *scene)
{
	open_it(scene);
	attach(scene);
}

static void attach_and_read_all(void *scene)
{
	open_and_attach(scene);
	read_all(scene);
}

static void attach_and_look(void *scene)
{
	open_and_attach(scene);
	look(scene);
}

/*
 * Before and after.
 */

static struct baf_publisher *open_topic(void)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;

	options.capacity = CAPACITY;
	options.patience = BAF_INFINITE;
	require_equal(baf_publisher_open(&publisher, scratch_directory(), TOPIC, &options), 0);
	for (unsigned int number = 0; number < MESSAGES; number++)
		require_equal(message_publish(publisher, number, SIZE), 0);
	return publisher;
}

static const void *map_file(const char *pattern)
{
	int fd = open(scratch_file(pattern), O_RDONLY | O_CLOEXEC);
	void *map;

	require(fd >= 0);
	map = mmap(NULL, CAPACITY, PROT_READ, MAP_SHARED, fd, 0);
	require(map != MAP_FAILED);
	close(fd);
	return map;
}

static void publish_laps(struct baf_publisher *publisher)
{
	struct baf_publisher_counters counters = { .size = sizeof(counters) };
	uint64_t start = nanoseconds();

	for (unsigned int i = 0; i < LAPS_OF_MESSAGES; i++)
		require_equal(message_publish(publisher, MESSAGES + i, SIZE), 0);
	require(nanoseconds() - start < WITHOUT_DELAY);
	require_equal(baf_publisher_get_counters(publisher, &counters), 0);
	require_equal(counters.lapses, 0);
	require_equal(baf_publisher_wait_subscribers(publisher, 0, 0), 0);
}

static void check_place_is_free(void)
{
	const struct fanout_subscribers *roster = map_file(ROSTER);
	struct baf_subscriber *next = open_set(BAF_START_OLDEST, 0);
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	struct account account = { 0 };

	require_equal(baf_subscriber_add(next, TOPIC), 0);
	account_take_all(&account, next, 0);
	require_equal(account.next, MESSAGES + LAPS_OF_MESSAGES);
	require_equal(account.lost, 0);
	require_equal(baf_topic_query(scratch_directory(), TOPIC, &info, NULL), 0);
	require_equal(info.n_subscribers, 1);
	require_equal(roster->slots[0].state, FANOUT_SLOT_ATTACHED);
	require_equal(roster->n_used, 1);
	baf_subscriber_close(next);
	munmap((void *)(uintptr_t)roster, CAPACITY);
}

static bool die_after(const void *context, enum step step, unsigned int n_steps)
{
	const struct scene *scene = context;
	struct baf_publisher *publisher = open_topic();
	struct victim victim;
	bool died;

	victim_start(&victim, scene->prepare, scene->act, (void *)(uintptr_t)context);
	victim_watch(&victim, scratch_file(ROSTER), CAPACITY);
	died = victim_act(&victim, step, n_steps);
	victim_kill(&victim);
	publish_laps(publisher);
	check_place_is_free();
	baf_publisher_close(publisher);
	(void)scratch_clear();
	return died;
}

static void die(const struct scene *scene)
{
	step_everywhere(die_after, scene, STEP_STORE);
	step_everywhere(die_after, scene, STEP_SYSTEM_CALL);
}

/*
 * Scenes.
 */

static void while_it_attaches(void)
{
	die(&(struct scene){ .prepare = open_it, .act = attach });
}

static void while_it_attaches_to_the_oldest(void)
{
	die(&(struct scene){ .start = BAF_START_OLDEST, .prepare = open_it, .act = attach });
}

static void while_it_attaches_to_history(void)
{
	die(&(struct scene){ .start = BAF_START_LAST, .prepare = open_it, .act = attach });
}

static void while_it_attaches_to_observe(void)
{
	die(&(struct scene){ .flags = BAF_SUBSCRIBER_OBSERVE, .prepare = open_it, .act = attach });
}

static void while_it_reads(void)
{
	die(&(struct scene){
		.start = BAF_START_OLDEST, .prepare = open_and_attach, .act = read_all });
}

static void while_it_looks(void)
{
	die(&(struct scene){ .start = BAF_START_OLDEST, .prepare = open_and_attach, .act = look });
}

static void while_it_falls_asleep(void)
{
	die(&(struct scene){
		.start = BAF_START_OLDEST, .prepare = attach_and_read_all, .act = fall_asleep });
}

static void while_it_detaches(void)
{
	die(&(struct scene){
		.start = BAF_START_OLDEST, .prepare = attach_and_look, .act = detach });
}

/*
 * A publisher that sleeps.
 */

static void attach_and_sit(void *scene)
{
	open_and_attach(scene);
	pause();
}

static void publish_past(void *context)
{
	(void)context;
	publish_laps(open_topic());
}

static bool is_attached(void *context)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	(void)context;
	require_equal(baf_topic_query(scratch_directory(), TOPIC, &info, NULL), 0);
	return info.n_subscribers == 1;
}

static bool is_waited_for(void *ring)
{
	return __atomic_load_n(&((const struct fanout_ring *)ring)->wanted, __ATOMIC_RELAXED) != 0;
}

static void while_it_is_waited_for(void)
{
	const struct scene scene = { .start = BAF_START_OLDEST };
	pid_t publisher, subscriber;
	uint64_t start;

	baf_publisher_close(open_topic());
	subscriber = spawn(attach_and_sit, (void *)(uintptr_t)&scene);
	await(is_attached, NULL);
	publisher = spawn(publish_past, NULL);
	await(is_waited_for, (void *)(uintptr_t)map_file(TOPIC));
	start = nanoseconds();
	kill_and_reap(subscriber);
	require(reap(publisher));
	require(nanoseconds() - start < WITHOUT_DELAY);
}

int main(void)
{
	static const struct promise promises[] = {
		{ "death of a subscriber while it attaches", while_it_attaches },
		{ "death of a subscriber while it attaches to the oldest message",
		  while_it_attaches_to_the_oldest },
		{ "death of a subscriber while it looks for history",
		  while_it_attaches_to_history },
		{ "death of a subscriber while it begins to observe",
		  while_it_attaches_to_observe },
		{ "death of a subscriber while it reads", while_it_reads },
		{ "death of a subscriber while it looks at a message", while_it_looks },
		{ "death of a subscriber while it falls asleep", while_it_falls_asleep },
		{ "death of a subscriber while it detaches", while_it_detaches },
		{ "death of a subscriber while a publisher sleeps until it has read",
		  while_it_is_waited_for },
	};

	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
