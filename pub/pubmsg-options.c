/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <linux/fanout.h>

#include "pub/pubmsg-options.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/meter.h"
#include "util/parse.h"

enum {
	KEY_MODE = OPTION_KEY_FIRST,
	KEY_GROUP,
	KEY_PATIENCE,
	KEY_WAIT_SUBS,
	KEY_SHARED,
	KEY_RM,
	KEY_ON_LARGE,
	KEY_TEE,
	KEY_STATS,
};

static const struct option_row rows[] = {
	{ .name = "Messages" },
	{ 'm', 0, "message", "TEXT",
	  "publish TEXT as one message and do not read stdin; may be repeated" },
	{ FRAMING_KEY, 0, "framing", "FRAMING",
	  "how stdin splits into messages: line (default), nul, len (a 4-byte big-endian length "
	  "before each), raw (each read is a message), one (all of stdin is one message)" },
	FRAMING_NUL_ROW,
	{ KEY_ON_LARGE, 0, "on-large", "POLICY",
	  "what to do with a message that is too large for the topic: fail (default), truncate, "
	  "split, skip" },
	{ KEY_TEE, 0, "tee", NULL, "also copy stdin to stdout; if stdout fails, keep publishing" },

	{ .name = "Topic" },
	{ 's', 0, "size", "SIZE",
	  "capacity of the ring (K, M, G; default 4M); replaces an existing ring of another size" },
	{ KEY_MODE, 0, "mode", "MODE",
	  "octal file mode of a new topic: read permission allows subscribing, write permission "
	  "allows publishing" },
	{ KEY_GROUP, 0, "group", "GROUP", "group of a new topic, by name or number" },
	{ KEY_SHARED, 0, "shared", NULL, "allow other publishers, which must use --shared too" },
	{ KEY_RM, 0, "rm", NULL, "remove the topic on exit" },

	{ .name = "Subscribers" },
	{ KEY_PATIENCE, 0, "patience", "TIME|inf",
	  "how long one publish may wait for slow subscribers (default 10ms; 0 never waits, inf "
	  "loses nothing)" },
	{ KEY_WAIT_SUBS, 0, "wait-subs", "N[:TIME]",
	  "before publishing, wait until N subscribers are attached; give up after TIME (exit "
	  "code 124)" },

	TOPIC_DIRECTORY_OPTION_ROWS,

	{ .name = "Information" },
	METER_OPTION_ROW(KEY_STATS),
	{ 'q', 0, "quiet", NULL, "no warnings" },
	{ 'v', 0, "verbose", NULL, "print which directory and ring are used" },
	OPTION_LAST_ROWS,
};

static const struct option_example examples[] = {
	{ "tail -F app.log | pubmsg app.log", "each line as it comes" },
	{ "find . -print0 | pubmsg -0 files", "names that may contain newlines" },
	{ "pubmsg -m started events", "one message" },
	{ "pubmsg --wait-subs=1 --patience=inf t <f", "transfer a file without loss" },
	{ NULL, NULL },
};

const struct program pubmsg_program = {
	.usage = "pubmsg [OPTIONS] TOPIC",
	.summary = "Publishes stdin to a topic, for any number of submsg to read.",
	.rows = rows,
	.examples = examples,
	.notes = "TIME is a number followed by ms, s, m or h. Without a unit, it is in\n"
		 "seconds.\n",
};

static void parse_on_large(const struct options *options, struct pub_settings *settings)
{
	static const char *const names[] = {
		[LARGE_FAIL] = "fail",
		[LARGE_TRUNCATE] = "truncate",
		[LARGE_SPLIT] = "split",
		[LARGE_SKIP] = "skip",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(optarg, names[i]) == 0) {
			settings->on_large = (enum large_policy)i;
			return;
		}
	}
	options_reject(options, KEY_ON_LARGE, optarg, "fail, truncate, split or skip");
}

static void parse_topic_size(const struct options *options, struct pub_settings *settings)
{
	if (!parse_capacity(optarg, &settings->publisher.capacity))
		options_reject(options, 's', optarg,
			       "a number of bytes, also with K, M or G, such as 64K or 4M, up to "
			       "1024G");
}

static void parse_topic_mode(const struct options *options, struct pub_settings *settings)
{
	mode_t mode;

	if (!parse_mode(optarg, &mode))
		options_reject(options, KEY_MODE, optarg, "octal digits, such as 640");
	settings->publisher.mode = BAF_MODE(mode);
}

