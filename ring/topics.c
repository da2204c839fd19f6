// SPDX-License-Identifier: MIT
/* Topics as a whole: create, remove and list them. query.c queries one without taking part. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "ring/capacity.h"
#include "ring/directory.h"
#include "ring/map.h"
#include "ring/module-client.h"
#include "ring/options.h"
#include "ring/ring.h"
#include "ring/roster.h"
#include "ring/rights.h"
#include "ring/topic.h"
#include "ring/transport.h"

int topic_check_options(const struct baf_topic_options *options)
{
	if (options->mode & ~BAF_MODE(0777) || options->reserved ||
	    options->group > BAF_GROUP(UINT32_MAX) || options->owner > BAF_OWNER(UINT32_MAX))
		return -EINVAL;
	return capacity_round(options->capacity) ? 0 : -EINVAL;
}

/*
 * Creating.
 */

static int create_in_memory(int directory, const char *topic,
			    const struct baf_topic_options *options)
{
	struct topic_names names;
	int lock, ring;

	topic_names(&names, topic);
	lock = topic_lock(directory, &names, false, options);
	if (lock < 0)
		return lock == -EBUSY ? -EEXIST : lock;
	ring = topic_make(directory, &names, lock, options, 0, NULL);
	if (ring >= 0) {
		/* The topic's own roster is the only one. */
		(void)ftruncate(lock, 0);
		close(ring);
	}
	close(lock);
	return ring < 0 ? ring : 0;
}

static int create_in_module(int directory, const char *topic,
			    const struct baf_topic_options *options)
{
	int made = module_make(directory, topic, options);

	if (made < 0)
		return made;
	close(made);
	return 0;
}

int baf_topic_create(const char *directory, const char *topic,
		     const struct baf_topic_options *options)
{
	struct baf_topic_options chosen = BAF_TOPIC_OPTIONS_INIT;
	int fd, r;

	r = options_take(&chosen, sizeof(chosen), options);
	if (r == 0)
		r = topic_check_options(&chosen);
	if (r == 0 && !baf_name_valid(topic))
		r = -EINVAL;
	if (r)
		return r;
	fd = directory_open(directory, true);
	if (fd < 0)
		return fd;
	r = transport_of_directory(fd) == TRANSPORT_MODULE ? create_in_module(fd, topic, &chosen) :
							     create_in_memory(fd, topic, &chosen);
	close(fd);
	return r;
}

/*
 * Removing.
 */

/* Removes the names, with the lock that a publisher would hold. */
static int unlink_ring(int directory, const struct topic_names *names, int lock)
{
	struct ring_map map = { 0 };
	struct stat status;
	int fd = directory_open_file(directory, names->ring, O_RDWR, &status);
	int r;

	/* If it is not a ring, there is nobody to tell. */
	if (fd >= 0)
		(void)ring_map_file(&map, fd, &status, true);
	r = topic_unlink(directory, names, lock, map.ring ? map.ring->id : 0);
	if (map.ring)
		topic_retire(&map, fd);
	ring_map_deinit(&map);
	if (fd >= 0)
		close(fd);
	return r;
}

