// SPDX-License-Identifier: MIT
/*
 * Subscribing to topics in shared memory. The ring is a file that publishers write; we map it
 * read-only. The slot is in the roster, a separate file that we may write.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ring/barrier.h"
#include "ring/directory.h"
#include "ring/source.h"
#include "ring/topic.h"
#include "ring/wait.h"

static int memory_open(struct source *source, const struct stat *status,
		       const struct baf_subscriber_options *options)
{
	int r = ring_map_file(&source->map, source->fd, status, false);

	/* This saves a descriptor for each topic. */
	if (!(options->flags & BAF_SUBSCRIBER_EOF)) {
		close(source->fd);
		source->fd = -1;
	}
	return r;
}

/* A slot is useful, but reading works without one. */
static int memory_enter(struct source *source)
{
	struct roster *roster = &source->roster;
	uint64_t id = source->map.ring->id;
	char name[TOPIC_FILE_NAME_SIZE];
	int r;

	topic_roster_name(name, source->topic, id);
	r = roster_open(roster, source->directory, name, id, source->owner);
	if (r == 0)
		r = roster_enter(roster);
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
		return r;
	if (r < 0)
		roster_close(roster);
	else
		source->slot = &roster->file->slots[r];
	return 0;
}

static unsigned int slot_number(const struct source *source)
{
	return (unsigned int)(source->slot - source->roster.file->slots);
}

static void memory_attach(struct source *source, uint64_t position, bool observe)
{
	roster_attach(&source->roster, slot_number(source), position, observe);
}

static void memory_progress(struct source *source)
{
	__u32 *progress = &source->roster.file->progress;

	__atomic_fetch_add(progress, 1, __ATOMIC_SEQ_CST);
	wait_wake(progress);
}

static void memory_catch_up(struct source *source)
{
	roster_catch_up(&source->roster, slot_number(source));
}

static void memory_request(struct source *source, uint32_t attention)
{
	if (!source->slot || source->roster_damaged || (source->asleep & attention) == attention)
		return;
	__atomic_fetch_or(&source->roster.file->attention, attention, __ATOMIC_SEQ_CST);
	source->asleep |= attention;
}

static int memory_arm(struct source *source, struct doorbell *doorbell, void *data)
{
	bool armed = source->watch >= 0;

	if (!armed) {
		int watch = doorbell_watch(doorbell, source->directory, source->topic, data);

		if (watch < 0)
			return watch;
		source->doorbell = doorbell;
		source->watch = watch;
	}
	memory_request(source, FANOUT_ATTENTION_DOORBELL);
	return !armed;
}

static bool memory_has_publisher(const struct source *source)
{
	return topic_has_publisher(source->fd);
}

/* The file is no longer open, so its id identifies it. */
static bool memory_is_superseded(const struct source *source)
{
	struct fanout_ring header;
	struct stat status;
	int fd = directory_open_file(source->directory, source->topic, O_RDONLY, &status);
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, &header, sizeof(header), 0);
	close(fd);
	return n == sizeof(header) && header.id != source->map.ring->id;
}

static void memory_close(struct source *source)
{
	if (source->watch >= 0)
		doorbell_forget(source->doorbell, source->watch);
	if (source->slot && !source->inherited && !source->roster_damaged) {
		roster_leave(&source->roster, slot_number(source));
		if (fanout_load(&source->map.ring->wanted))
			memory_progress(source);
	}
	roster_close(&source->roster);
}

const struct source_transport source_memory = {
	.open = memory_open,
	.enter = memory_enter,
	.attach = memory_attach,
	.progress = memory_progress,
	.catch_up = memory_catch_up,
	.arm = memory_arm,
	.request = memory_request,
	.has_publisher = memory_has_publisher,
	.is_superseded = memory_is_superseded,
	.close = memory_close,
};
