/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "sub/submsg-options.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/meter.h"
#include "util/parse.h"
#include "util/timestamp.h"

enum {
	KEY_IDLE = OPTION_KEY_FIRST,
	KEY_EOF,
	KEY_DRAIN,
	KEY_FROM,
	KEY_LAST,
	KEY_SINCE,
	KEY_OBSERVE,
	KEY_STRICT,
	KEY_TS,
	KEY_STATS,
};

static const struct option_row rows[] = {
	{ .name = "Topics" },
	{ 'e', 0, "exclude", NULL, "subscribe to all topics but the given ones" },

	{ .name = "Where to start" },
	{ KEY_FROM, 0, "from", "oldest|newest",
	  "the oldest message that a topic holds, or the next one (default)" },
	{ KEY_LAST, 0, "last", "N", "the last N messages of each topic" },
	{ KEY_SINCE, 0, "since", "TIME",
	  "the messages of the last TIME, or since a point in time such as 2026-01-02T03:04:05Z" },

	{ .name = "When to stop" },
	{ 'n', 'C', "count", "N", "after N messages; 0 checks that the topics can be opened" },
	{ 'W', 0, "timeout", "TIME", "after TIME (exit code 124)" },
	{ KEY_IDLE, 0, "idle", "TIME", "when no message arrives for TIME (exit code 124)" },
	{ KEY_EOF, 0, "eof", NULL, "when no publisher is left and everything is read" },
	{ KEY_DRAIN, 0, "drain", NULL,
	  "after the messages that exist now; starts at the oldest one" },

	{ .name = "Output" },
	{ FRAMING_KEY, 0, "framing", "FRAMING",
	  "how messages are written: line (default), nul, len (a 4-byte big-endian length before "
	  "each), raw (nothing between them), one (the first message only)" },
	FRAMING_NUL_ROW,
	{ 'v', 0, "verbose", NULL,
	  "print the topic and a TAB before each message; also say which directory and topics "
	  "are used" },
	{ KEY_TS, 0, "ts", NULL, "print the publish time and a TAB before each message" },
	{ 'J', 0, "json", NULL, "print a JSON object for each message, and for each loss" },
	{ 'F', 0, "format", "FORMAT", "print each message in this format (see below)" },

	{ .name = "Loss" },
	{ KEY_OBSERVE, 0, "observe", NULL, "never make a publisher wait" },
	{ KEY_STRICT, 0, "strict", NULL, "exit with code 3 if messages were lost" },

	TOPIC_DIRECTORY_OPTION_ROWS,

	{ .name = "Information" },
	METER_OPTION_ROW(KEY_STATS),
	{ 'q', 0, "quiet", NULL, "no warnings and no reports of lost messages" },
	OPTION_LAST_ROWS,
};

static const struct option_example examples[] = {
	{ "submsg app.log | grep ERROR", "follow a topic" },
	{ "submsg --last=10 app.log", "the last ten messages, then follow" },
	{ "submsg -J 'sensor.*' | jq .", "several topics" },
	{ "submsg -v -e app.log", "all topics but one, with names" },
	{ "submsg --drain --strict t > copy", "copy what is there now" },
	{ NULL, NULL },
};

const struct program submsg_program = {
	.usage = "submsg [OPTIONS] [TOPIC|PATTERN]...",
	.summary = "Prints the messages of topics. Without a topic: of all topics, now and later.",
	.rows = rows,
	.examples = examples,
	.notes = "In a PATTERN, * or + matches one segment of a name; > or # at its end\n"
		 "matches the rest. Separate topics by spaces or commas.\n"
		 "FORMAT: %t topic, %m message, %s sequence number, %n size in bytes,\n"
		 "%T publish time, %e the same in seconds since 1970, %j JSON object,\n"
		 "%% percent sign; \\n, \\t, \\r, \\0, \\\\. Nothing is appended.\n"
		 "TIME is a number followed by ms, s, m or h. Without a unit, it is in\n"
		 "seconds.\n",
};