static int remove_from_memory(int directory, const char *topic)
{
	const struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct topic_names names;
	struct stat status;
	int lock, r;

	if (fstatat(directory, topic, &status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	topic_names(&names, topic);
	lock = topic_lock(directory, &names, false, &options);
	if (lock < 0)
		return lock;
	r = unlink_ring(directory, &names, lock);
	close(lock);
	return r;
}

static int remove_from_module(int directory, const char *topic)
{
	struct fanout_query query;
	struct stat status;
	int fd = directory_open_file(directory, topic, O_WRONLY, &status);
	int r;

	if (fd < 0)
		return fd;
	r = module_query(fd, &query);
	if (r == 0 && query.n_publishers)
		r = -EBUSY;
	if (r == 0 && unlinkat(directory, topic, 0))
		r = -errno;
	close(fd);
	return r;
}

/* Whether the name leads to a device. A device is never removed. */
static bool is_device(int directory, const char *topic)
{
	struct stat status;
	int fd = directory_open_file(directory, topic, O_WRONLY, &status);

	if (fd < 0)
		return false;
	close(fd);
	return S_ISCHR(status.st_mode);
}

int baf_topic_remove(const char *directory, const char *topic)
{
	int fd, r;

	if (!baf_name_valid(topic))
		return -EINVAL;
	fd = directory_open(directory, false);
	if (fd < 0)
		return fd;
	if (transport_of_directory(fd) == TRANSPORT_MODULE)
		r = remove_from_module(fd, topic);
	else if (is_device(fd, topic))
		r = -EPERM;
	else
		r = remove_from_memory(fd, topic);
	close(fd);
	return r;
}

/*
 * Changing.
 */

static int open_either_way(int directory, const char *topic, struct stat *status)
{
	int fd = directory_open_file(directory, topic, O_RDONLY, status);

	return fd == -EACCES ? directory_open_file(directory, topic, O_WRONLY, status) : fd;
}

/* The id of a ring in shared memory; 0: it is not one, and has no other files. */
static uint64_t ring_id(int fd, const struct stat *status)
{
	struct fanout_ring header;

	if (transport_of_file(fd, status) != TRANSPORT_MEMORY ||
	    ring_header_read(fd, (uint64_t)status->st_size, &header))
		return 0;
	return header.id;
}

static int set_rights_of(int directory, const struct topic_names *names, int fd,
			 const struct baf_topic_options *options)
{
	struct stat status;
	uint64_t id = 0;
	int r = fstat(fd, &status) ? -errno : 0;

	if (r == 0)
		id = ring_id(fd, &status);
	if (r == 0)
		r = rights_set(fd, options);
	if (r == 0)
		r = fstat(fd, &status) ? -errno : 0;
	if (r == 0 && id)
		r = topic_adapt_rights(directory, names, id, &status);
	return r;
}

/* Whether the name now leads to a file other than @file. */
static bool was_replaced(int directory, const char *topic, const struct stat *file)
{
	struct stat named;

	return fstatat(directory, topic, &named, 0) == 0 && !is_same_file(&named, file);
}

static int set_rights(const char *path, const char *topic, const struct baf_topic_options *options)
{
	int directory = directory_open(path, false);
	struct topic_names names;
	struct stat status;
	int fd, r;

	if (directory < 0)
		return directory;
	topic_names(&names, topic);
	do {
		fd = r = open_either_way(directory, topic, &status);
		if (fd < 0)
			break;
		r = set_rights_of(directory, &names, fd, options);
		close(fd);
	} while (r == 0 && was_replaced(directory, topic, &status));
	close(directory);
	return r;
}

/* A ring with another capacity is a new ring: do as a publisher would. */
static int set_capacity(const char *directory, const char *topic, uint64_t capacity)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	int r;

	options.capacity = capacity;
	options.flags = BAF_PUBLISHER_EXISTING;
	r = baf_publisher_open(&publisher, directory, topic, &options);
	if (r == 0)
		baf_publisher_close(publisher);
	return r;
}

int baf_topic_set(const char *directory, const char *topic, const struct baf_topic_options *options)
{
	struct baf_topic_options chosen = BAF_TOPIC_OPTIONS_INIT;
	int r = options_take(&chosen, sizeof(chosen), options);

	if (r == 0)
		r = topic_check_options(&chosen);
	if (r == 0 && !baf_name_valid(topic))
		r = -EINVAL;
	if (r == 0)
		r = set_rights(directory, topic, &chosen);
	if (r == 0 && chosen.capacity)
		r = set_capacity(directory, topic, chosen.capacity);
	return r;
}

/*
 * Listing.
 */

static bool may_be_topic(const struct dirent *entry)
{
	return baf_name_valid(entry->d_name) && entry->d_type != DT_DIR;
}

int topic_list(int directory, char ***namesp)
{
	return directory_list(directory, may_be_topic, namesp);
}

int baf_topic_list(const char *directory, char ***namesp)
{
	int fd = directory_open(directory, false);
	int r;

	if (fd < 0)
		return fd;
	r = topic_list(fd, namesp);
	close(fd);
	return r;
}
