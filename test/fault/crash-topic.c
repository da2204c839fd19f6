// SPDX-License-Identifier: MIT
/*
 * Whoever dies while he creates, replaces or removes a topic leaves nothing to clean up.
 *
 * Each scene is set anew for each point of death: before and behind each system call. After each
 * death a publisher opens the topic as if nothing had happened, and what it publishes arrives; a
 * subscriber that was there all along reads the old ring to its end and goes on in the new one, and
 * misses and repeats nothing; when the topic is removed, no file is left.
 */
#include <poll.h>
#include <stdio.h>

#include "baf.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/step.h"

#define TOPIC "t"

enum { CAPACITY = 4096, OTHER_CAPACITY = 8192, MESSAGES = 10, SIZE = 100 };

/**
 * struct scene - what happens when somebody dies
 * @exists:   the topic exists, with MESSAGES messages, of which half were read
 * @sleeps:   all were read, and the subscriber waits to be woken
 * @flags:    of the publishers
 * @prepare:  what the victim does before
 * @act:      what it dies of
 * @capacity: what the next publisher asks for
 */
struct scene {
	bool exists;
	bool sleeps;
	uint32_t flags;
	void (*prepare)(void *scene);
	void (*act)(void *scene);
	uint64_t capacity;
};

/* Of the victim. */
static struct baf_publisher *dying;

static int open_publisher(struct baf_publisher **publisherp, uint64_t capacity, uint32_t flags)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;

	options.capacity = capacity;
	options.flags = flags;
	options.patience = BAF_INFINITE;
	return baf_publisher_open(publisherp, scratch_directory(), TOPIC, &options);
}

/*
 * What the victim does.
 */

static void nothing(void *scene)
{
	(void)scene;
}

static void open_to_remove(void *context)
{
	const struct scene *scene = context;

	require_equal(open_publisher(&dying, 0, scene->flags | BAF_PUBLISHER_REMOVE), 0);
}

static void create(void *scene)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	options.capacity = CAPACITY;
	options.mode = BAF_MODE(0640);
	(void)scene;
	(void)baf_topic_create(scratch_directory(), TOPIC, &options);
}

static void open_new(void *context)
{
	const struct scene *scene = context;

	(void)open_publisher(&dying, CAPACITY, scene->flags);
}

static void open_with_other_capacity(void *context)
{
	const struct scene *scene = context;

	(void)open_publisher(&dying, OTHER_CAPACITY, scene->flags);
}

static void remove_topic(void *scene)
{
	(void)scene;
	(void)baf_topic_remove(scratch_directory(), TOPIC);
}

static void close_and_remove(void *scene)
{
	(void)scene;
	baf_publisher_close(dying);
}

/*
 * Before and after the death.
 */

static struct baf_subscriber *open_subscriber(void)
{
	struct baf_subscriber *subscriber;

	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), NULL), 0);
	require_equal(baf_subscriber_add(subscriber, TOPIC), 0);
	return subscriber;
}

static void publish(uint64_t number, uint64_t capacity, uint32_t flags)
{
	struct baf_publisher *publisher;

	require_equal(open_publisher(&publisher, capacity, flags), 0);
	for (unsigned int i = 0; i < MESSAGES; i++)
		require_equal(message_publish(publisher, number + i, SIZE), 0);
	if (capacity)
		require_equal(baf_publisher_get_capacity(publisher), capacity);
	baf_publisher_close(publisher);
}

static void read_before(struct account *account, struct baf_subscriber *subscriber,
			const struct scene *scene)
{
	uint64_t wanted = scene->sleeps ? MESSAGES : MESSAGES / 2;

	if (scene->exists)
		while (account->received < wanted)
			require_equal(account_take(account, subscriber, 0), 1);
	if (scene->sleeps)
		require_equal(baf_subscriber_arm(subscriber), 0);
}

/* Takes until so many messages came, and sleeps in between. */
static void read_to(struct account *account, struct baf_subscriber *subscriber, uint64_t n)
{
	struct pollfd poll_fd = { .fd = baf_subscriber_fd(subscriber), .events = POLLIN };

	account_take_all(account, subscriber, 1);
	while (account->received < n) {
		int r = baf_subscriber_arm(subscriber);

		require(r >= 0);
		if (r == 0)
			require_equal(poll(&poll_fd, 1, DEADLINE_NANOSECONDS / 1000000), 1);
		account_take_all(account, subscriber, 1);
	}
	account_take_all(account, subscriber, 1);
	require_equal(account->received, n);
	require_equal(account->lost, 0);
}

