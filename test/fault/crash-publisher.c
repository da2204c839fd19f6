// SPDX-License-Identifier: MIT
/*
 * A publisher that dies at any point of a publish leaves nothing to repair.
 *
 * Each scene is set anew for each point: a tiny ring with a subscriber, and a publisher that makes
 * the ring what the scene needs, then publishes once more, step by step, and is killed after
 * the first, the second, ... step, until it lives to see the end. (A step is a store, or the way
 * into a system call or out of it; with the argument "instructions" it is an instruction.) After
 * each death: the next publisher goes on at once, at the number that must come next; the subscriber
 * that was there all along reads on; one that comes later reads the history. None of them gets a
 * message that is torn, out of order, or there twice, and what does not come is reported as lost.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "baf.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"
#include "test/fault/step.h"

#define TOPIC "t"
#define ROSTER ".t.*.subscribers"

enum {
	HEADER = 4096,
	CAPACITY = 4096,
	MESSAGES_AT_ONCE = 3,
	MESSAGES_AFTER = 3,
	FILES_OF_TOPIC = 3
};

/* How long the next publisher may take, all in all. */
#define AT_ONCE UINT64_C(5000000000)

struct stage;

/**
 * struct scene - what happens when the publisher dies
 * @before:     messages that were published before
 * @size:       of each message
 * @unread:     how many of them the subscriber has not read
 * @n_messages: that are published while it dies
 * @publish:    how
 * @patience:   of the publisher that dies
 * @flags:      of all publishers
 * @asleep:     the subscriber waits to be woken by its descriptor
 * @loses:      the subscriber is overtaken
 */
struct scene {
	unsigned int before;
	size_t size;
	unsigned int unread;
	unsigned int n_messages;
	int (*publish)(struct stage *stage);
	uint64_t patience;
	uint32_t flags;
	bool asleep;
	bool loses;
};

/**
 * struct stage - a scene, set
 * @dying:      the publisher, in the process that is going to die
 * @bytes:      what it is going to publish
 * @messages:   the same, message by message
 * @other:      another one of a shared topic, which lives
 * @subscriber: the one that was there all along
 * @account:    of what it got
 * @lost_before: what was lost of that by then
 * @view:       a message that it was looking at meanwhile
 */
struct stage {
	const struct scene *scene;
	struct baf_publisher *dying;
	char bytes[CAPACITY];
	struct baf_buffer messages[MESSAGES_AT_ONCE];
	struct baf_publisher *other;
	struct baf_subscriber *subscriber;
	struct account account;
	uint64_t lost_before;
	struct baf_event view;
};

/*
 * Ways to publish.
 */

static int publish_one(struct stage *stage)
{
	return baf_publisher_publish(stage->dying, stage->bytes, stage->scene->size);
}

static int publish_batch(struct stage *stage)
{
	return baf_publisher_publish_batch(stage->dying, stage->messages, stage->scene->n_messages);
}

static int publish_lines_in_place(struct stage *stage)
{
	size_t size = (stage->scene->size + 1) * stage->scene->n_messages;
	void *room;
	int r = baf_publisher_reserve(stage->dying, size, &room);

	if (r)
		return r;
	memcpy(room, stage->bytes, size);
	return baf_publisher_commit(stage->dying, size, BAF_FRAMING_LINE, stage->scene->n_messages);
}

/*
 * Setting a scene.
 */

static struct baf_publisher *open_publisher(uint32_t flags, uint64_t patience)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;

	options.flags = flags | BAF_PUBLISHER_EXISTING;
	options.patience = patience;
	require_equal(baf_publisher_open(&publisher, scratch_directory(), TOPIC, &options), 0);
	return publisher;
}

static struct baf_subscriber *open_subscriber(enum baf_start start, uint32_t flags)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber;

	options.start = start;
	options.flags = flags;
	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), &options), 0);
	require_equal(baf_subscriber_add(subscriber, TOPIC), 0);
	return subscriber;
}

/* Lines; without their ends they are messages. */
static void make_messages(struct stage *stage)
{
	const struct scene *scene = stage->scene;
	char *at = stage->bytes;

	for (unsigned int i = 0; i < scene->n_messages; i++, at += scene->size + 1) {
		message_make(at, scene->before + i, scene->size);
		at[scene->size] = '\n';
		stage->messages[i] = (struct baf_buffer){ .data = at, .size = scene->size };
	}
}

