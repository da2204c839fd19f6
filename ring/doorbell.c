// SPDX-License-Identifier: MIT
#include "ring/doorbell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

static int add(const struct doorbell *doorbell, int directory, const char *name, uint32_t mask)
{
	char path[320];
	int r;

	/* By descriptor: the directory's path may have changed. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", directory, name);
	r = inotify_add_watch(doorbell->fd, path, mask);
	return r < 0 ? -errno : r;
}

static int open_epoll(struct doorbell *doorbell)
{
	struct epoll_event event = { .events = EPOLLIN };

	doorbell->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (doorbell->epoll < 0)
		return -errno;
	return epoll_ctl(doorbell->epoll, EPOLL_CTL_ADD, doorbell->fd, &event) ? -errno : 0;
}

int doorbell_open(struct doorbell *doorbell, int directory)
{
	int r;

	doorbell->begin = doorbell->end = 0;
	doorbell->n_added = 0;
	doorbell->epoll = -1;
	doorbell->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (doorbell->fd < 0)
		return -errno;
	r = doorbell->directory =
		add(doorbell, directory, ".", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (r >= 0)
		r = open_epoll(doorbell);
	if (r)
		doorbell_close(doorbell);
	return r;
}

void doorbell_close(struct doorbell *doorbell)
{
	if (doorbell->fd < 0)
		return;
	if (doorbell->epoll >= 0)
		close(doorbell->epoll);
	close(doorbell->fd);
	doorbell->fd = -1;
	free(doorbell->by_watch);
	doorbell->by_watch = NULL;
	doorbell->n_by_watch = 0;
}

int doorbell_ready(const struct doorbell *doorbell, void **datap, int n)
{
	struct epoll_event events[64];
	int n_events, n_ready = 0;

	if (doorbell->fd < 0 || !doorbell->n_added)
		return 0;
	n_events = epoll_wait(doorbell->epoll, events, n < 64 ? n : 64, 0);
	for (int i = 0; i < n_events; i++)
		if (events[i].data.ptr)
			datap[n_ready++] = events[i].data.ptr;
	return n_ready;
}

/* Makes room for the data of a watch. Watch numbers only grow, but they may leave gaps. */
static int grow(struct doorbell *doorbell, size_t watch)
{
	size_t n = watch * 2 + 16;
	void **by_watch;

	if (watch < doorbell->n_by_watch)
		return 0;
	by_watch = realloc(doorbell->by_watch, n * sizeof(*by_watch));
	if (!by_watch)
		return -ENOMEM;
	memset(by_watch + doorbell->n_by_watch, 0, (n - doorbell->n_by_watch) * sizeof(*by_watch));
	doorbell->by_watch = by_watch;
	doorbell->n_by_watch = n;
	return 0;
}

int doorbell_watch(struct doorbell *doorbell, int directory, const char *name, void *data)
{
	int watch = add(doorbell, directory, name, IN_CLOSE_WRITE | IN_MODIFY | IN_DONT_FOLLOW);

	if (watch < 0)
		return watch;
	if (grow(doorbell, (size_t)watch)) {
		inotify_rm_watch(doorbell->fd, watch);
		return -ENOMEM;
	}
	doorbell->by_watch[watch] = data;
	return watch;
}

void doorbell_forget(struct doorbell *doorbell, int watch)
{
	if (doorbell->fd < 0)
		return;
	inotify_rm_watch(doorbell->fd, watch);
	doorbell->by_watch[watch] = NULL;
}

int doorbell_add(struct doorbell *doorbell, int fd, void *data)
{
	/* Edge-triggered: while there is no publisher, EPOLLRDHUP stays set. */
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.ptr = data,
	};

	if (epoll_ctl(doorbell->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	doorbell->n_added++;
	return 0;
}

void doorbell_remove(struct doorbell *doorbell, int fd)
{
	if (doorbell->fd >= 0 && epoll_ctl(doorbell->epoll, EPOLL_CTL_DEL, fd, NULL) == 0)
		doorbell->n_added--;
}

static bool fill(struct doorbell *doorbell)
{
	ssize_t n;

	if (doorbell->begin < doorbell->end)
		return true;
	n = read(doorbell->fd, doorbell->buffer, sizeof(doorbell->buffer));
	doorbell->begin = 0;
	doorbell->end = n > 0 ? (unsigned int)n : 0;
	return doorbell->end > 0;
}

static void *data_of(const struct doorbell *doorbell, int watch)
{
	return watch >= 0 && (size_t)watch < doorbell->n_by_watch ? doorbell->by_watch[watch] :
								    NULL;
}

bool doorbell_next(struct doorbell *doorbell, struct doorbell_event *event)
{
	while (doorbell->fd >= 0 && fill(doorbell)) {
		const struct inotify_event *at = (const void *)(doorbell->buffer + doorbell->begin);

		doorbell->begin += (unsigned int)sizeof(*at) + at->len;
		*event = (struct doorbell_event){
			.type = at->mask & IN_CLOSE_WRITE ? DOORBELL_CLOSED : DOORBELL_RANG,
			.name = at->len ? at->name : "",
			.data = data_of(doorbell, at->wd),
		};
		if (at->mask & IN_Q_OVERFLOW)
			event->type = DOORBELL_OVERFLOW;
		else if (at->wd == doorbell->directory)
			event->type = DOORBELL_APPEARED;
		else if (!event->data)
			continue; /* the watch has ended */
		return true;
	}
	return false;
}
