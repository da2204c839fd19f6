// SPDX-License-Identifier: MIT
/*
 * Topics as a whole: create, remove, list, and look at them without taking part.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "ring/barrier.h"
#include "ring/directory.h"
#include "ring/options.h"
#include "ring/ring.h"
#include "ring/roster.h"
#include "ring/topic.h"

static int check_options(const struct baf_topic_options *options)
{
	if (options->mode & ~BAF_MODE(0777) || options->reserved)
		return -EINVAL;
	return topic_capacity(options->capacity) ? 0 : -EINVAL;
}

/*
 * Opens the directory and takes the topic from all publishers. 0, with both descriptors, or a
 * negative errno.
 */
static int take_topic(const char *directory, const struct topic_names *names, bool make,
		      const struct baf_topic_options *options, int fds[2])
{
	struct stat status;
	int r;

	fds[0] = directory_open(directory, make);
	if (fds[0] < 0)
		return fds[0];
	r = make || fstatat(fds[0], names->ring, &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
	if (r == 0)
		r = fds[1] = topic_lock(fds[0], names, false, options->mode, options->group);
	if (r < 0)
		close(fds[0]);
	return r < 0 ? r : 0;
}

static void give_topic(int fds[2])
{
	close(fds[1]);
	close(fds[0]);
}

int baf_topic_create(const char *directory, const char *topic,
		     const struct baf_topic_options *options)
{
	struct baf_topic_options chosen = BAF_TOPIC_OPTIONS_INIT;
	struct topic_names names;
	int fds[2];
	int r;

	r = options_take(&chosen, sizeof(chosen), options);
	if (r == 0)
		r = check_options(&chosen);
	if (r == 0 && !baf_name_valid(topic))
		r = -EINVAL;
	if (r)
		return r;
	topic_names(&names, topic);
	r = take_topic(directory, &names, true, &chosen, fds);
	if (r == -EBUSY)
		return -EEXIST;
	if (r)
		return r;
	r = topic_make(fds[0], &names, &chosen, 0, NULL);
	if (r >= 0)
		close(r);
	give_topic(fds);
	return r < 0 ? r : 0;
}

int baf_topic_remove(const char *directory, const char *topic)
{
	const struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct topic_names names;
	struct topic_map map = { 0 };
	struct stat status;
	int fds[2];
	int ring, r;

	if (!baf_name_valid(topic))
		return -EINVAL;
	topic_names(&names, topic);
	r = take_topic(directory, &names, false, &options, fds);
	if (r)
		return r;
	ring = directory_open_file(fds[0], topic, O_RDWR, &status);
	r = topic_unlink(fds[0], &names);
	/* What is no ring has nobody to tell. */
	if (ring >= 0 && topic_map(&map, ring, &status, true) == 0)
		topic_retire(&map, ring);
	topic_unmap(&map);
	if (ring >= 0)
		close(ring);
	give_topic(fds);
	return r;
}

/*
 * Listing: the names are gathered in one buffer, and the array that points to them is put in
 * front of it.
 */

struct names {
	char *bytes;
	size_t size;
	size_t room;
	size_t n;
};

static int names_add(struct names *names, const char *name)
{
	size_t length = strlen(name) + 1;

	if (names->size + length > names->room) {
		size_t room = (names->size + length) * 2;
		char *bytes = realloc(names->bytes, room);

		if (!bytes)
			return -ENOMEM;
		names->bytes = bytes;
		names->room = room;
	}
	memcpy(names->bytes + names->size, name, length);
	names->size += length;
	names->n++;
	return 0;
}

static int read_names(struct names *names, DIR *stream)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && (errno = 0, entry = readdir(stream)) != NULL)
		if (baf_name_valid(entry->d_name) && entry->d_type != DT_DIR)
			r = names_add(names, entry->d_name);
	return r ? r : -errno;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **array_of(const struct names *names)
{
	size_t pointers = (names->n + 1) * sizeof(char *);
	char **array = malloc(pointers + names->size);
	char *bytes;

	if (!array)
		return NULL;
	bytes = (char *)array + pointers;
	if (names->size)
		memcpy(bytes, names->bytes, names->size);
	for (size_t i = 0; i < names->n; i++) {
		array[i] = bytes;
		bytes += strlen(bytes) + 1;
	}
	array[names->n] = NULL;
	qsort(array, names->n, sizeof(*array), compare_strings);
	return array;
}

static int list(DIR *stream, char ***namesp)
{
	struct names names = { 0 };
	int r = read_names(&names, stream);

	if (r == 0) {
		*namesp = array_of(&names);
		r = *namesp ? (int)names.n : -ENOMEM;
	}
	free(names.bytes);
	return r;
}

int baf_topic_list(const char *directory, char ***namesp)
{
	int fd = directory_open(directory, false);
	DIR *stream;
	int r;

	if (fd < 0)
		return fd;
	stream = fdopendir(fd);
	if (!stream) {
		r = -errno;
		close(fd);
		return r;
	}
	r = list(stream, namesp);
	closedir(stream);
	return r;
}