/* In the process that is going to die. */
static void prepare(void *context)
{
	struct stage *stage = context;
	const struct scene *scene = stage->scene;

	stage->dying = open_publisher(scene->flags, 0);
	for (unsigned int number = 0; number < scene->before; number++)
		require_equal(message_publish(stage->dying, number, scene->size), 0);
	baf_publisher_set_patience(stage->dying, scene->patience);
	make_messages(stage);
}

static void act(void *context)
{
	struct stage *stage = context;

	if (stage->scene->publish(stage))
		abort();
}

/* Reads what the scene says, takes a look at the next message, and goes to sleep if it should. */
static void read_before(struct stage *stage, unsigned int how)
{
	const struct scene *scene = stage->scene;
	struct account *account = &stage->account;
	unsigned int read = scene->before - scene->unread;

	while (!account->attached || account->next < read)
		require_equal(account_take(account, stage->subscriber, how & 2), 1);
	stage->lost_before = account->lost;
	if (scene->unread)
		require_equal(baf_subscriber_next(stage->subscriber, &stage->view), 1);
	if (scene->asleep)
		require_equal(baf_subscriber_arm(stage->subscriber), 0);
}

static void set_up(struct stage *stage, const struct scene *scene)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	*stage = (struct stage){ .scene = scene };
	options.capacity = CAPACITY;
	require_equal(baf_topic_create(scratch_directory(), TOPIC, &options), 0);
	stage->subscriber = open_subscriber(BAF_START_NEWEST, 0);
	if (scene->flags & BAF_PUBLISHER_SHARED)
		stage->other = open_publisher(scene->flags, 0);
}

static void watch_files(struct victim *victim)
{
	victim_watch(victim, scratch_file(TOPIC), HEADER + CAPACITY);
	victim_watch(victim, scratch_file(ROSTER), CAPACITY);
}

/*
 * After the death.
 */

static uint64_t n_published(const struct stage *stage)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	require_equal(baf_topic_query(scratch_directory(), TOPIC, &info, NULL), 0);
	require_equal(info.publishing, stage->other != NULL);
	require_equal(info.n_subscribers, 1);
	return info.messages;
}

static void check_view(struct stage *stage)
{
	struct baf_event *view = &stage->view;

	if (view->type != BAF_EVENT_MESSAGES || !baf_subscriber_intact(stage->subscriber))
		return;
	account_enter(&stage->account, view);
}

/* Who sleeps when a message comes is woken, also if its publisher died before it could do that. */
static void check_woken(struct stage *stage)
{
	struct pollfd poll_fd = { .fd = baf_subscriber_fd(stage->subscriber), .events = POLLIN };

	require_equal(poll(&poll_fd, 1, (int)(DEADLINE_NANOSECONDS / 1000000)), 1);
}

static void publish_after(const struct stage *stage, uint64_t number)
{
	uint64_t start = nanoseconds();
	struct baf_publisher *publisher = stage->other;

	if (!publisher)
		publisher = open_publisher(stage->scene->flags, BAF_INFINITE);
	for (uint64_t i = 0; i < MESSAGES_AFTER; i++)
		require_equal(message_publish(publisher, number + i, MESSAGE_MIN + i * 300), 0);
	require(nanoseconds() - start < AT_ONCE);
	if (publisher != stage->other)
		baf_publisher_close(publisher);
}

static void check_history(uint64_t n)
{
	struct baf_subscriber *late = open_subscriber(BAF_START_OLDEST, BAF_SUBSCRIBER_DRAIN);
	struct account account = { 0 };

	account_take_all(&account, late, 0);
	require(baf_subscriber_ended(late));
	require(account.received >= MESSAGES_AFTER);
	require_equal(account.lost, 0);
	require_equal(account.next, n);
	baf_subscriber_close(late);
}

static void check_after(struct stage *stage, bool died, unsigned int how)
{
	const struct scene *scene = stage->scene;
	uint64_t n = n_published(stage);

	require(n == scene->before + scene->n_messages || (died && n == scene->before));
	if (scene->asleep && n > scene->before)
		check_woken(stage);
	check_view(stage);
	account_take_all(&stage->account, stage->subscriber, how);
	require_equal(stage->account.next, n);
	if (scene->asleep)
		require_equal(baf_subscriber_arm(stage->subscriber), 0);
	publish_after(stage, n);
	if (scene->asleep)
		check_woken(stage);
	account_take_all(&stage->account, stage->subscriber, how);
	require_equal(stage->account.received + stage->account.lost, n + MESSAGES_AFTER);
	require(scene->loses || stage->account.lost == stage->lost_before);
	check_history(n + MESSAGES_AFTER);
}

