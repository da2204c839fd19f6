// SPDX-License-Identifier: MIT
/*
 * Publishers and subscribers of one tiny ring are killed at random instants, and others take
 * their place, hundreds or thousands of times: the arguments say how often for each promise.
 *
 * Each subscriber checks for itself that no message is torn, repeated or out of order, and that
 * what it does not get is reported as lost, to the very end: received + lost = published. One that
 * gets a message too few by then waits for ever, and breaks the promise by that. What loses nothing
 * is not to report any loss.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baf.h"
#include "test/fault/message.h"
#include "test/fault/promise.h"

#define TOPIC "t"

enum {
	CAPACITY = 4096,
	PUBLISHERS_MAX = 3,
	SUBSCRIBERS = 4,
	BATCH_MAX = 5,
	LARGEST = CAPACITY / 2 - 24,
};

/**
 * struct play - who takes part
 * @patience:     of the publishers
 * @n_publishers: several share the topic
 */
struct play {
	uint64_t patience;
	unsigned int n_publishers;
};

/**
 * struct blackboard - what the processes share beside the topic
 * @end:      publishers are to leave
 * @total:    messages that there are in all; UINT64_MAX: not yet known
 * @started:  messages of each publisher of a shared topic, before they are published
 * @finished: and after
 */
struct blackboard {
	_Atomic bool end;
	_Atomic uint64_t total;
	_Atomic uint64_t started[PUBLISHERS_MAX];
	_Atomic uint64_t finished[PUBLISHERS_MAX];
};

/**
 * struct actor - a process that may be killed
 * @play:   what it takes part in
 * @random: different for each
 * @act:    what it does
 * @number: which publisher or subscriber it is
 * @pid:    it
 */
struct actor {
	const struct play *play;
	struct blackboard *blackboard;
	struct random random;
	void (*act)(void *actor);
	unsigned int number;
	pid_t pid;
};

static unsigned int n_deaths;
static uint64_t seed;

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

static uint64_t n_published(void)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	require_equal(baf_topic_query(scratch_directory(), TOPIC, &info, NULL), 0);
	return info.messages;
}

/*
 * Publishers.
 */

/* Mostly small. */
static size_t random_size(struct random *random)
{
	if (random_below(random, 20) == 0)
		return MESSAGE_MIN + random_below(random, LARGEST - MESSAGE_MIN + 1);
	return MESSAGE_MIN + random_below(random, 60);
}

/* The messages stand one behind the other. How many. */
static size_t publish_some(struct actor *actor, struct baf_publisher *publisher, uint64_t number)
{
	static char messages[BATCH_MAX * (LARGEST + 1)];
	size_t n = 1 + random_below(&actor->random, BATCH_MAX);
	struct baf_buffer buffers[BATCH_MAX];
	char *at = messages;

	for (size_t i = 0; i < n; i++) {
		size_t size = MESSAGE_MIN + random_below(&actor->random, 200);

		message_make(at, number + i, size);
		buffers[i] = (struct baf_buffer){ .data = at, .size = size };
		at += size;
	}
	require_equal(baf_publisher_publish_batch(publisher, buffers, n), 0);
	return n;
}

static void publish_alone(void *context)
{
	struct actor *actor = context;
	struct baf_publisher *publisher = open_publisher(actor->play);
	uint64_t number = n_published();

	while (!actor->blackboard->end) {
		size_t size = random_size(&actor->random);

		if (random_below(&actor->random, 3) == 0)
			number += publish_some(actor, publisher, number);
		else
			require_equal(message_publish(publisher, number++, size), 0);
	}
	baf_publisher_close(publisher);
}

static int publish_in_place(struct baf_publisher *publisher, uint64_t number, size_t size)
{
	void *room;
	int r = baf_publisher_reserve(publisher, size, &room);

	if (r)
		return r;
	message_make(room, number, size);
	return baf_publisher_commit(publisher, size, BAF_FRAMING_ONE, 1);
}

static void publish_among_others(void *context)
{
	struct actor *actor = context;
	struct baf_publisher *publisher = open_publisher(actor->play);
	unsigned int i = actor->number;

	while (!actor->blackboard->end) {
		uint64_t number = account_number(i, ++actor->blackboard->started[i]);
		size_t size = random_size(&actor->random);

		if (random_below(&actor->random, 2))
			require_equal(message_publish(publisher, number, size), 0);
		else
			require_equal(publish_in_place(publisher, number, size), 0);
		actor->blackboard->finished[i]++;
	}
	baf_publisher_close(publisher);
}

/*
 * Subscribers: the first is as fast as it can be, the next are slower, the last one observes.
 */

static struct baf_subscriber *open_subscriber(struct actor *actor)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber;

	options.start = (uint32_t)random_below(&actor->random, BAF_START_LAST + 1);
	options.start_value = random_below(&actor->random, 20);
	options.flags = actor->number == SUBSCRIBERS - 1 ? BAF_SUBSCRIBER_OBSERVE : 0;
	require_equal(baf_subscriber_open(&subscriber, scratch_directory(), &options), 0);
	require_equal(baf_subscriber_add(subscriber, TOPIC), 0);
	return subscriber;
}

