/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: an epoll instance, with an inotify instance in it and with topics of the kernel's,
 * which tell by themselves when they have something. For topics in shared memory, a publisher that
 * finds somebody asleep on its ring writes a word of it with pwrite(2). That tells every watcher of
 * that file, whatever user or mount namespace it is in, and needs no more than read permission there.
 * The same instance tells of topics that appear, and of publishers that close.
 */
#ifndef BAF_WATCH_H
#define BAF_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct watch_event - what happened
 * @watch: on which watch; -1: events were lost, look at everything
 * @mask:  IN_ flags
 * @name:  of the file, on the directory's watch; valid until the next call
 */
struct watch_event {
	int watch;
	uint32_t mask;
	const char *name;
};

enum { WATCH_BUFFER = 16384 };

struct watch {
	int fd; /* of the inotify instance; -1: there is no doorbell */
	int set; /* of the epoll instance */
	int directory;
	unsigned int begin;
	unsigned int end;
	_Alignas(8) char buffer[WATCH_BUFFER];
};

/* Opens it and watches a directory for files that appear. 0 or a negative errno. */
int watch_open(struct watch *watch, int directory);
void watch_close(struct watch *watch);

/*
 * Watches a file of the directory for rings, and for a writer's close: it may have died between a
 * message and the ring for it. The watch, or a negative errno.
 */
int watch_file(struct watch *watch, int directory, const char *name);
void watch_forget(struct watch *watch, int file);

/*
 * Gives what topics of the kernel's have had something to tell since the last call, at most @n:
 * whatever was put into the epoll instance with them. How many; never blocks.
 */
int watch_ready(const struct watch *watch, void **datap, int n);

/* The next event, if there is one; never blocks. */
bool watch_next(struct watch *watch, struct watch_event *event);

#endif /* BAF_WATCH_H */
