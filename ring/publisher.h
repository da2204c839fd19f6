/* SPDX-License-Identifier: MIT */
/*
 * The publishing end inside the library: the contents of a handle, and the work of a transport.
 *
 *     publisher.c           the public calls, framing, the choice of the transport
 *     publisher-memory.c    shared memory: open, replace, turns, remove
 *     publisher-memory.h    shared memory: the quick path of a record, inline
 *     room.c                shared memory: storage, and room in the ring within the patience
 *     publisher-module.c    the kernel module
 *     publisher-foreign.c   foreign devices
 *
 * One thread at a time uses a handle, so no locks against other threads are needed. A signal
 * handler may interrupt it: it calls baf_publisher_handle_sigbus(), which sets the flags called
 * damaged and maps a page where memory is missing. The locks against other publishers are in
 * topic.h.
 */
#ifndef BAF_PUBLISHER_H
#define BAF_PUBLISHER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"
#include "ring/clock.h"
#include "ring/map.h"
#include "ring/process.h"
#include "ring/ring.h"
#include "ring/roster.h"
#include "ring/topic.h"
#include "ring/wait.h"

/**
 * struct publisher_record - a record that is ready to publish
 * @payload:    its bytes
 * @length:     how many
 * @framing:    how they split into messages
 * @n_messages: how many messages they are
 * @bytes:      how many bytes are in messages, without delimiters and lengths
 */
struct publisher_record {
	const void *payload;
	size_t length;
	enum baf_framing framing;
	size_t n_messages;
	size_t bytes;
};

/**
 * struct publisher_transport - the publisher's side of a transport
 * @open:         opens the topic, or makes it: sets the descriptor, capacity and limit. The
 *   directory is open; so is the descriptor if the topic is a device. After an error close() is
 *   called, too.
 * @begin:        gets room for a record of @length bytes, and the turn in a shared topic: the
 *   payload goes to publisher->payload. May wait. NULL: commit() copies the payload from anywhere.
 * @commit:       publishes the record that was begun, and ends the turn. If begin() is NULL it
 *   may wait, and after -EINTR nothing is published. It does not count the record.
 * @cancel:       undoes begin(). NULL: nothing to do
 * @count_subscribers: how many are attached. NULL: the transport does not know
 * @sleep_for_subscribers: sleeps until there may be @n_subscribers, at most @timeout nanoseconds.
 *   It may wake early. Comes with count_subscribers()
 * @set_patience: called when publisher->patience has changed. NULL: nobody waits for subscribers
 * @add_counters: adds counts that others keep for this publisher. NULL: there are none
 * @remove:       removes the topic's name
 * @leave:        tells others that the publisher closes the topic and leaves it there. NULL:
 *   nothing to tell
 * @close:        frees everything from open() but the descriptor. A child may call it after a fork,
 *   so it changes nothing that others see. NULL: nothing to free
 * @handle_sigbus: as baf_publisher_handle_sigbus(). Async-signal-safe. NULL: no memory is shared
 *
 * Unless stated otherwise, those that return an int return 0 or a negative errno.
 */
struct publisher_transport {
	int (*open)(struct baf_publisher *publisher, const struct baf_publisher_options *options);
	int (*begin)(struct baf_publisher *publisher, uint64_t length);
	int (*commit)(struct baf_publisher *publisher, const struct publisher_record *record);
	void (*cancel)(struct baf_publisher *publisher);
	int (*count_subscribers)(struct baf_publisher *publisher);
	int (*sleep_for_subscribers)(struct baf_publisher *publisher, unsigned int n_subscribers,
				     uint64_t timeout);
	void (*set_patience)(struct baf_publisher *publisher);
	void (*add_counters)(const struct baf_publisher *publisher,
			     struct baf_publisher_counters *counters);
	int (*remove)(struct baf_publisher *publisher);
	void (*leave)(struct baf_publisher *publisher);
	void (*close)(struct baf_publisher *publisher);
	int (*handle_sigbus)(struct baf_publisher *publisher, const void *address);
};

extern const struct publisher_transport publisher_memory;
extern const struct publisher_transport publisher_module;
extern const struct publisher_transport publisher_foreign;

/**
 * struct publisher_memory - a publisher in shared memory
 * @names:          names of the topic's files
 * @lock:           the lock file: byte 0 is held while the topic is open, byte 1 for a turn
 * @map:            the ring
 * @roster:         its list of subscribers; without one the publisher waits for nobody
 * @writer:         of the ring; in a shared topic it is valid only during a turn
 * @gate:           the least position that the last look at the roster found: until the tail gets
 *   there, nobody is in the way
 * @stored:         positions before this have storage. 0: a record cannot take the quick path
 * @clock:          for the times of records
 * @spin:           how to wait for room
 * @fence:          a publish needs a fence of its own: nobody else can make us pass one
 * @roster_damaged: somebody truncated the roster
 */
struct publisher_memory {
	struct topic_names names;
	int lock;
	struct ring_map map;
	struct roster roster;
	struct fanout_writer writer;
	uint64_t gate;
	uint64_t stored;
	struct clock clock;
	struct wait_spin spin;
	bool fence;
	volatile sig_atomic_t roster_damaged;
};

/**
 * struct publisher_module - a publisher to the module
 * @is_device: the topic is a device: it keeps its capacity and its name
 * @before:    the module's counts for the topic before it was opened
 */
struct publisher_module {
	bool is_device;
	struct baf_publisher_counters before;
};

/**
 * struct publisher_foreign - a publisher to a foreign device
 * @framing: how messages stand in its bytes
 */
struct publisher_foreign {
	enum baf_framing framing;
};

/**
 * struct baf_publisher - a topic that is open for publishing
 * @guard:         tells whether we are the process that opened it
 * @transport:     of the topic; NULL: not known yet
 * @directory:     its directory
 * @fd:            the topic
 * @flags:         BAF_PUBLISHER_ flags
 * @removed:       we removed it: nothing more can be published
 * @damaged:       somebody truncated the ring
 * @reserved:      a record was begun and neither published nor given up
 * @reserved_size: its bytes
 * @payload:       of the record that was begun
 * @buffer:        memory for a payload that commit() copies; the handle owns it
 * @buffer_size:   its bytes
 * @patience:      how long a publish may wait for subscribers, in nanoseconds
 * @capacity:      bytes of the ring; 0: not known
 * @limit:         bytes of the largest payload
 * @counters:      for baf_publisher_get_counters()
 * @memory:        state of one transport; the others stay zero
 * @module:        likewise
 * @foreign:       likewise
 * @topic:         its name
 */
struct baf_publisher {
	struct process_guard guard;
	const struct publisher_transport *transport;
	int directory;
	int fd;
	uint32_t flags;
	bool removed;
	bool reserved;
	volatile sig_atomic_t damaged;
	size_t reserved_size;
	void *payload;
	void *buffer;
	size_t buffer_size;
	uint64_t patience;
	uint64_t capacity;
	size_t limit;
	struct baf_publisher_counters counters;
	struct publisher_memory memory;
	struct publisher_module module;
	struct publisher_foreign foreign;
	char topic[BAF_NAME_MAX + 1];
};

static inline bool publisher_is_shared(const struct baf_publisher *publisher)
{
	return publisher->flags & BAF_PUBLISHER_SHARED;
}

/* The options of a topic that a publisher makes. */
struct baf_topic_options publisher_topic_options(const struct baf_publisher_options *options);

#endif /* BAF_PUBLISHER_H */
