/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: an epoll instance. It contains an inotify instance, and descriptors that become
 * readable by themselves when they have something. A topic in shared memory has no such descriptor:
 * a publisher that finds somebody asleep on its ring writes a word of the file with pwrite(2). That
 * tells every watcher of the file, whatever its user or mount namespace, and takes no more than
 * read permission. The inotify instance also tells of topics that appear, and of publishers that
 * close.
 */
#ifndef BAF_DOORBELL_H
#define BAF_DOORBELL_H

#include <stdbool.h>
#include <stddef.h>

enum doorbell_event_type {
	DOORBELL_OVERFLOW, /* events were lost: look at everything */
	DOORBELL_APPEARED, /* a file is new in the directory */
	DOORBELL_RANG, /* somebody rang at a file */
	DOORBELL_CLOSED, /* a writer closed a file */
};

/**
 * struct doorbell_event - what happened
 * @type: see above
 * @name: of the file that appeared; valid until the next call
 * @data: of the file that rang or was closed, as doorbell_watch() was told
 */
struct doorbell_event {
	enum doorbell_event_type type;
	const char *name;
	void *data;
};

enum { DOORBELL_BUFFER = 16384 };

/**
 * struct doorbell - see above
 * @fd:         of the inotify instance; -1: there is no doorbell
 * @epoll:      of the epoll instance
 * @directory:  the watch on the directory
 * @by_watch:   the data of each watch on a file; NULL: no such watch
 * @n_by_watch: how long that is
 * @n_added:    descriptors that were added
 * @begin, @end: the events in @buffer that were not told yet
 */
struct doorbell {
	int fd;
	int epoll;
	int directory;
	void **by_watch;
	size_t n_by_watch;
	size_t n_added;
	unsigned int begin;
	unsigned int end;
	_Alignas(8) char buffer[DOORBELL_BUFFER];
};

/* Opens it and watches a directory for files that appear. 0 or a negative errno. */
int doorbell_open(struct doorbell *doorbell, int directory);
void doorbell_close(struct doorbell *doorbell);

/*
 * Watches a file of the directory for rings, and for a writer's close: the writer may have died
 * between a message and the ring for it. The watch, or a negative errno.
 */
int doorbell_watch(struct doorbell *doorbell, int directory, const char *name, void *data);

/* Ends a watch. Nothing happens if the doorbell was closed. */
void doorbell_forget(struct doorbell *doorbell, int watch);

/*
 * Adds a descriptor that becomes readable by itself, and hangs up (EPOLLRDHUP) when its last writer
 * leaves. 0 or a negative errno.
 */
int doorbell_add(struct doorbell *doorbell, int fd, void *data);

/* Takes it out again. Nothing happens if the doorbell was closed. */
void doorbell_remove(struct doorbell *doorbell, int fd);

/* The next event of a file, if there is one; never blocks. */
bool doorbell_next(struct doorbell *doorbell, struct doorbell_event *event);

/*
 * Gives the data of descriptors, at most @n, that became readable since the last call. How many;
 * never blocks.
 */
int doorbell_ready(const struct doorbell *doorbell, void **datap, int n);

#endif /* BAF_DOORBELL_H */
