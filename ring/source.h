/* SPDX-License-Identifier: MIT */
/*
 * What a subscription reads from: the ring of a topic, and a slot in which it says how far it is.
 */
#ifndef BAF_SOURCE_H
#define BAF_SOURCE_H

#include <linux/fanout.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "ring/doorbell.h"
#include "ring/foreign-device.h"
#include "ring/map.h"
#include "ring/roster.h"
#include "ring/transport.h"

/**
 * struct source - the ring of a topic, opened for reading
 * @transport: of the ring
 * @map:       the ring
 * @roster:    where our slot is, in shared memory
 * @slot:      our slot on the roster, or the module's for @fd; NULL: none
 * @fd:        the ring's file, if it tells by itself when there is something, or if somebody wants
 *             to know whether there is a publisher; else -1
 * @foreign:   of a foreign device, which @fd is then: makes messages of its bytes; else NULL
 * @doorbell:  where @fd was added; NULL: nowhere
 * @asleep:    FANOUT_ATTENTION bits that were set for us and, as far as we know, not cleared
 * @inherited: the slot belongs to the parent of this process, which goes on to use it
 * @damaged:   somebody truncated the ring; set by a signal handler
 * @roster_damaged: somebody truncated the roster; likewise
 */
struct source {
	enum transport transport;
	struct ring_map map;
	struct roster roster;
	struct fanout_slot *slot;
	int fd;
	struct foreign_device *foreign;
	struct doorbell *doorbell;
	uint32_t asleep;
	bool inherited;
	volatile sig_atomic_t damaged;
	volatile sig_atomic_t roster_damaged;
};

#define SOURCE_NONE                              \
	{                                        \
		.roster = ROSTER_NONE, .fd = -1, \
	}

#endif /* BAF_SOURCE_H */
