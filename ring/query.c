// SPDX-License-Identifier: MIT
/*
 * Queries a topic without taking part: who publishes, who subscribes, and what history.c finds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baf.h"
#include "ring/capacity.h"
#include "ring/directory.h"
#include "ring/history.h"
#include "ring/map.h"
#include "ring/module-client.h"
#include "ring/options.h"
#include "ring/roster.h"
#include "ring/topic.h"
#include "ring/transport.h"

/**
 * struct query - a topic that is queried
 * @directory:  its directory
 * @topic:      its name
 * @status:     of its file
 * @source:     its file, and how to read it
 * @header:     the header that history_look() found
 */
struct query {
	int directory;
	const char *topic;
	struct stat status;
	struct history_source source;
	struct fanout_query header;
};

/**
 * struct query_transport - how to query a transport
 * @header, @read, @one_moment: as in struct history_source
 * @publishing:  whether a publisher has the topic open
 * @subscribers: copies the slots in use to *slotsp, which the caller frees with free(). Returns how
 *               many; a negative errno if they cannot be read
 * @kind:        its name in baf_topic_info
 */
struct query_transport {
	int (*header)(const struct history_source *source, struct fanout_query *query);
	bool (*read)(const struct history_source *source, uint64_t offset, void *to, size_t size);
	bool one_moment;
	bool (*publishing)(const struct query *query);
	int (*subscribers)(const struct query *query, struct fanout_slot **slotsp);
	enum baf_transport (*kind)(const struct stat *status);
};

/*
 * Shared memory. The file is not mapped: anybody who can truncate it would cause a SIGBUS here.
 */

static int memory_header(const struct history_source *source, struct fanout_query *query)
{
	return ring_header_read(source->fd, source->file_size, &query->ring);
}

static bool memory_read(const struct history_source *source, uint64_t offset, void *to, size_t size)
{
	return pread(source->fd, to, size, (off_t)offset) == (ssize_t)size;
}

static bool memory_publishing(const struct query *query)
{
	return topic_has_publisher(query->source.fd);
}

static int memory_subscribers(const struct query *query, struct fanout_slot **slotsp)
{
	uint64_t id = query->header.ring.id;
	char name[TOPIC_FILE_NAME_SIZE];

	topic_roster_name(name, query->topic, id);
	return roster_copy(query->directory, name, id, query->status.st_uid, slotsp);
}

static enum baf_transport memory_kind(const struct stat *status)
{
	return BAF_TRANSPORT_SHARED_MEMORY;
}

static const struct query_transport memory = {
	.header = memory_header,
	.read = memory_read,
	.publishing = memory_publishing,
	.subscribers = memory_subscribers,
	.kind = memory_kind,
};

/* The module. Its answers are consistent: each is for one moment. */

static int from_module(const struct history_source *source, struct fanout_query *query)
{
	return module_query(source->fd, query);
}

static bool module_read(const struct history_source *source, uint64_t offset, void *to, size_t size)
{
	uint64_t page = offset & ~((uint64_t)page_size() - 1);
	size_t mapped_size = (size_t)(offset - page) + size;
	unsigned char *mapped =
		mmap(NULL, mapped_size, PROT_READ, MAP_SHARED, source->fd, (off_t)page);

	if (mapped == MAP_FAILED)
		return false;
	memcpy(to, mapped + (offset - page), size);
	munmap(mapped, mapped_size);
	return true;
}

static bool module_publishing(const struct query *query)
{
	return query->header.n_publishers;
}

static int module_subscribers(const struct query *query, struct fanout_slot **slotsp)
{
	return module_readers(query->source.fd, slotsp);
}

static enum baf_transport module_kind(const struct stat *status)
{
	return S_ISCHR(status->st_mode) ? BAF_TRANSPORT_DEVICE : BAF_TRANSPORT_KERNEL;
}

static const struct query_transport module = {
	.header = from_module,
	.read = module_read,
	.one_moment = true,
	.publishing = module_publishing,
	.subscribers = module_subscribers,
	.kind = module_kind,
};

