/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: an epoll instance, with an inotify instance in it and with topics of the kernel's,
 * which tell by themselves when they have something. For topics in shared memory, a publisher that
 * finds somebody asleep on its ring writes a word of it with pwrite(2). That tells every watcher of
 * that file, whatever user or mount namespace it is in, and needs no more than read permission there.
 * The same instance tells of topics that appear, and of publishers that close.
 */
#ifndef BAF_DOORBELL_H
#define BAF_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct doorbell_event - what happened
 * @watch: on which watch; -1: events were lost, look at everything
 * @mask:  IN_ flags
 * @name:  of the file, on the directory's watch; valid until the next call
 */
struct doorbell_event {
	int watch;
	uint32_t mask;
	const char *name;
};

enum { DOORBELL_BUFFER = 16384 };

struct doorbell {
	int fd; /* of the inotify instance; -1: there is no doorbell */
	int set; /* of the epoll instance */
	int directory;
	unsigned int begin;
	unsigned int end;
	_Alignas(8) char buffer[DOORBELL_BUFFER];
};

/* Opens it and watches a directory for files that appear. 0 or a negative errno. */
int doorbell_open(struct doorbell *doorbell, int directory);
void doorbell_close(struct doorbell *doorbell);

/*
 * Watches a file of the directory for rings, and for a writer's close: it may have died between a
 * message and the ring for it. The watch, or a negative errno.
 */
int doorbell_watch(struct doorbell *doorbell, int directory, const char *name);
void doorbell_forget(struct doorbell *doorbell, int file);

/*
 * Gives what topics of the kernel's have had something to tell since the last call, at most @n:
 * whatever was put into the epoll instance with them. How many; never blocks.
 */
int doorbell_ready(const struct doorbell *doorbell, void **datap, int n);

/* The next event, if there is one; never blocks. */
bool doorbell_next(struct doorbell *doorbell, struct doorbell_event *event);

#endif /* BAF_DOORBELL_H */
