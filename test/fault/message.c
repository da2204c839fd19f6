// SPDX-License-Identifier: MIT
#include "test/fault/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/fault/promise.h"

static uint32_t checksum(uint64_t number, size_t size)
{
	struct random random = { .state = number ^ (uint64_t)size << 40 };

	return (uint32_t)random_next(&random);
}

static char letter(uint32_t sum, size_t at)
{
	return (char)('a' + (sum + at * 7 + (at >> 5) * 3) % 26);
}

void message_make(char *message, uint64_t number, size_t size)
{
	uint32_t sum = checksum(number, size);
	char head[MESSAGE_MIN + 1];

	snprintf(head, sizeof(head), "%016llx %08x ", (unsigned long long)number, sum);
	memcpy(message, head, MESSAGE_MIN);
	for (size_t i = MESSAGE_MIN; i < size; i++)
		message[i] = letter(sum, i);
}

bool message_is_whole(const void *message, size_t size, uint64_t *number)
{
	char head[MESSAGE_MIN + 1] = "", copy[MESSAGE_MIN + 1];
	const char *bytes = message;
	uint32_t sum;

	if (size < MESSAGE_MIN)
		return false;
	memcpy(head, bytes, MESSAGE_MIN);
	*number = strtoull(head, NULL, 16);
	sum = checksum(*number, size);
	snprintf(copy, sizeof(copy), "%016llx %08x ", (unsigned long long)*number, sum);
	if (memcmp(copy, head, MESSAGE_MIN) != 0)
		return false;
	for (size_t i = MESSAGE_MIN; i < size; i++)
		if (bytes[i] != letter(sum, i))
			return false;
	return true;
}

uint64_t message_check(const void *message, size_t size)
{
	uint64_t number = 0;

	require(message_is_whole(message, size, &number));
	return number;
}

int message_publish(struct baf_publisher *publisher, uint64_t number, size_t size)
{
	char message[MESSAGE_MAX];

	message_make(message, number, size);
	return baf_publisher_publish(publisher, message, size);
}

/*
 * Accounts.
 */

uint64_t account_number(unsigned int publisher, uint64_t n)
{
	return (uint64_t)publisher << 48 | n;
}

static void enter_number(struct account *account, uint64_t number)
{
	uint64_t publisher = number >> 48;

	if (account->shared) {
		require(publisher < ACCOUNT_PUBLISHERS);
		require(number > account->last[publisher]);
		account->last[publisher] = number;
	} else {
		require_equal(number, account->next);
	}
	account->next++;
}

static void enter_messages(struct account *account, const struct baf_event *event)
{
	const void *bytes = event->data, *message;
	size_t left = event->size, size;
	uint64_t n = 0;

	while (left && baf_batch_next(event->framing, &bytes, &left, &message, &size) == 1) {
		enter_number(account, message_check(message, size));
		n++;
	}
	require_equal(left, 0);
	require_equal(n, event->count);
	account->received += n;
}

static void enter_loss(struct account *account, const struct baf_event *event)
{
	require(event->count > 0);
	account->next += event->count;
	account->lost += event->count;
	if (!account->restarts)
		require_equal(event->sequence, account->next);
}

static void enter_attached(struct account *account, const struct baf_event *event)
{
	account->attached++;
	if (account->begun)
		return;
	account->begun = true;
	account->next = event->sequence;
}

void account_enter(struct account *account, const struct baf_event *event)
{
	switch (event->type) {
	case BAF_EVENT_MESSAGES:
		if (!account->restarts)
			require_equal(event->sequence, account->next);
		enter_messages(account, event);
		break;
	case BAF_EVENT_LOST:
		enter_loss(account, event);
		break;
	case BAF_EVENT_ATTACHED:
		enter_attached(account, event);
		break;
	case BAF_EVENT_RETIRED:
		account->retired++;
		break;
	case BAF_EVENT_FAILED:
		remark("%s failed: %s", event->topic, event->reason);
		require(event->type != BAF_EVENT_FAILED);
	}
}

/* What is viewed counts only if it was intact after it was copied. Whether it was. */
static bool keep_view(struct baf_subscriber *subscriber, struct baf_event *event, char *copy)
{
	if (event->type != BAF_EVENT_MESSAGES)
		return true;
	memcpy(copy, event->data, event->size);
	event->data = copy;
	return baf_subscriber_intact(subscriber);
}

int account_take(struct account *account, struct baf_subscriber *subscriber, unsigned int how)
{
	static _Thread_local char copy[2 * MESSAGE_MAX];
	struct baf_event event;
	bool counts = true;
	int r;

	if (how % 4 == 0)
		r = baf_subscriber_read(subscriber, copy, sizeof(copy), &event);
	else if (how % 4 == 1)
		r = baf_subscriber_read_batch(subscriber, copy, sizeof(copy), &event);
	else if (how % 4 == 2)
		r = baf_subscriber_next(subscriber, &event);
	else
		r = baf_subscriber_next_batch(subscriber, &event);
	require(r == 0 || r == 1);
	if (r && how % 4 >= 2)
		counts = keep_view(subscriber, &event, copy);
	if (r && counts)
		account_enter(account, &event);
	return r;
}

void account_take_all(struct account *account, struct baf_subscriber *subscriber, unsigned int how)
{
	while (account_take(account, subscriber, how))
		;
}
