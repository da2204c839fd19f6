/* SPDX-License-Identifier: MIT */
/*
 * The doorbell: an epoll instance. It contains an inotify instance, and those descriptors that
 * become readable by themselves when there is something to read. A topic in shared memory has no
 * such descriptor. Instead, a publisher that finds somebody asleep on its ring writes a word of
 * the file with pwrite(2). That notifies every watcher of the file, whatever its user or mount
 * namespace, and a watcher needs only read permission. The inotify instance also reports topics
 * that appear, and publishers that close.
 */
#ifndef BAF_DOORBELL_H
#define BAF_DOORBELL_H

#include <stdbool.h>
#include <stddef.h>

enum doorbell_event_type {
	DOORBELL_OVERFLOW, /* events were lost: look at everything */
	DOORBELL_APPEARED, /* a new file is in the directory */
	DOORBELL_RANG, /* a publisher rang for a file */
	DOORBELL_CLOSED, /* a writer closed a file */
};

/**
 * struct doorbell_event - one event
 * @type: see above
 * @name: the file that appeared; valid until the next call
 * @data: what doorbell_watch() was given for the file that rang or was closed
 */
struct doorbell_event {
	enum doorbell_event_type type;
	const char *name;
	void *data;
};

enum { DOORBELL_BUFFER = 16384 };

/**
 * struct doorbell - see above
 * @fd:         the inotify instance; -1: there is no doorbell
 * @epoll:      the epoll instance
 * @directory:  the watch on the directory
 * @by_watch:   the data of each watch on a file; NULL: no such watch
 * @n_by_watch: its length
 * @n_added:    number of added descriptors
 * @begin, @end: the events in @buffer that were not delivered yet
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

/* Opens the doorbell and watches a directory for files that appear. 0 or a negative errno. */
int doorbell_open(struct doorbell *doorbell, int directory);
void doorbell_close(struct doorbell *doorbell);

/*
 * Watches a file of the directory for rings, and for a writer's close: the writer may have died
 * between publishing a message and ringing for it. Returns the watch, or a negative errno.
 */
int doorbell_watch(struct doorbell *doorbell, int directory, const char *name, void *data);

/* Ends a watch. Does nothing if the doorbell was closed. */
void doorbell_forget(struct doorbell *doorbell, int watch);

/*
 * Adds a descriptor that becomes readable by itself, and hangs up (EPOLLRDHUP) when its last
 * writer leaves. 0 or a negative errno.
 */
int doorbell_add(struct doorbell *doorbell, int fd, void *data);

/* Removes the descriptor. Does nothing if the doorbell was closed. */
void doorbell_remove(struct doorbell *doorbell, int fd);

/* Takes the next event of a file, if there is one; never blocks. */
bool doorbell_next(struct doorbell *doorbell, struct doorbell_event *event);

/*
 * Returns the data of the descriptors that became readable since the last call, at most @n of
 * them. Returns how many; never blocks.
 */
int doorbell_ready(const struct doorbell *doorbell, void **datap, int n);

#endif /* BAF_DOORBELL_H */
