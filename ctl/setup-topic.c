/* SPDX-License-Identifier: MIT */
/* Topics that are files: rings in shared memory, and topics on the kernel's file system. */
#include <errno.h>
#include <fcntl.h>

#include "ctl/setup-topic.h"
#include "ctl/transport-name.h"

/* Changes what differs, and reports it. Returns whether that succeeded. */
static bool change(struct setup *setup, const struct declaration *topic,
		   const struct baf_topic_options *wish)
{
	int r = setup->check ? 0 : baf_topic_set(setup->path, topic->name, wish);

	if (r)
		setup_fail_errno(setup, topic, r);
	return r == 0;
}

static void mend_rights(struct setup *setup, const struct declaration *topic,
			const struct stat *status)
{
	struct baf_topic_options wish;

	if (setup_compare_rights(topic, status, &wish) && change(setup, topic, &wish))
		setup_add_rights(setup, topic, status, &wish);
}

static void mend_size(struct setup *setup, const struct declaration *topic, uint64_t capacity)
{
	struct baf_topic_options wish = BAF_TOPIC_OPTIONS_INIT;
	uint64_t declared = baf_capacity_round(topic->options.capacity);

	wish.capacity = topic->options.capacity;
	if (wish.capacity && declared != capacity && change(setup, topic, &wish))
		setup_add(setup, topic, "size", cell_number(CELL_BYTES, capacity),
			  cell_number(CELL_BYTES, declared));
}

/*
 * Reads the properties of an existing topic. Returns 0 or a negative errno, also if the file is not
 * a topic.
 */
static int look(const struct setup *setup, const struct declaration *topic, struct stat *status,
		uint64_t *capacityp)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	int r;

	if (setup->directory < 0)
		return -ENOENT;
	if (fstatat(setup->directory, topic->name, status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISLNK(status->st_mode))
		return -ELOOP;
	*capacityp = (uint64_t)status->st_size;
	/* Do not ask the kernel about a topic of its own: opening takes memory for it. */
	if (setup->holds == BAF_TRANSPORT_KERNEL)
		return 0;
	r = baf_topic_query(setup->path, topic->name, &info, NULL);
	*capacityp = info.capacity;
	return r;
}

/* Makes the topic. Returns whether one exists now that somebody else made. */
static bool make(struct setup *setup, const struct declaration *topic)
{
	int r = setup->check ? 0 : baf_topic_create(setup->path, topic->name, &topic->options);

	if (r == -EEXIST)
		return true;
	if (r)
		setup_fail_errno(setup, topic, r);
	else
		setup_add(setup, topic, "transport", cell_none(),
			  cell_text(transport_name(setup->holds)));
	return false;
}

void setup_topic(struct setup *setup, const struct declaration *topic)
{
	struct stat status;
	uint64_t capacity = 0;
	int r = look(setup, topic, &status, &capacity);

	if (r == -ENOENT) {
		if (!make(setup, topic))
			return;
		/* A publisher made it first. */
		r = look(setup, topic, &status, &capacity);
	}
	if (r) {
		setup_fail_errno(setup, topic, r);
		return;
	}
	mend_rights(setup, topic, &status);
	mend_size(setup, topic, capacity);
}