static void parse_topic_group(const struct options *options, struct pub_settings *settings)
{
	gid_t group;

	if (!parse_group(optarg, &group))
		options_reject(options, KEY_GROUP, optarg,
			       "the name or number of a group that exists");
	settings->publisher.group = BAF_GROUP(group);
}

static void parse_patience(const struct options *options, struct pub_settings *settings)
{
	if (strcmp(optarg, "inf") == 0)
		settings->publisher.patience = BAF_INFINITE;
	else if (!parse_time(optarg, &settings->publisher.patience))
		options_reject(options, KEY_PATIENCE, optarg,
			       "a number with ms, s, m or h, such as 10ms, or inf");
}

/* N or N:TIME */
static bool parse_subscribers_and_time(const char *text, uint64_t *np, uint64_t *timep)
{
	const char *colon = strchrnul(text, ':');
	size_t size = (size_t)(colon - text);
	char number[sizeof("4294967295")];

	if (size >= sizeof(number))
		return false;
	memcpy(number, text, size);
	number[size] = '\0';
	return parse_count(number, np) && (!*colon || parse_time(colon + 1, timep));
}

static void parse_wait_subs(const struct options *options, struct pub_settings *settings)
{
	uint64_t n;

	if (!parse_subscribers_and_time(optarg, &n, &settings->wait_time) || n > FANOUT_SLOTS)
		options_reject(
			options, KEY_WAIT_SUBS, optarg,
			"a number of subscribers, optionally with a time, such as 2 or 2:5s");
	settings->wait_subscribers = (unsigned int)n;
}

static bool take_message_option(const struct options *options, int key,
				struct pub_settings *settings)
{
	switch (key) {
	case 'm':
		settings->messages[settings->n_messages++] = optarg;
		return true;
	case KEY_ON_LARGE:
		parse_on_large(options, settings);
		return true;
	case KEY_TEE:
		settings->tee = true;
		return true;
	}
	return false;
}

static bool take_topic_option(const struct options *options, int key, struct pub_settings *settings)
{
	switch (key) {
	case 's':
		parse_topic_size(options, settings);
		return true;
	case KEY_MODE:
		parse_topic_mode(options, settings);
		return true;
	case KEY_GROUP:
		parse_topic_group(options, settings);
		return true;
	case KEY_SHARED:
		settings->publisher.flags |= BAF_PUBLISHER_SHARED;
		return true;
	case KEY_RM:
		settings->publisher.flags |= BAF_PUBLISHER_REMOVE;
		return true;
	}
	return false;
}

static void take_other_option(const struct options *options, int key, struct pub_settings *settings)
{
	switch (key) {
	case KEY_PATIENCE:
		parse_patience(options, settings);
		break;
	case KEY_WAIT_SUBS:
		parse_wait_subs(options, settings);
		break;
	case KEY_STATS:
		settings->stats = true;
		break;
	case 'q':
		settings->quiet = true;
		break;
	case 'v':
		settings->verbose = true;
		break;
	}
}

static void take_topic(struct pub_settings *settings, char **operands)
{
	if (!operands[0])
		usage_error("a topic is missing: give its name");
	if (operands[1])
		usage_error(
			"unexpected argument '%s': give one topic, and start one pubmsg per topic",
			operands[1]);
	if (!baf_name_valid(operands[0]))
		usage_error("'%s' is not a topic name: give " NAME_RULE, operands[0]);
	settings->topic = operands[0];
}

void pub_settings_parse(struct pub_settings *settings, int argc, char **argv)
{
	const struct baf_publisher_options defaults = BAF_PUBLISHER_OPTIONS_INIT;
	struct options options;
	int key;

	memset(settings, 0, sizeof(*settings));
	settings->publisher = defaults;
	settings->wait_time = NEVER;
	settings->messages =
		or_out_of_memory(calloc((size_t)argc + 1, sizeof(*settings->messages)));
	options_init(&options, &pubmsg_program);
	while ((key = options_next(&options, argc, argv)) >= 0)
		if (!framing_take_option(&settings->framing, &options, key) &&
		    !take_message_option(&options, key, settings) &&
		    !take_topic_option(&options, key, settings) &&
		    !topic_directory_take_option(&settings->directory, &options, key))
			take_other_option(&options, key, settings);
	take_topic(settings, argv + optind);
	settings->publisher.framing = framing_of_bytes(settings->framing);
	if (settings->tee && settings->n_messages > 0)
		usage_error("--tee copies stdin, but --message does not read it: give only one of "
			    "them");
}
