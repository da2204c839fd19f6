/* SPDX-License-Identifier: MIT */
/*
 * The source of a subscription: the ring of a topic, and a slot in which the subscriber says how
 * far it is.
 *
 * Three transports carry topics (transport.h), and each has a table of functions here.
 * source_open() chooses the table. Nothing else on the subscriber's side asks which transport it
 * is.
 */
#ifndef BAF_SOURCE_H
#define BAF_SOURCE_H

#include <linux/fanout.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "baf.h"
#include "ring/doorbell.h"
#include "ring/map.h"
#include "ring/roster.h"

struct source_transport;
struct foreign_reader;

/**
 * struct source - the ring of a topic, opened for reading
 * @transport: its functions; NULL: nothing is open
 * @directory, @topic: where the topic is; they belong to the caller
 * @owner:     owner of the topic's file
 * @map:       the ring
 * @roster:    holds our slot, in shared memory
 * @slot:      our slot in the roster, or the module's for @fd; NULL: none
 * @fd:        the topic's file, if it becomes readable by itself, or if the subscriber wants to
 *             know whether there is a publisher; else -1
 * @foreign:   of a foreign device: makes messages from its bytes
 * @doorbell:  the doorbell that reports this source; NULL: none yet
 * @watch:     the doorbell's watch on the file; -1: none
 * @asleep:    FANOUT_ATTENTION bits that were set for us and, as far as we know, not cleared
 * @inherited: the slot belongs to the parent of this process, which goes on to use it
 * @damaged:   somebody truncated the ring; set by a signal handler
 * @roster_damaged: somebody truncated the roster; likewise
 */
struct source {
	const struct source_transport *transport;
	int directory;
	const char *topic;
	uid_t owner;
	struct ring_map map;
	struct roster roster;
	struct fanout_slot *slot;
	int fd;
	struct foreign_reader *foreign;
	struct doorbell *doorbell;
	int watch;
	uint32_t asleep;
	bool inherited;
	volatile sig_atomic_t damaged;
	volatile sig_atomic_t roster_damaged;
};

#define SOURCE_NONE                                           \
	{                                                     \
		.roster = ROSTER_NONE, .fd = -1, .watch = -1, \
	}

/**
 * struct source_transport - the subscriber's side of a transport
 * @announces_end: the doorbell reports when the last publisher leaves
 * @lacks:    what users have to do without, for people to read; NULL: nothing
 * @open:     maps the ring of @fd, which is open, for a subscriber with these options. It may close
 *            @fd if nobody needs it. 0 or a negative errno
 * @enter:    takes a slot, not attached yet. 0, even if there is none to be had; or a negative
 *            errno. NULL: there are no slots
 * @attach:   with a slot only: attaches it, so that publishers wait for us from @position on,
 *            unless we only @observe
 * @progress: with a slot only: wakes publishers that wait for subscribers to come or to move on. A
 *            full fence
 * @catch_up: with a slot only: publishers that had given us up wait for us again
 * @refill:   fetches messages that are not in the ring yet; called when all in it was read. 0;
 *            -EPIPE: an unknown number of messages was lost; or another negative errno: it cannot
 *            go on. It sets *@reasonp if the errno alone does not explain why. NULL: publishers
 *            fill the ring
 * @ready:    whether refill() has something to fetch. NULL if @refill is
 * @arm:      makes a doorbell report when there is something, with @data. 1: it does so from now
 *            on; 0: it already did; or a negative errno; -ENOENT: the file's name is gone
 * @request:  asks publishers to wake us by FANOUT_ATTENTION bits. They look at this after each
 *            record, so after it the caller needs wait_barrier() and one more look. NULL: there is
 *            no need to ask
 * @has_publisher: whether a publisher has the topic, if it was opened with BAF_SUBSCRIBER_EOF.
 *            NULL: open() refuses that flag
 * @is_superseded: whether a ring other than ours has the name now
 * @close:    gives back the slot and everything else from open() and arm(), except the map and @fd
 */
struct source_transport {
	bool announces_end;
	const char *lacks;
	int (*open)(struct source *source, const struct stat *status,
		    const struct baf_subscriber_options *options);
	int (*enter)(struct source *source);
	void (*attach)(struct source *source, uint64_t position, bool observe);
	void (*progress)(struct source *source);
	void (*catch_up)(struct source *source);
	int (*refill)(struct source *source, const char **reasonp);
	bool (*ready)(const struct source *source);
	int (*arm)(struct source *source, struct doorbell *doorbell, void *data);
	void (*request)(struct source *source, uint32_t attention);
	bool (*has_publisher)(const struct source *source);
	bool (*is_superseded)(const struct source *source);
	void (*close)(struct source *source);
};

extern const struct source_transport source_memory, source_module, source_foreign;

/*
 * Opens a topic. It has no slot yet. 0; -ENOENT: there is no such topic; or another negative
 * errno.
 */
int source_open(struct source *source, int directory, const char *topic,
		const struct baf_subscriber_options *options);

/* Also works if the source was not opened. */
void source_close(struct source *source);

/* What the set needs to know about a source before it sleeps. */

/* Whether publishers wake us only if we ask: by the doorbell, or by a futex on the ring. */
static inline bool source_needs_request(const struct source *source)
{
	return source->transport->request;
}

/* Whether we cannot ask, because we have no slot. */
static inline bool source_is_unattended(const struct source *source)
{
	return source->transport->request && !source->slot;
}

/* Whether others may write the roster, and so undo our request. */
static inline bool source_is_exposed(const struct source *source)
{
	return source->roster.open_to_others;
}

static inline bool source_announces_end(const struct source *source)
{
	return source->transport->announces_end;
}

/* Whether a publisher has the topic, which was opened with BAF_SUBSCRIBER_EOF. */
static inline bool source_has_publisher(const struct source *source)
{
	return source->transport->has_publisher && source->transport->has_publisher(source);
}

/* Whether a ring other than ours has the name now. */
static inline bool source_is_superseded(const struct source *source)
{
	return source->transport->is_superseded(source);
}

/* Like baf_subscriber_handle_sigbus(). */
bool source_handle_sigbus(struct source *source, const void *address);

/*
 * For transports whose descriptor becomes readable by itself: a shared arm() and is_superseded(),
 * and a part of close().
 */
int source_arm_descriptor(struct source *source, struct doorbell *doorbell, void *data);
void source_disarm_descriptor(struct source *source);
bool source_is_another_file(const struct source *source);

#endif /* BAF_SOURCE_H */
