// SPDX-License-Identifier: MIT
#include "ring/module-client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ring/barrier.h"
#include "ring/capacity.h"
#include "ring/rights.h"
#include "ring/ring.h"
#include "ring/wait.h"

int module_query(int fd, struct fanout_query *query)
{
	if (ioctl(fd, FANOUT_IOC_QUERY, query))
		return -errno;
	return query->ring.version == FANOUT_VERSION ? 0 : -EPROTONOSUPPORT;
}

/*
 * Publishing.
 */

int module_publish(int fd, uint64_t patience, bool shared)
{
	const struct fanout_publish publish = {
		.patience = patience,
		.flags = FANOUT_PUBLISH_RECORDS | (shared ? 0 : FANOUT_PUBLISH_EXCLUSIVE),
	};

	return ioctl(fd, FANOUT_IOC_PUBLISH, &publish) ? -errno : 0;
}

int module_replace(int fd, uint64_t capacity)
{
	const struct fanout_replace replace = { .capacity = capacity };

	return ioctl(fd, FANOUT_IOC_REPLACE, &replace) ? -errno : 0;
}

/*
 * The capacity can be chosen until the topic is used. A subscriber that was waiting for the topic
 * may have used it before us.
 */
static int set_capacity(int fd, uint64_t capacity)
{
	int r;

	if (ftruncate(fd, (off_t)capacity) == 0)
		return 0;
	if (errno != EBUSY)
		return -errno;
	r = module_publish(fd, 0, false);
	return r ? r : module_replace(fd, capacity);
}

static int set_rights_and_capacity(int fd, const struct baf_topic_options *options)
{
	uint64_t capacity = options->capacity ? options->capacity : BAF_CAPACITY_DEFAULT;
	int r = rights_set(fd, options);

	return r ? r : set_capacity(fd, capacity_round(capacity));
}

int module_make(int directory, const char *topic, const struct baf_topic_options *options)
{
	int fd = openat(directory, topic, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0666);
	int r;

	if (fd < 0)
		return -errno;
	r = set_rights_and_capacity(fd, options);
	if (r == 0)
		return fd;
	(void)unlinkat(directory, topic, 0);
	close(fd);
	return r;
}

int module_write(int fd, const void *payload, size_t length, uint32_t content)
{
	const struct fanout_record record = { .length = (__u32)length, .content = content };
	const struct iovec parts[] = {
		{ (void *)(uintptr_t)&record, sizeof(record) },
		{ (void *)(uintptr_t)payload, length },
	};

	/* The module takes all of it or nothing. */
	return writev(fd, parts, 2) < 0 ? -errno : 0;
}

/*
 * Looking at who reads.
 */

int module_readers(int fd, struct fanout_slot **slotsp)
{
	struct fanout_readers readers = { .n_slots = 16 };
	struct fanout_slot *slots;
	uint32_t room;

	for (;;) {
		room = readers.n_slots;
		slots = calloc(room + 1, sizeof(*slots));
		if (!slots)
			return -ENOMEM;
		readers.slots = (uintptr_t)slots;
		if (ioctl(fd, FANOUT_IOC_READERS, &readers)) {
			int r = -errno;

			free(slots);
			return r;
		}
		if (readers.n_slots <= room)
			break;
		free(slots);
	}
	*slotsp = slots;
	return (int)readers.n_slots;
}

/*
 * Reports an event when somebody opens the topic; -1: perhaps the user has no instance or watch
 * left.
 */
static int watch_opens(int fd)
{
	int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (inotify < 0 || inotify_add_watch(inotify, path, IN_OPEN) >= 0)
		return inotify;
	close(inotify);
	return -1;
}

/* Sleeps. Returns whether there was an event, or a negative errno. */
static int wait_for_event(int inotify, uint64_t timeout)
{
	char events[4096];
	int r = wait_poll(inotify, timeout);

	return r > 0 ? read(inotify, events, sizeof(events)) > 0 : r;
}

static bool has_readers(int fd, unsigned int n_readers)
{
	struct fanout_query query;

	return module_query(fd, &query) == 0 && query.n_readers >= n_readers;
}

/*
 * A process that opens the topic subscribes a little later, and no event reports that. So we look
 * soon after an event, and then ever less often.
 */
int module_wait_readers(int fd, unsigned int n_readers, uint64_t timeout)
{
	uint64_t deadline = wait_deadline(timeout), nap = NAP_FIRST, left;
	int inotify = watch_opens(fd), r = 0;

	while (r >= 0 && !has_readers(fd, n_readers) && (left = wait_left(deadline)) > 0) {
		r = wait_for_event(inotify, left < nap ? left : nap);
		nap = r > 0 ? NAP_FIRST : nap_longer(nap);
	}
	if (inotify >= 0)
		close(inotify);
	return r < 0 ? r : 0;
}

/*
 * Reading.
 */

int module_map(struct ring_map *map, int fd)
{
	struct fanout_query query;
	int r = module_query(fd, &query);

	if (r == 0)
		r = fanout_ring_check(&query.ring, query.ring.header_size + query.ring.capacity,
				      page_size());
	return r ? r : ring_map_init(map, fd, &query.ring, false);
}

int module_map_slot(int fd, struct fanout_slot **slotp)
{
	int slot_fd = ioctl(fd, FANOUT_IOC_SLOT);
	int r = 0;
	void *slot;

	if (slot_fd < 0)
		return -errno;
	slot = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, slot_fd, 0);
	if (slot == MAP_FAILED)
		r = -errno;
	else
		*slotp = slot;
	close(slot_fd);
	return r;
}

void module_unmap_slot(struct fanout_slot *slot)
{
	munmap(slot, page_size());
}

void module_progress(int fd)
{
	(void)ioctl(fd, FANOUT_IOC_PROGRESS);
	/* If the request fails, nobody waits; but callers rely on the fence. */
	fanout_fence_full();
}
