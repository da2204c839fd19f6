/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/command.h"
#include "ctl/topic-status.h"
#include "ctl/transport-name.h"
#include "util/clock.h"

void topic_look(struct topic *topic, const char *directory, const char *name)
{
	*topic = (struct topic){
		.directory = directory,
		.name = name,
		.info = BAF_TOPIC_INFO_INIT,
	};
	topic->error = baf_topic_query(directory, name, &topic->info, &topic->subscribers);
	topic->time = clock_realtime();
}

void topic_free(struct topic *topic)
{
	free(topic->subscribers);
}

const char *topic_state(const struct topic *topic)
{
	switch (topic->error) {
	case 0:
		return topic->info.publishing ? "publishing" : "idle";
	case -EBADMSG:
		return "damaged";
	case -EPROTONOSUPPORT:
		return "other-version";
	case -EOPNOTSUPP:
		return "foreign-device";
	case -EACCES:
	case -EPERM:
		return "no-permission";
	}
	return "unusable";
}

struct explanation topic_error(const struct topic *topic)
{
	if (topic->error == -EOPNOTSUPP)
		return (struct explanation){ topic->error, STATUS_FAILED,
					     "it is a foreign device, which reports nothing",
					     "use baf's module, see fanout(4)" };
	return explain_managing(topic->error);
}

uint64_t topic_rate(const struct topic *topic, uint64_t recent)
{
	/* Floating point, since an integer could overflow. The result is for people. */
	double seconds = (double)topic->info.recent_span / (double)NANOSECONDS_PER_SECOND;

	return (uint64_t)((double)recent / seconds + 0.5);
}

uint64_t topic_history_span(const struct topic *topic)
{
	uint64_t since = topic->info.history_since;

	return since && since < topic->time ? topic->time - since : 0;
}

const char *subscriber_state(const struct baf_subscriber_info *subscriber)
{
	if (subscriber->observing)
		return "observing";
	return subscriber->lapsed ? "lapsed" : "attached";
}

/*
 * Units.
 */

/*
 * Subscribers of a topic in shared memory have the list of subscribers open; the ring is only
 * mapped.
 */
static void identify_files(struct topic *topic)
{
	char path[PATH_MAX];

	if (topic->files[0].inode)
		return;
	snprintf(path, sizeof(path), "%s/%s", topic->directory, topic->name);
	if (file_identify(&topic->files[0], path) < 0)
		return;
	snprintf(path, sizeof(path), "%s/.%s.%016" PRIx64 ".subscribers", topic->directory,
		 topic->name, topic->info.id);
	if (file_identify(&topic->files[1], path) < 0)
		topic->files[1] = topic->files[0];
}

const char *topic_publisher_unit(struct topic *topic, struct processes *processes)
{
	identify_files(topic);
	return process_unit(processes, &topic->info.publisher, topic->files, 2);
}

const char *topic_subscriber_unit(struct topic *topic, struct processes *processes, uint32_t number)
{
	identify_files(topic);
	return process_unit(processes, &topic->subscribers[number].process, topic->files, 2);
}

/*
 * JSON.
 */

static void add_optional_text(struct json *json, const char *key, const char *text)
{
	if (text)
		json_add_text(json, key, text);
	else
		json_add_null(json, key);
}

static void add_process(struct json *json, const struct baf_process *process, const char *unit)
{
	json_add_number(json, "pid", (uint64_t)process->pid);
	json_add_text(json, "command", process->command);
	add_optional_text(json, "unit", unit);
	json_add_time(json, "since", process->since);
}

static void add_publisher(struct json *json, struct topic *topic, struct processes *processes)
{
	if (!topic->info.publishing) {
		json_add_null(json, "publisher");
		return;
	}
	json_open(json, "publisher", '{');
	add_process(json, &topic->info.publisher, topic_publisher_unit(topic, processes));
	json_close(json, '}');
}

static void add_subscribers(struct json *json, struct topic *topic, struct processes *processes)
{
	json_open(json, "subscribers", '[');
	for (uint32_t i = 0; i < topic->info.n_subscribers; i++) {
		const struct baf_subscriber_info *subscriber = &topic->subscribers[i];

		json_open(json, NULL, '{');
		add_process(json, &subscriber->process, topic_subscriber_unit(topic, processes, i));
		json_add_text(json, "state", subscriber_state(subscriber));
		json_add_number(json, "lag", subscriber->lag);
		json_add_number(json, "lost", subscriber->lost);
		json_add_number(json, "received", subscriber->received);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void add_patience(struct json *json, const struct baf_topic_info *info)
{
	if (info->patience == BAF_INFINITE)
		json_add_text(json, "patience", "inf");
	else
		json_add_seconds(json, "patience", info->patience);
	json_add_number(json, "waits", info->waits);
	json_add_seconds(json, "waited", info->waited);
	json_add_number(json, "lapses", info->lapses);
}

static void add_contents(struct json *json, const struct topic *topic)
{
	const struct baf_topic_info *info = &topic->info;

	json_add_text(json, "transport", transport_name(topic->info.transport));
	json_add_number(json, "capacity", info->capacity);
	json_add_number(json, "allocated", info->allocated);
	json_add_time(json, "created", info->created);
	json_add_number(json, "messages", info->messages);
	json_add_number(json, "bytes", info->bytes);
	json_add_number(json, "messages_per_second", topic_rate(topic, info->recent_messages));
	json_add_number(json, "bytes_per_second", topic_rate(topic, info->recent_bytes));
	json_add_number(json, "history_messages", info->history_messages);
	json_add_number(json, "history_bytes", info->history_bytes);
	json_add_seconds(json, "history_seconds", topic_history_span(topic));
	add_patience(json, info);
}

void topic_add_json(struct json *json, struct topic *topic, struct processes *processes)
{
	json_open(json, NULL, '{');
	json_add_text(json, "topic", topic->name);
	json_add_text(json, "state", topic_state(topic));
	if (topic->error) {
		json_add_text(json, "error", topic_error(topic).wrong);
	} else {
		add_contents(json, topic);
		add_publisher(json, topic, processes);
		add_subscribers(json, topic, processes);
	}
	json_close(json, '}');
	json_end_line(json);
}
