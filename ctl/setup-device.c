/* SPDX-License-Identifier: MIT */
/*
 * Topics that are devices of the module fanout: links in the topic directory. In the order of the
 * declarations, they lead to the first device, the second one, and so on.
 *
 * The module calls its first device /dev/fanout. A machine that makes the nodes itself, from
 * /proc/devices, calls it /dev/fanout0. Only the device number counts: two links are the same if
 * they lead to the same number.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/setup-device.h"

enum { DEVICE_PATH_SIZE = sizeof("/dev/fanout4294967295") };

struct device {
	char path[DEVICE_PATH_SIZE];
	struct stat status;
	uint64_t capacity; /* 0: unknown */
};

static bool try_path(struct device *device)
{
	return baf_device_query(device->path, &device->capacity) == 0 &&
	       stat(device->path, &device->status) == 0;
}

/* Returns whether a device with that number exists; numbers start at 0. */
static bool find_device(struct device *device, unsigned int number)
{
	if (number == 0) {
		strcpy(device->path, "/dev/fanout");
		if (try_path(device))
			return true;
	}
	snprintf(device->path, sizeof(device->path), "/dev/fanout%u", number);
	return try_path(device);
}

/* Returns the next topic that is a device, starting at *ip; NULL if there is none. */
static const struct declaration *next_device_topic(const struct topics_conf *conf, size_t *ip)
{
	while (*ip < conf->n_topics) {
		const struct declaration *topic = conf->topics[(*ip)++];

		if (topic->transport == BAF_TRANSPORT_DEVICE)
			return topic;
	}
	return NULL;
}

static unsigned int count_device_topics(const struct topics_conf *conf)
{
	unsigned int n = 0;

	for (size_t i = 0; next_device_topic(conf, &i);)
		n++;
	return n;
}

bool setup_has_devices(struct setup *setup, const struct topics_conf *conf)
{
	unsigned int n = count_device_topics(conf), found = 0;
	struct device device;

	while (found < n && find_device(&device, found))
		found++;
	if (found == n)
		return true;
	if (found == 0)
		setup_fail(setup, NULL,
			   "no fanout device exists: load the module (modprobe fanout "
			   "numberofdevs=%u)",
			   n);
	else
		setup_fail(setup, NULL,
			   "%u topics need a device, but there are only %u: reload the module "
			   "(modprobe -r fanout; modprobe fanout numberofdevs=%u)",
			   n, found, n);
	return false;
}

/*
 * The link.
 */

/* Replaces the link atomically, so that it exists at any moment. Returns 0 or a negative errno. */
static int make_link(int directory, const char *name, const char *path)
{
	char replacement[sizeof("..new") + BAF_NAME_MAX];

	snprintf(replacement, sizeof(replacement), ".%s.new", name);
	if (unlinkat(directory, replacement, 0) && errno != ENOENT)
		return -errno;
	if (symlinkat(path, directory, replacement))
		return -errno;
	return renameat(directory, replacement, directory, name) ? -errno : 0;
}

/* Reads a link. Returns 0; -EINVAL if it is not a link; or another negative errno. */
static int read_link(int directory, const char *name, char *path, size_t size)
{
	ssize_t n = readlinkat(directory, name, path, size - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	return 0;
}

static bool leads_to(int directory, const char *name, const struct device *device)
{
	struct stat status;

	return fstatat(directory, name, &status, 0) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == device->status.st_rdev;
}

/* Makes or corrects the link. Returns whether it is right in the end. */
static bool set_up_link(struct setup *setup, const struct declaration *topic,
			const struct device *device)
{
	char path[PATH_MAX];
	int r = read_link(setup->directory, topic->name, path, sizeof(path));
	bool missing;

	if (r == 0 && leads_to(setup->directory, topic->name, device))
		return true;
	if (r == -EINVAL) {
		setup_fail(
			setup, topic,
			"%s/%s is not a link to a device: remove it (baf rm), or declare another "
			"transport",
			setup->path, topic->name);
		return false;
	}
	missing = r == -ENOENT || setup->directory < 0;
	r = missing ? 0 : r;
	if (r == 0 && !setup->check)
		r = make_link(setup->directory, topic->name, device->path);
	if (r == 0)
		setup_add(setup, topic, "device", cell_text(missing ? NULL : path),
			  cell_text(device->path));
	else
		setup_fail_errno(setup, topic, r);
	return r == 0;
}

/*
 * The device.
 */

static void compare_size(struct setup *setup, const struct declaration *topic,
			 const struct device *device)
{
	uint64_t capacity = device->capacity;
	uint64_t declared = baf_capacity_round(topic->options.capacity);

	if (!topic->options.capacity || !capacity || baf_capacity_round(capacity) == declared)
		return;
	if (setup->check)
		setup_add(setup, topic, "size", cell_number(CELL_BYTES, capacity),
			  cell_number(CELL_BYTES, declared));
	else
		setup_fail(setup, topic,
			   "%s has %" PRIu64
			   " bytes, and all devices have the same size: reload the module with "
			   "buffersize=%" PRIu64,
			   device->path, capacity, declared);
}

static int set_rights(const char *path, const struct baf_topic_options *wish)
{
	uid_t owner = wish->owner ? (uid_t)(wish->owner - 1) : (uid_t)-1;
	gid_t group = wish->group ? (gid_t)(wish->group - 1) : (gid_t)-1;

	if ((wish->owner || wish->group) && chown(path, owner, group))
		return -errno;
	if (wish->mode && chmod(path, wish->mode & 0777))
		return -errno;
	return 0;
}

static void set_up_rights(struct setup *setup, const struct declaration *topic,
			  const struct device *device)
{
	struct baf_topic_options wish;
	int r;

	if (!setup_compare_rights(topic, &device->status, &wish))
		return;
	r = setup->check ? 0 : set_rights(device->path, &wish);
	if (r)
		setup_fail_errno(setup, topic, r);
	else
		setup_add_rights(setup, topic, &device->status, &wish);
}

static void set_up_device(struct setup *setup, const struct declaration *topic,
			  const struct device *device)
{
	if (!set_up_link(setup, topic, device))
		return;
	set_up_rights(setup, topic, device);
	compare_size(setup, topic, device);
}

/*
 * Reports links that are not declared, and leaves them alone. Messages published to them arrive in
 * a declared topic, which nobody expects.
 */
static void look_for_other_links(struct setup *setup, const struct topics_conf *conf,
				 char *const *names, const struct declaration *topic,
				 const struct device *device)
{
	for (; *names; names++)
		if (!topics_conf_find(conf, *names) && leads_to(setup->directory, *names, device))
			setup_fail(
				setup, topic,
				"the undeclared topic %s is a link to the same device: remove it "
				"(rm %s/%s)",
				*names, setup->path, *names);
}

void setup_devices(struct setup *setup, const struct topics_conf *conf)
{
	const struct declaration *topic;
	struct device device;
	char **names = NULL;
	unsigned int number = 0;

	(void)baf_topic_list(setup->path, &names);
	for (size_t i = 0; (topic = next_device_topic(conf, &i)); number++) {
		/* The device existed a moment ago. */
		if (!find_device(&device, number)) {
			setup_fail(setup, topic, "%s disappeared: load the module again",
				   device.path);
			continue;
		}
		set_up_device(setup, topic, &device);
		if (names)
			look_for_other_links(setup, conf, names, topic, &device);
	}
	free(names);
}
