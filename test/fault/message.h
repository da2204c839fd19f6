/* SPDX-License-Identifier: MIT */
/*
 * Messages that say of themselves whether they are whole, and accounts of what a subscriber got.
 *
 *     0123456789abcdef 1234abcd lfkwoqmz...
 *     number           checksum  as many letters as the message has room for
 *
 * All of it depends on the number and the size. There is neither a line feed nor a NUL in it, so
 * that every framing can carry it.
 */
#ifndef TEST_FAULT_MESSAGE_H
#define TEST_FAULT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"

/* The smallest and the largest that are made. */
enum { MESSAGE_MIN = 26, MESSAGE_MAX = 32768 };

/* Writes @size bytes, MESSAGE_MIN at least. */
void message_make(char *message, uint64_t number, size_t size);

/* Requires that it is whole. Its number. */
uint64_t message_check(const void *message, size_t size);

/* Whether it is whole, and if so its number. */
bool message_is_whole(const void *message, size_t size, uint64_t *number);

/* Publishes message @number. */
int message_publish(struct baf_publisher *publisher, uint64_t number, size_t size);

enum { ACCOUNT_PUBLISHERS = 8 };

/* The number of the @n-th message of one of several publishers; @n counts from 1. */
uint64_t account_number(unsigned int publisher, uint64_t n);

/**
 * struct account - what a subscriber got of a topic
 * @next:     the number that must come next
 * @begun:    it is known; else the first that joins the set says it
 * @shared:   messages do not bear their sequence numbers, but what account_number() makes for each
 *            of several publishers
 * @restarts: the topic may be replaced by one whose sequence numbers start anew; the messages' own
 *            numbers go on. Else the two are the same.
 * @received: messages
 * @lost:     messages that were reported as lost
 * @last:     of each publisher of a shared topic
 * @attached: how often the topic joined the set
 * @retired:  how often it left it
 */
struct account {
	uint64_t next;
	bool begun;
	bool shared;
	bool restarts;
	uint64_t received;
	uint64_t lost;
	uint64_t last[ACCOUNT_PUBLISHERS];
	unsigned int attached;
	unsigned int retired;
};

/*
 * Enters one event. Requires that every message is whole and has its place: none torn,
 * repeated, out of order, or missing without a report.
 */
void account_enter(struct account *account, const struct baf_event *event);

/*
 * Takes and enters the next event, by copy or by view, one message or a batch: @how may be any
 * number. 1; 0: nothing is there.
 */
int account_take(struct account *account, struct baf_subscriber *subscriber, unsigned int how);

/* Takes and enters all that is there. */
void account_take_all(struct account *account, struct baf_subscriber *subscriber, unsigned int how);

#endif /* TEST_FAULT_MESSAGE_H */
