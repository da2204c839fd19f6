/* SPDX-License-Identifier: MIT */
/*
 * baf wait: waits for a topic, its publisher, or subscribers.
 *
 * inotify reports when a file appears in the directory or is opened there, and everybody who comes
 * to a topic opens a file. It does not report when they have attached, which happens a little
 * later. So after an event we check the topic several times, at growing intervals. Our own checks
 * open files, too; we discard their events, and may discard somebody else's with them. Therefore,
 * and for changes that inotify does not report, we also check once a second.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fanout.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "ctl/command.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/parse.h"

#define LOOK_AGAIN NANOSECONDS_PER_SECOND
#define NAP_FIRST NANOSECONDS_PER_MILLISECOND
#define NAP_LAST (256 * NANOSECONDS_PER_MILLISECOND)

enum {
	KEY_PUBLISHER = OPTION_KEY_FIRST,
	KEY_SUBSCRIBERS,
};

struct wish {
	const char *directory;
	const char *topic;
	bool publisher;
	uint64_t n_subscribers;
	uint64_t deadline; /* in terms of clock_monotonic() */
};

/* Returns 1 if the wish is fulfilled; 0 if not yet; or a negative errno. */
static int is_fulfilled(const struct wish *wish)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	int r = baf_topic_query(wish->directory, wish->topic, &info, NULL);

	if (r == -ENOENT)
		return 0;
	/* The topic exists, and nothing else can be known of it. */
	if (r == -EOPNOTSUPP && !wish->publisher && wish->n_subscribers == 0)
		return 1;
	if (r < 0)
		return r;
	return (!wish->publisher || info.publishing) && info.n_subscribers >= wish->n_subscribers;
}

/* Either path may be missing. Watching the same path again changes nothing. */
static void watch(int inotify, const struct wish *wish)
{
	char path[PATH_MAX];

	inotify_add_watch(inotify, wish->directory, IN_CREATE | IN_MOVED_TO | IN_OPEN);
	/* A device is outside of the directory. */
	snprintf(path, sizeof(path), "%s/%s", wish->directory, wish->topic);
	inotify_add_watch(inotify, path, IN_OPEN);
}

static void forget_events(int inotify)
{
	char events[16384];

	while (read(inotify, events, sizeof(events)) > 0)
		;
}

/*
 * Sleeps for @span, but not beyond the deadline; with an @inotify other than -1 also until an
 * event. Returns whether there was one.
 */
static bool sleep_for(int inotify, uint64_t span, const struct wish *wish)
{
	uint64_t left = clock_until(wish->deadline, clock_monotonic());

	return io_wait(inotify, POLLIN, earlier(span, left)) > 0;
}

/* Like is_fulfilled(), when the time is over. */
static int wait_until_fulfilled(int inotify, const struct wish *wish)
{
	uint64_t nap = NAP_FIRST;
	int r;

	for (;;) {
		watch(inotify, wish);
		r = is_fulfilled(wish);
		if (r || clock_monotonic() >= wish->deadline)
			return r;
		forget_events(inotify);
		if (nap <= NAP_LAST) {
			sleep_for(-1, nap, wish);
			nap *= 2;
		} else if (sleep_for(inotify, LOOK_AGAIN, wish)) {
			nap = NAP_FIRST;
		}
	}
}

static enum status fail_time_out(const struct wish *wish)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	if (baf_topic_query(wish->directory, wish->topic, &info, NULL) < 0)
		return fail(STATUS_TIMEOUT,
			    "%s: timed out: no such topic (in %s): publish to it, or wait longer",
			    wish->topic, wish->directory);
	if (wish->publisher && !info.publishing)
		return fail(STATUS_TIMEOUT,
			    "%s: timed out: the topic has no publisher: start one, or wait longer",
			    wish->topic);
	return fail(STATUS_TIMEOUT,
		    "%s: timed out with %" PRIu32 " of %" PRIu64
		    " subscribers: start them, or wait longer",
		    wish->topic, info.n_subscribers, wish->n_subscribers);
}

static enum status wait_for(const struct command_line *line, const struct wish *wish)
{
	/* If the user has no instance left, the periodic checks have to do. */
	int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	int r = wait_until_fulfilled(inotify, wish);

	if (inotify >= 0)
		close(inotify);
	if (r < 0)
		return command_fail(line, wish->topic, r);
	return r ? STATUS_DONE : fail_time_out(wish);
}

static void take_option(const struct options *options, int key, struct wish *wish)
{
	uint64_t timeout;

	switch (key) {
	case KEY_PUBLISHER:
		wish->publisher = true;
		break;
	case KEY_SUBSCRIBERS:
		if (!parse_count(optarg, &wish->n_subscribers) ||
		    wish->n_subscribers > FANOUT_SLOTS)
			options_reject(options, key, optarg, "a number of subscribers, such as 2");
		break;
	case 'W':
		if (!parse_time(optarg, &timeout))
			options_reject(options, key, optarg,
				       "a number with ms, s, m or h, such as 0.5s");
		wish->deadline = clock_after(clock_monotonic(), timeout);
		break;
	}
}

static enum status run(int argc, char **argv)
{
	struct wish wish = { .deadline = NEVER };
	struct command_line line;
	int key;

	command_start(&line, &wait_command, argc, argv);
	while ((key = command_next(&line)) >= 0)
		take_option(&line.options, key, &wish);
	command_need_topics(&line, 1, 1);
	wish.directory = line.directory.path;
	wish.topic = line.operands[0];
	return wait_for(&line, &wish);
}

static const struct option_row rows[] = {
	{ .name = "What for" },
	{ KEY_PUBLISHER, 0, "publisher", NULL, "until the topic has a publisher" },
	{ KEY_SUBSCRIBERS, 0, "subscribers", "N",
	  "until at least N subscribers are attached, including observers" },
	{ 'W', 0, "timeout", "TIME", "give up after TIME (exit code 124)" },
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf wait events", "until the topic exists" },
	{ "baf wait --publisher --timeout=10s events", "until it has a publisher" },
	{ NULL, NULL },
};

const struct command wait_command = {
	.name = "wait",
	.program = {
		.usage = "baf wait [OPTIONS] TOPIC",
		.summary = "Waits for a topic, its publisher, or its subscribers.",
		.rows = rows,
		.examples = examples,
		.notes = "TIME is a number followed by ms, s, m or h. Without a unit, it is in\n"
			 "seconds.\n",
	},
	.run = run,
};
