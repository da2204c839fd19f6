/* SPDX-License-Identifier: MIT */
/* Shared by the two files of the subscribing end: subscriber.c reads, sleep.c sleeps. */
#ifndef BAF_SUBSCRIBER_H
#define BAF_SUBSCRIBER_H

#include <signal.h>
#include <stdbool.h>

#include "baf.h"
#include "ring/doorbell.h"
#include "ring/process.h"
#include "ring/set.h"
#include "ring/wait.h"

/**
 * struct baf_subscriber - a set of subscriptions that is read as one stream
 * @guard:   tells whether this process opened it, or a parent did
 * @set:     the subscriptions
 * @current: the one whose view the caller has; NULL: none
 * @doorbell: tells a sleeper what happens
 * @spin:    looks for messages before it sleeps
 * @events:  events taken since the last check for rings
 * @closing: how many more looks at a publisher that is closing
 * @private_directory: nobody else can reach the files in it
 * @barrier_fails: wait_register() or wait_barrier() failed
 * @doorbell_fails: the doorbell could not be opened
 * @deaf:    a ring cannot be watched: its name is gone
 * @roster_damaged: somebody truncated a roster; set by a signal handler
 */
struct baf_subscriber {
	struct process_guard guard;
	struct set set;
	struct subscription *current;
	struct doorbell doorbell;
	struct wait_spin spin;
	unsigned int events;
	unsigned int closing;
	bool private_directory;
	bool barrier_fails;
	bool doorbell_fails;
	bool deaf;
	volatile sig_atomic_t roster_damaged;
};

/*
 * Opens the doorbell, if it is not open, and looks for topics that came before. 0 or a negative
 * errno.
 */
int subscriber_open_doorbell(struct baf_subscriber *subscriber);

/* Takes the doorbell's events: topics become hot, or appear. Never blocks. */
void subscriber_hear(struct baf_subscriber *subscriber);

#endif /* BAF_SUBSCRIBER_H */