static void subscribe(void *context)
{
	struct actor *actor = context;
	struct baf_subscriber *subscriber = open_subscriber(actor);
	struct account account = { .shared = actor->play->n_publishers > 1 };
	bool lossless = actor->play->patience == BAF_INFINITE && actor->number != SUBSCRIBERS - 1;

	while (!account.begun || account.next != actor->blackboard->total) {
		if (!account_take(&account, subscriber, (unsigned int)random_next(&actor->random)))
			require_equal(baf_subscriber_wait(subscriber, BAF_INFINITE), 1);
		else if (random_below(&actor->random, 8) < actor->number)
			pass_time(random_below(&actor->random, UINT64_C(100000) * actor->number));
		require(!lossless || account.lost == 0);
	}
	baf_subscriber_close(subscriber);
}

/*
 * The play.
 */

static void start(struct actor *actor)
{
	actor->random.state = random_next(&actor->random);
	actor->pid = spawn(actor->act, actor);
}

static void kill_at_random(struct actor *actors, unsigned int n_actors, struct random *random)
{
	struct actor *victim = &actors[random_below(random, n_actors)];

	pass_time(random_below(random, 1 + random_below(random, 4000000)));
	kill_and_reap(victim->pid);
	start(victim);
}

/* Waits for the publishers, then publishes what ends the play for the subscribers. */
static void end_play(const struct play *play, struct blackboard *blackboard,
		     const struct actor *actors, unsigned int n_actors)
{
	uint64_t started = 0, finished = 0, n;
	struct baf_publisher *publisher;

	blackboard->end = true;
	for (unsigned int i = 0; i < play->n_publishers; i++)
		require(reap(actors[i].pid));
	n = n_published();
	for (unsigned int i = 0; i < PUBLISHERS_MAX; i++) {
		started += blackboard->started[i];
		finished += blackboard->finished[i];
	}
	if (play->n_publishers > 1)
		require(finished <= n && n <= started);
	blackboard->total = n + 1;
	publisher = open_publisher(play);
	if (play->n_publishers > 1)
		n = account_number(PUBLISHERS_MAX, 1);
	require_equal(message_publish(publisher, n, MESSAGE_MIN), 0);
	baf_publisher_close(publisher);
	for (unsigned int i = play->n_publishers; i < n_actors; i++)
		require(reap(actors[i].pid));
	remark("%llu messages", (unsigned long long)blackboard->total);
}

static void perform(const struct play *play)
{
	unsigned int n_publishers = play->n_publishers, n_actors = n_publishers + SUBSCRIBERS;
	struct blackboard *blackboard = shared_memory(sizeof(*blackboard));
	struct actor actors[PUBLISHERS_MAX + SUBSCRIBERS];
	struct random random = { .state = seed };

	blackboard->total = UINT64_MAX;
	baf_publisher_close(open_publisher(play));
	for (unsigned int i = 0; i < n_actors; i++) {
		bool publishes = i < n_publishers;

		actors[i] = (struct actor){
			.play = play,
			.blackboard = blackboard,
			.number = publishes ? i : i - n_publishers,
			.random = { .state = random_next(&random) },
			.act = !publishes       ? subscribe :
			       n_publishers > 1 ? publish_among_others :
						  publish_alone,
		};
		start(&actors[i]);
	}
	for (unsigned int i = 0; i < n_deaths; i++) {
		trying("death %u, seed %llu", i, (unsigned long long)seed);
		kill_at_random(actors, n_actors, &random);
	}
	trying("end of the play, seed %llu", (unsigned long long)seed);
	end_play(play, blackboard, actors, n_actors);
}

static void without_patience(void)
{
	perform(&(struct play){ .patience = 0, .n_publishers = 1 });
}

static void with_some_patience(void)
{
	perform(&(struct play){ .patience = BAF_PATIENCE_DEFAULT, .n_publishers = 1 });
}

static void with_endless_patience(void)
{
	perform(&(struct play){ .patience = BAF_INFINITE, .n_publishers = 1 });
}

static void shared_without_patience(void)
{
	perform(&(struct play){ .patience = 0, .n_publishers = PUBLISHERS_MAX });
}

static void shared_with_endless_patience(void)
{
	perform(&(struct play){ .patience = BAF_INFINITE, .n_publishers = PUBLISHERS_MAX });
}

int main(int argc, char **argv)
{
	static const struct promise promises[] = {
		{ "deaths at random instants, without patience", without_patience },
		{ "deaths at random instants, with 10 ms of patience", with_some_patience },
		{ "deaths at random instants, without loss", with_endless_patience },
		{ "deaths among several publishers, without patience", shared_without_patience },
		{ "deaths among several publishers, without loss", shared_with_endless_patience },
	};

	n_deaths = choose_count(argc, argv, 300);
	seed = choose_seed();
	return promises_keep(promises, sizeof(promises) / sizeof(promises[0]));
}
