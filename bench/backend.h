/* SPDX-License-Identifier: MIT */
/*
 * What bench-library needs of a transport that it measures: a way to send numbered
 * messages and a way to receive and check them, each as a loop of the
 * backend's own, so that no call through a pointer stands between two messages.
 */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "bench/stamp.h"

#define BACKEND_BURST 64 /* messages between two looks at the clock; a power of two */
#define BACKEND_SOURCE_MAX (256U << 10) /* bytes that the messages of a burst are sent from */
#define BACKEND_CAPACITY (4U << 20) /* bytes of every ring that is measured */
#define BACKEND_SUBSCRIBERS_MAX 64

struct backend;

/*
 * One measurement, seen from one process of it. All backends send from the same places, since
 * what a cache holds of them matters for larger messages.
 */
struct backend_run {
	const struct backend *backend;
	const char *directory; /* for topics */
	size_t size; /* of each message */
	unsigned int n_subscribers;
	unsigned int index; /* of this subscriber */
	unsigned char *buffer; /* receiver: its own copy of a message */
	size_t buffer_size;
	unsigned char *source; /* publisher: what to send, n_places messages, used in turn */
	size_t n_places; /* a power of two, at most BACKEND_BURST */
	void *state; /* the backend's */
};

/*
 * All functions return 0, or a negative errno. The order of calls: prepare, once, before the
 * subscribers are forked; then in each subscriber attach and receive; in the publisher
 * open, and send as often as it likes.
 */
struct backend {
	const char *name;
	const char *description;
	int variant; /* for the backend itself */
	int (*prepare)(struct backend_run *run);
	int (*attach)(struct backend_run *run);
	int (*open)(struct backend_run *run);
	/* Sends n messages, at most BACKEND_BURST, numbered from number on; flags go into the
	 * last one's number. */
	int (*send)(struct backend_run *run, uint64_t number, size_t n, uint64_t flags);
	/* Receives until the message came that has STAMP_LAST. */
	int (*receive)(struct backend_run *run, struct stamp_account *account);
	void (*close)(struct backend_run *run); /* the publisher, when all have received; or NULL */
};

/* The place of the i-th message of a burst, with its number on it. */
static inline void *backend_message(const struct backend_run *run, size_t i, uint64_t number)
{
	unsigned char *message = run->source + (i & (run->n_places - 1)) * run->size;

	stamp_write(message, run->size, number);
	return message;
}

extern const struct backend naive_backends[];
extern const size_t n_naive_backends;
extern const struct backend baf_backends[];
extern const size_t n_baf_backends;

#endif /* BENCH_BACKEND_H */
