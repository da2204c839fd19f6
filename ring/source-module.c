// SPDX-License-Identifier: MIT
/*
 * Subscribing to the kernel module's topics. The module writes the ring and we map it read-only,
 * as in shared memory. Each descriptor has a slot in a page of its own, and becomes readable by
 * itself when there is something: the module does the waking.
 */
#include "ring/barrier.h"
#include "ring/module-client.h"
#include "ring/source.h"

static int module_open(struct source *source, const struct stat *status,
		       const struct baf_subscriber_options *options)
{
	return module_map(&source->map, source->fd);
}

static int module_enter(struct source *source)
{
	return module_map_slot(source->fd, &source->slot);
}

static void module_source_progress(struct source *source)
{
	module_progress(source->fd);
}

static void module_attach(struct source *source, uint64_t position, bool observe)
{
	fanout_store(&source->slot->position, position);
	fanout_store_release(&source->slot->state,
			     observe ? FANOUT_SLOT_OBSERVING : FANOUT_SLOT_ATTACHED);
	module_progress(source->fd);
}

static void module_catch_up(struct source *source)
{
	fanout_store_release(&source->slot->lapsed, 0);
	module_progress(source->fd);
}

/* The name exists before the first writer does. */
static bool module_has_publisher(const struct source *source)
{
	struct fanout_query query;

	return module_query(source->fd, &query) == 0 &&
	       (query.n_writers || (!query.ring.publisher_since && !query.ring.head));
}

static void module_close(struct source *source)
{
	source_disarm_descriptor(source);
	if (source->slot)
		module_unmap_slot(source->slot);
}

const struct source_transport source_module = {
	.announces_end = true,
	.open = module_open,
	.enter = module_enter,
	.attach = module_attach,
	.progress = module_source_progress,
	.catch_up = module_catch_up,
	.arm = source_arm_descriptor,
	.has_publisher = module_has_publisher,
	.is_superseded = source_is_another_file,
	.close = module_close,
};
