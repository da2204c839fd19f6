// SPDX-License-Identifier: MIT
/*
 * Topics as a whole: create, remove and list them. query.c looks at one without taking part.
 */
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
		r = fds[1] = topic_lock(fds[0], names, false, options);
	if (r < 0)
		close(fds[0]);
	return r < 0 ? r : 0;
}

static void give_topic(int fds[2])
{
	close(fds[1]);
	close(fds[0]);
}

/*
 * The same in a directory of the kernel's. -ENOTTY: it is none.
 */
static int create_in_kernel(const char *path, const char *topic,
			    const struct baf_topic_options *options)
{
	int directory = directory_open(path, true);
	int made = -ENOTTY;

	if (directory < 0)
		return directory;
	if (transport_of_directory(directory) == TRANSPORT_MODULE)
		made = module_make(directory, topic, options);
	close(directory);
	if (made >= 0)
		close(made);
	return made < 0 ? made : 0;
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
		r = topic_check_options(&chosen);
	if (r == 0 && !baf_name_valid(topic))
		r = -EINVAL;
	if (r)
		return r;
	topic_names(&names, topic);
	r = create_in_kernel(directory, topic, &chosen);
	if (r != -ENOTTY)
		return r;
	r = take_topic(directory, &names, true, &chosen, fds);
	if (r == -EBUSY)
		return -EEXIST;
	if (r)
		return r;
	r = topic_make(fds[0], &names, fds[1], &chosen, 0, NULL);
	if (r >= 0) {
		/* Its own roster is the only one. */
		(void)ftruncate(fds[1], 0);
		close(r);
	}
	give_topic(fds);
	return r < 0 ? r : 0;
}

/*
 * The same where the topic is the kernel's. -ENOTTY: it is not; -EPERM: it is a device.
 */
static int remove_from_kernel(const char *path, const char *topic)
{
	int directory = directory_open(path, false);
	struct fanout_query query;
	struct stat status;
	int fd, r;

	if (directory < 0)
		return directory;
	fd = directory_open_file(directory, topic, O_WRONLY, &status);
	r = fd < 0 ? -ENOTTY : module_query(fd, &query);
	if (fd >= 0 && S_ISCHR(status.st_mode))
		r = -EPERM;
	if (r == 0 && query.n_publishers)
		r = -EBUSY;
	if (r == 0 && unlinkat(directory, topic, 0))
		r = -errno;
	if (fd >= 0)
		close(fd);
	close(directory);
	return r;
}

int baf_topic_remove(const char *directory, const char *topic)
{
	const struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct topic_names names;
	struct ring_map map = { 0 };
	struct stat status;
	int fds[2] = { -1, -1 };
	int ring, r;

	if (!baf_name_valid(topic))
		return -EINVAL;
	topic_names(&names, topic);
	r = remove_from_kernel(directory, topic);
	if (r != -ENOTTY)
		return r;
	r = take_topic(directory, &names, false, &options, fds);
	if (r)
		return r;
	ring = directory_open_file(fds[0], topic, O_RDWR, &status);
	/* What is no ring has nobody to tell. */
	if (ring >= 0)
		(void)ring_map_file(&map, ring, &status, true);
	r = topic_unlink(fds[0], &names, fds[1], map.ring ? map.ring->id : 0);
	if (map.ring)
		topic_retire(&map, ring);
	ring_map_deinit(&map);
	if (ring >= 0)
		close(ring);
	give_topic(fds);
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

/* The id of a ring in shared memory; 0: it is none, and has no other files. */
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

/* Whether the name leads to another file than that by now. */
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

/* A ring of another capacity is another ring: what a publisher would do. */
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