/*
 * Looking.
 */

static void fill_process(struct baf_process *process, uint32_t pid, const char *command,
			 uint64_t since)
{
	*process = (struct baf_process){ .pid = (int32_t)pid, .since = since };
	memcpy(process->command, command, strnlen(command, FANOUT_COMMAND_SIZE));
}

static int fill_history(struct baf_topic_info *info, const struct topic_map *map)
{
	struct fanout_reader newest, oldest;
	struct fanout_record record;
	const void *payload;

	fanout_reader_init(&newest, map->ring, map->data, map->capacity);
	oldest = newest;
	if (fanout_reader_seek_oldest(&oldest) || fanout_reader_seek_newest(&newest))
		return -EBADMSG;
	info->messages = newest.sequence - map->ring->first_sequence;
	info->history_messages = newest.sequence - oldest.sequence;
	info->history_bytes = newest.position - oldest.position;
	if (fanout_reader_peek(&oldest, &record, &payload) == 1)
		info->history_since = record.time;
	return 0;
}

static int fill_info(struct baf_topic_info *info, const struct topic_map *map, int fd)
{
	const struct fanout_ring *ring = map->ring;

	info->capacity = map->capacity;
	info->allocated = fanout_load(&ring->allocated);
	info->bytes = fanout_load(&ring->bytes);
	info->created = ring->created;
	info->id = ring->id;
	info->patience = fanout_load(&ring->patience);
	info->waits = fanout_load(&ring->waits);
	info->waited = fanout_load(&ring->waited);
	info->lapses = fanout_load(&ring->lapses);
	info->publishing = topic_has_publisher(fd);
	fill_process(&info->publisher, fanout_load(&ring->publisher_pid), ring->publisher_command,
		     fanout_load(&ring->publisher_since));
	return fill_history(info, map);
}

static void fill_subscriber(struct baf_subscriber_info *info, const struct fanout_slot *slot,
			    uint32_t state, uint64_t head)
{
	uint64_t position = fanout_load_acquire(&slot->position);

	*info = (struct baf_subscriber_info){
		.lapsed = fanout_load(&slot->lapsed) != 0,
		.observing = state == FANOUT_SLOT_OBSERVING,
		.lag = position < head ? head - position : 0,
		.received = fanout_load(&slot->received),
		.lost = fanout_load(&slot->lost),
	};
	fill_process(&info->process, fanout_load(&slot->pid), slot->command,
		     fanout_load(&slot->since));
}

/*
 * @subscribers may be NULL, then they are only counted.
 */
static uint32_t look_at_subscribers(const struct roster *roster, uint64_t head,
				    struct baf_subscriber_info *subscribers)
{
	unsigned int used = roster_used(roster);
	uint32_t n = 0;

	for (unsigned int number = 0; number < used; number++) {
		const struct fanout_slot *slot = &roster->file->slots[number];
		uint32_t state = fanout_load_acquire(&slot->state);

		if (state == FANOUT_SLOT_FREE || !roster_alive(roster, number))
			continue;
		if (subscribers)
			fill_subscriber(&subscribers[n], slot, state, head);
		n++;
	}
	return n;
}

static int fill_subscribers(struct baf_topic_info *info, struct baf_subscriber_info **subscribersp,
			    int directory, const char *topic, const struct topic_map *map,
			    uid_t owner)
{
	struct roster roster = ROSTER_NONE;
	char name[TOPIC_FILE_NAME_SIZE];
	uint64_t head = fanout_load(&map->ring->head);

	topic_roster_name(name, topic, map->ring->id);
	(void)roster_open(&roster, directory, name, map->ring->id, owner, false);
	if (!subscribersp) {
		info->n_subscribers = look_at_subscribers(&roster, head, NULL);
	} else {
		/* Room for all that can have joined by the time we look. */
		*subscribersp = calloc(roster_used(&roster) + 1, sizeof(**subscribersp));
		if (*subscribersp)
			info->n_subscribers = look_at_subscribers(&roster, head, *subscribersp);
	}
	roster_close(&roster);
	return subscribersp && !*subscribersp ? -ENOMEM : 0;
}

static int query(int directory, const char *topic, struct baf_topic_info *info,
		 struct baf_subscriber_info **subscribersp)
{
	struct topic_map map;
	struct stat status;
	int fd = directory_open_file(directory, topic, O_RDONLY, &status);
	int r;

	if (fd < 0)
		return fd;
	r = topic_map(&map, fd, &status, false);
	if (r == 0) {
		r = fill_info(info, &map, fd);
		if (r == 0)
			r = fill_subscribers(info, subscribersp, directory, topic, &map,
					     status.st_uid);
		topic_unmap(&map);
	}
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
	r = query(fd, topic, &found, subscribersp);
	close(fd);
	return r ? r : options_give(info, &found, sizeof(found));
}