static void parse_number(const struct options *options, int key, uint64_t *numberp)
{
	if (!parse_count(optarg, numberp))
		options_reject(options, key, optarg, "a number of messages, such as 10");
}

static void parse_span(const struct options *options, int key, uint64_t *spanp)
{
	if (!parse_time(optarg, spanp))
		options_reject(options, key, optarg, "a number with ms, s, m or h, such as 0.5s");
}

static void set_start(struct sub_settings *settings, bool *setp, enum baf_start start,
		      uint64_t value)
{
	if (*setp)
		usage_error(
			"--from, --last and --since exclude one another: give one of them, once");
	*setp = true;
	settings->subscriber.start = start;
	settings->subscriber.start_value = value;
}

static void parse_from(const struct options *options, struct sub_settings *settings, bool *setp)
{
	if (strcmp(optarg, "oldest") == 0)
		set_start(settings, setp, BAF_START_OLDEST, 0);
	else if (strcmp(optarg, "newest") == 0)
		set_start(settings, setp, BAF_START_NEWEST, 0);
	else
		options_reject(options, KEY_FROM, optarg, "oldest or newest");
}

static void parse_last(const struct options *options, struct sub_settings *settings, bool *setp)
{
	uint64_t n;

	parse_number(options, KEY_LAST, &n);
	set_start(settings, setp, BAF_START_LAST, n);
}

static void parse_since(const struct options *options, struct sub_settings *settings, bool *setp)
{
	uint64_t now = clock_realtime(), time;

	if (parse_time(optarg, &time))
		time = time < now ? now - time : 0;
	else if (!timestamp_parse(optarg, &time))
		options_reject(options, KEY_SINCE, optarg,
			       "how long ago, such as 5s or 2m, or a point in time, such as "
			       "2026-01-02T03:04:05Z");
	set_start(settings, setp, BAF_START_SINCE, time);
}

static void set_look(struct sub_settings *settings, enum look look)
{
	if (settings->look != LOOK_FRAMED && settings->look != look)
		usage_error("--json and --format exclude one another: give one of them");
	settings->look = look;
}

static void parse_format(const struct options *options, struct sub_settings *settings)
{
	char wrong[FORMAT_WRONG_SIZE];

	set_look(settings, LOOK_FORMAT);
	format_deinit(&settings->format);
	if (!format_parse(&settings->format, optarg, wrong))
		options_reject(options, 'F', wrong,
			       "one of %t %m %s %n %T %e %j %% \\n \\t \\r \\0 \\\\");
}

/* Takes an option that says where to start; sets *start_setp if it was one. */
static bool take_start_option(const struct options *options, int key, struct sub_settings *settings,
			      bool *start_setp)
{
	switch (key) {
	case KEY_FROM:
		parse_from(options, settings, start_setp);
		return true;
	case KEY_LAST:
		parse_last(options, settings, start_setp);
		return true;
	case KEY_SINCE:
		parse_since(options, settings, start_setp);
		return true;
	}
	return false;
}

static bool take_stop_option(const struct options *options, int key, struct sub_settings *settings)
{
	switch (key) {
	case 'n':
		parse_number(options, key, &settings->count);
		return true;
	case 'W':
		parse_span(options, key, &settings->timeout);
		return true;
	case KEY_IDLE:
		parse_span(options, key, &settings->idle);
		return true;
	case KEY_EOF:
		settings->subscriber.flags |= BAF_SUBSCRIBER_EOF;
		return true;
	case KEY_DRAIN:
		settings->subscriber.flags |= BAF_SUBSCRIBER_DRAIN;
		return true;
	}
	return false;
}

