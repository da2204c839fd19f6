// SPDX-License-Identifier: MIT
#include "ring/source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ring/directory.h"
#include "ring/transport.h"

static const struct source_transport *choose(int fd, const struct stat *status)
{
	switch (transport_of_file(fd, status)) {
	case TRANSPORT_MODULE:
		return &source_module;
	case TRANSPORT_FOREIGN:
		return &source_foreign;
	case TRANSPORT_MEMORY:
		break;
	}
	return &source_memory;
}

int source_open(struct source *source, int directory, const char *topic,
		const struct baf_subscriber_options *options)
{
	struct stat status;
	int fd = directory_open_file(directory, topic, O_RDONLY, &status);
	int r;

	if (fd < 0)
		return fd;
	source->transport = choose(fd, &status);
	source->directory = directory;
	source->topic = topic;
	source->owner = status.st_uid;
	source->fd = fd;
	r = source->transport->open(source, &status, options);
	if (r)
		source_close(source);
	return r;
}

void source_close(struct source *source)
{
	if (!source->transport)
		return;
	source->transport->close(source);
	ring_map_deinit(&source->map);
	if (source->fd >= 0)
		close(source->fd);
	*source = (struct source)SOURCE_NONE;
}

bool source_handle_sigbus(struct source *source, const void *address)
{
	if (ring_map_contains(&source->map, address)) {
		source->damaged = 1;
		return ring_map_patch(address);
	}
	if (roster_contains(&source->roster, address)) {
		source->roster_damaged = 1;
		return ring_map_patch(address);
	}
	return false;
}

int source_arm_descriptor(struct source *source, struct doorbell *doorbell, void *data)
{
	int r;

	if (source->doorbell)
		return 0;
	r = doorbell_add(doorbell, source->fd, data);
	if (r)
		return r;
	source->doorbell = doorbell;
	return 1;
}

/* Before the descriptor is closed: a child may have it open, too. */
void source_disarm_descriptor(struct source *source)
{
	if (source->doorbell)
		doorbell_remove(source->doorbell, source->fd);
	source->doorbell = NULL;
}

/* Does not open the device: that would make us one of its readers. */
bool source_is_another_file(const struct source *source)
{
	struct stat ours, named;

	return fstat(source->fd, &ours) == 0 &&
	       fstatat(source->directory, source->topic, &named, 0) == 0 &&
	       !is_same_file(&ours, &named);
}