/* NULL: it reveals nothing about itself, and reading from it would be taking part. */
static const struct query_transport *choose_transport(int fd, const struct stat *status)
{
	switch (transport_of_file(fd, status)) {
	case TRANSPORT_MEMORY:
		return &memory;
	case TRANSPORT_MODULE:
		return &module;
	case TRANSPORT_FOREIGN:
		break;
	}
	return NULL;
}

/* The result, as others see it. */

static void fill_process(struct baf_process *process, uint32_t pid, const char *command,
			 uint64_t since)
{
	*process = (struct baf_process){ .pid = (int32_t)pid, .since = since };
	/* The name comes from another user, and may go to a terminal. */
	for (size_t i = 0; i < FANOUT_COMMAND_SIZE && command[i]; i++)
		process->command[i] = command[i] >= ' ' && command[i] <= '~' ? command[i] : '?';
}

static void fill_info(struct baf_topic_info *info, const struct fanout_ring *ring, bool publishing)
{
	info->capacity = ring->capacity;
	info->allocated = ring->allocated;
	info->created = ring->created;
	info->id = ring->id;
	info->patience = ring->patience;
	info->waits = ring->waits;
	info->waited = ring->waited;
	info->lapses = ring->lapses;
	info->publishing = publishing;
	fill_process(&info->publisher, ring->publisher_pid, ring->publisher_command,
		     ring->publisher_since);
}

static void fill_subscriber(struct baf_subscriber_info *info, const struct fanout_slot *slot,
			    uint64_t head)
{
	*info = (struct baf_subscriber_info){
		.lapsed = slot->lapsed != 0,
		.observing = slot->state == FANOUT_SLOT_OBSERVING,
		.lag = slot->position < head ? head - slot->position : 0,
		.received = slot->received,
		.lost = slot->lost,
	};
	fill_process(&info->process, slot->pid, slot->command, slot->since);
}

static int fill_subscribers(struct baf_topic_info *info, struct baf_subscriber_info **subscribersp,
			    const struct fanout_ring *ring, struct fanout_slot *slots, int n)
{
	struct baf_subscriber_info *subscribers;

	info->n_subscribers = n > 0 ? (uint32_t)n : 0;
	subscribers = calloc(info->n_subscribers + 1, sizeof(*subscribers));
	for (uint32_t i = 0; subscribers && i < info->n_subscribers; i++)
		fill_subscriber(&subscribers[i], &slots[i], ring->head);
	free(slots);
	if (!subscribers)
		return -ENOMEM;
	if (subscribersp)
		*subscribersp = subscribers;
	else
		free(subscribers);
	return 0;
}

static int look(struct query *query, const struct query_transport *transport,
		struct baf_topic_info *info, struct baf_subscriber_info **subscribersp)
{
	const struct fanout_ring *ring = &query->header.ring;
	struct fanout_slot *slots = NULL;
	int r;

	query->source.header = transport->header;
	query->source.read = transport->read;
	query->source.one_moment = transport->one_moment;
	query->source.file_size = (uint64_t)query->status.st_size;
	r = history_look(&query->source, &query->header, info);
	if (r)
		return r;
	info->transport = transport->kind(&query->status);
	fill_info(info, ring, transport->publishing(query));
	r = transport->subscribers(query, &slots);
	return fill_subscribers(info, subscribersp, ring, slots, r);
}

static int look_at_topic(int directory, const char *topic, struct baf_topic_info *info,
			 struct baf_subscriber_info **subscribersp)
{
	struct query query = { .directory = directory, .topic = topic };
	const struct query_transport *transport;
	int fd = directory_open_file(directory, topic, O_RDONLY, &query.status);
	int r = -EOPNOTSUPP;

	if (fd < 0)
		return fd;
	query.source.fd = fd;
	transport = choose_transport(fd, &query.status);
	if (transport)
		r = look(&query, transport, info, subscribersp);
	close(fd);
	return r;
}

int baf_topic_query(const char *directory, const char *topic, struct baf_topic_info *info,
		    struct baf_subscriber_info **subscribersp)
{
	struct baf_topic_info found = { 0 };
	int fd, r;

	if (!baf_name_valid(topic))
		return -EINVAL;
	fd = directory_open(directory, false);
	if (fd < 0)
		return fd;
	r = look_at_topic(fd, topic, &found, subscribersp);
	close(fd);
	return r ? r : options_give(info, &found, sizeof(found));
}