/* A place on the roster, so that publishers wait for it, in the ring that it is attached to. */
static void check_attended(struct baf_subscriber *subscriber)
{
	struct baf_subscriber_counters counters = { .size = sizeof(counters) };

	require_equal(baf_subscriber_get_counters(subscriber, &counters), 0);
	require_equal(counters.topics, 1);
	require_equal(counters.unattended, 0);
}

/*
 * What is there without a new publisher is to be read once, and not again, however often one asks.
 */
static void check_nothing_repeats(struct account *account, struct baf_subscriber *subscriber,
				  const struct scene *scene)
{
	for (unsigned int i = 0; i < 100; i++)
		account_take_all(account, subscriber, i);
	if (scene->exists && !scene->sleeps)
		require_equal(account->received, MESSAGES);
	require(account->attached <= 2);
}

/* How many messages there are. */
static uint64_t set_up(const struct scene *scene)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	if (!scene->exists)
		return 0;
	options.capacity = CAPACITY;
	require_equal(baf_topic_create(scratch_directory(), TOPIC, &options), 0);
	return MESSAGES;
}

static bool die_after(const void *context, enum step step, unsigned int n_steps)
{
	const struct scene *scene = context;
	struct account account = { .begun = true, .restarts = true };
	uint64_t n = set_up(scene);
	struct baf_subscriber *subscriber = open_subscriber();
	struct victim victim;
	bool died;

	if (n)
		publish(0, 0, scene->flags);
	read_before(&account, subscriber, scene);
	victim_start(&victim, scene->prepare, scene->act, (void *)(uintptr_t)scene);
	died = victim_act(&victim, step, n_steps);
	victim_kill(&victim);
	check_nothing_repeats(&account, subscriber, scene);
	publish(n, scene->capacity, scene->flags);
	read_to(&account, subscriber, n + MESSAGES);
	check_attended(subscriber);
	baf_subscriber_close(subscriber);
	require_equal(baf_topic_remove(scratch_directory(), TOPIC), 0);
	require_equal(scratch_clear(), 0);
	return died;
}

static void die(const struct scene *scene)
{
	step_everywhere(die_after, scene, STEP_SYSTEM_CALL);
}

/*
 * Scenes.
 */

static void while_created(void)
{
	die(&(struct scene){ .prepare = nothing, .act = create, .capacity = OTHER_CAPACITY });
}

static void while_first_opened(void)
{
	die(&(struct scene){ .prepare = nothing, .act = open_new });
}

static void while_first_shared(void)
{
	die(&(struct scene){ .prepare = nothing, .act = open_new, .flags = BAF_PUBLISHER_SHARED });
}

static void while_reopened(void)
{
	die(&(struct scene){ .exists = true, .prepare = nothing, .act = open_new });
}

static void while_replaced(void)
{
	die(&(struct scene){ .exists = true, .prepare = nothing, .act = open_with_other_capacity });
}

static void while_replaced_and_replaced_again(void)
{
	die(&(struct scene){ .exists = true,
			     .prepare = nothing,
			     .act = open_with_other_capacity,
			     .capacity = 16384 });
}

static void while_shared_is_replaced(void)
{
	die(&(struct scene){ .exists = true,
			     .prepare = nothing,
			     .act = open_with_other_capacity,
			     .flags = BAF_PUBLISHER_SHARED });
}

static void while_replaced_under_a_sleeper(void)
{
	die(&(struct scene){ .exists = true,
			     .sleeps = true,
			     .prepare = nothing,
			     .act = open_with_other_capacity });
}

static void while_removed(void)
{
	die(&(struct scene){ .exists = true, .prepare = nothing, .act = remove_topic });
}

static void while_removed_under_a_sleeper(void)
{
	die(&(struct scene){
		.exists = true, .sleeps = true, .prepare = nothing, .act = remove_topic });
}

static void while_closed_and_removed(void)
{
	die(&(struct scene){ .exists = true, .prepare = open_to_remove, .act = close_and_remove });
}

int main(void)
{
	static const struct promise promises[] = {
		{ "death while a topic is created", while_created },
		{ "death while a topic is opened for the first time", while_first_opened },
		{ "death while a shared topic is opened for the first time", while_first_shared },
		{ "death while a topic is opened again", while_reopened },
		{ "death while a topic is replaced", while_replaced },
		{ "death while a topic is replaced, which is then replaced again",
		  while_replaced_and_replaced_again },
		{ "death while a shared topic is replaced", while_shared_is_replaced },
		{ "death while a topic is replaced under a subscriber that sleeps",
		  while_replaced_under_a_sleeper },
		{ "death while a topic is removed", while_removed },
		{ "death while a topic is removed under a subscriber that sleeps",
		  while_removed_under_a_sleeper },
		{ "death while a publisher removes its topic on close", while_closed_and_removed },
	};

	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