static void tear_down(struct stage *stage)
{
	baf_subscriber_close(stage->subscriber);
	baf_publisher_close(stage->other);
	require_equal(scratch_clear(), FILES_OF_TOPIC);
}

/*
 * Scenes.
 */

/* Whether it died; else it has published by then. */
static bool die_after(const void *scene, enum step step, unsigned int n_steps)
{
	struct victim victim;
	struct stage stage;
	bool died;

	set_up(&stage, scene);
	victim_start(&victim, prepare, act, &stage);
	read_before(&stage, n_steps);
	watch_files(&victim);
	died = victim_act(&victim, step, n_steps);
	victim_kill(&victim);
	check_after(&stage, died, n_steps);
	tear_down(&stage);
	return died;
}

static bool each_instruction;

static void die(const struct scene *scene)
{
	if (each_instruction) {
		step_everywhere(die_after, scene, STEP_INSTRUCTION);
		return;
	}
	step_everywhere(die_after, scene, STEP_STORE);
	step_everywhere(die_after, scene, STEP_SYSTEM_CALL);
}

static void first_of_a_ring(void)
{
	die(&(struct scene){ .size = 40, .n_messages = 1, .publish = publish_one });
}

static void into_free_room(void)
{
	die(&(struct scene){
		.before = 5, .size = 40, .unread = 2, .n_messages = 1, .publish = publish_one });
}

static void that_moves_the_tail(void)
{
	die(&(struct scene){
		.before = 100, .size = 40, .unread = 2, .n_messages = 1, .publish = publish_one });
}

static void that_overtakes(void)
{
	die(&(struct scene){ .before = 64,
			     .size = 40,
			     .unread = 64,
			     .n_messages = 1,
			     .publish = publish_one,
			     .loses = true });
}

static void over_the_end_of_the_area(void)
{
	die(&(struct scene){
		.before = 4, .size = 900, .unread = 1, .n_messages = 1, .publish = publish_one });
}

static void as_large_as_can_be(void)
{
	die(&(struct scene){
		.before = 3, .size = CAPACITY / 2 - 24, .n_messages = 1, .publish = publish_one });
}

static void a_batch(void)
{
	struct scene scene = { .before = 11, .size = 300, .unread = 2, .n_messages = 3 };

	scene.publish = publish_batch;
	die(&scene);
}

static void lines_in_place(void)
{
	die(&(struct scene){ .before = 70,
			     .size = 60,
			     .unread = 2,
			     .n_messages = 3,
			     .publish = publish_lines_in_place });
}

static void of_several_publishers(void)
{
	die(&(struct scene){ .before = 70,
			     .size = 60,
			     .unread = 2,
			     .n_messages = 3,
			     .publish = publish_lines_in_place,
			     .flags = BAF_PUBLISHER_SHARED });
}

static void that_waits_in_vain(void)
{
	die(&(struct scene){ .before = 64,
			     .size = 40,
			     .unread = 64,
			     .n_messages = 1,
			     .publish = publish_one,
			     .patience = 1000000,
			     .loses = true });
}

static void that_wakes(void)
{
	die(&(struct scene){ .before = 100,
			     .size = 40,
			     .n_messages = 1,
			     .publish = publish_one,
			     .asleep = true });
}

int main(int argc, char **argv)
{
	static const struct promise promises[] = {
		{ "death in the first publish to a ring", first_of_a_ring },
		{ "death in a publish into free room", into_free_room },
		{ "death in a publish that moves the tail", that_moves_the_tail },
		{ "death in a publish that overtakes a subscriber", that_overtakes },
		{ "death in a publish over the end of the area and many stretches",
		  over_the_end_of_the_area },
		{ "death in a publish of the largest size", as_large_as_can_be },
		{ "death in a publish of a batch", a_batch },
		{ "death in a publish of lines in place", lines_in_place },
		{ "death in a publish to a shared topic, between reserve and commit too",
		  of_several_publishers },
		{ "death in a publish that waits for a subscriber in vain", that_waits_in_vain },
		{ "death in a publish that wakes a subscriber", that_wakes },
	};

	each_instruction = argc == 2 && strcmp(argv[1], "instructions") == 0;
	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
