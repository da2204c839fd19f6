/* SPDX-License-Identifier: MIT */
/*
 * Numbered messages: how a benchmark knows that what arrived is what was sent.
 *
 * Each message carries its number twice, in its first and in its last eight
 * bytes (the same eight bytes if it is no longer than that). A receiver expects
 * 0, 1, 2 ... and keeps account of everything else: numbers that never came,
 * numbers that came again or too late, messages of another size, and messages whose two ends do
 * not agree. The number of the last message has a bit of its own, so that the
 * receiver knows when to stop. A fast wrong result thus shows as a wrong one.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define STAMP_LAST (UINT64_C(1) << 63)
#define STAMP_SIZE sizeof(uint64_t)

/* The account of one receiver. */
struct stamp_account {
	size_t size; /* that every message should have */
	uint64_t next; /* the number that should come now */
	uint64_t received; /* messages with a number that was due */
	uint64_t lost; /* numbers that were passed over */
	uint64_t wrong; /* torn, of another size, twice or out of order */
};

/* Puts a number on a message of at least STAMP_SIZE bytes. */
static inline void stamp_write(void *message, size_t size, uint64_t number)
{
	unsigned char *bytes = message;

	memcpy(bytes, &number, STAMP_SIZE);
	memcpy(bytes + size - STAMP_SIZE, &number, STAMP_SIZE);
}

/* Enters a message into the account. Returns 1 if it is the last one, else 0. */
static inline int stamp_check(struct stamp_account *account, const void *message, size_t size)
{
	const unsigned char *bytes = message;
	uint64_t first, last, number;

	if (__builtin_expect(size != account->size, 0)) {
		account->wrong++;
		return 0;
	}
	memcpy(&first, bytes, STAMP_SIZE);
	memcpy(&last, bytes + size - STAMP_SIZE, STAMP_SIZE);
	number = first & ~STAMP_LAST;
	if (__builtin_expect(first != last || number < account->next, 0)) {
		account->wrong++;
		return 0;
	}
	account->lost += number - account->next;
	account->next = number + 1;
	account->received++;
	return first != number;
}

#endif /* BENCH_STAMP_H */