static bool take_output_option(const struct options *options, int key,
			       struct sub_settings *settings)
{
	switch (key) {
	case 'v':
		settings->verbose = true;
		settings->with_topic = true;
		return true;
	case KEY_TS:
		settings->with_time = true;
		return true;
	case 'J':
		set_look(settings, LOOK_JSON);
		return true;
	case 'F':
		parse_format(options, settings);
		return true;
	}
	return false;
}

static void take_other_option(const struct options *options, int key, struct sub_settings *settings)
{
	switch (key) {
	case 'e':
		settings->exclude = true;
		break;
	case KEY_OBSERVE:
		settings->subscriber.flags |= BAF_SUBSCRIBER_OBSERVE;
		break;
	case KEY_STRICT:
		settings->strict = true;
		break;
	case KEY_STATS:
		settings->stats = true;
		break;
	case 'q':
		settings->quiet = true;
		break;
	}
}

static void take_topic(struct sub_settings *settings, char *topic)
{
	if (!baf_pattern_valid(topic))
		usage_error("'%s' is not a topic name or pattern: give " NAME_RULE
			    ", with * or + for any one segment, and > or # at the end for the rest",
			    topic);
	settings->topics[settings->n_topics++] = topic;
}

/* Commas separate topics, too: "a,b c". */
static void take_topics(struct sub_settings *settings, char **operands)
{
	size_t size = 1, n = 1;
	char *to;

	for (char **operand = operands; *operand; operand++) {
		size += strlen(*operand) + 1;
		n++;
		for (const char *c = *operand; *c; c++)
			n += *c == ',';
	}
	settings->topics = or_out_of_memory(calloc(n, sizeof(*settings->topics)));
	settings->topic_text = to = or_out_of_memory(malloc(size));
	for (; *operands; operands++) {
		char *next = strcpy(to, *operands), *topic;

		to += strlen(to) + 1;
		while ((topic = strsep(&next, ",")))
			take_topic(settings, topic);
	}
}

static void check_topics(const struct sub_settings *settings)
{
	if (settings->exclude && settings->n_topics == 0)
		usage_error("--exclude needs topics to exclude: give their names or patterns");
}

static void check_look(const struct sub_settings *settings)
{
	bool prefixed = settings->with_topic || settings->with_time;

	if (settings->look == LOOK_JSON && prefixed)
		usage_error("--json already contains topic and time: omit --verbose and --ts");
	if (settings->look == LOOK_FORMAT && prefixed)
		usage_error("--format replaces --verbose and --ts: use %%t and %%T in it instead");
}

/* Sets what follows from several options together. */
static void complete(struct sub_settings *settings, bool start_set)
{
	if (settings->framing == FRAMING_ONE && settings->count > 1)
		settings->count = 1;
	settings->subscriber.framing = framing_of_bytes(settings->framing);
	if ((settings->subscriber.flags & BAF_SUBSCRIBER_DRAIN) && !start_set)
		settings->subscriber.start = BAF_START_OLDEST;
}

void sub_settings_parse(struct sub_settings *settings, int argc, char **argv)
{
	const struct baf_subscriber_options defaults = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct options options;
	bool start_set = false;
	int key;

	memset(settings, 0, sizeof(*settings));
	settings->subscriber = defaults;
	settings->count = UINT64_MAX;
	settings->timeout = NEVER;
	settings->idle = NEVER;
	options_init(&options, &submsg_program);
	while ((key = options_next(&options, argc, argv)) >= 0)
		if (!take_start_option(&options, key, settings, &start_set) &&
		    !take_stop_option(&options, key, settings) &&
		    !framing_take_option(&settings->framing, &options, key) &&
		    !take_output_option(&options, key, settings) &&
		    !topic_directory_take_option(&settings->directory, &options, key))
			take_other_option(&options, key, settings);
	take_topics(settings, argv + optind);
	check_topics(settings);
	check_look(settings);
	complete(settings, start_set);
}

void sub_settings_deinit(struct sub_settings *settings)
{
	format_deinit(&settings->format);
	free(settings->topic_text);
	free(settings->topics);
}
