// SPDX-License-Identifier: MIT
#include "ring/watch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

static int add(const struct watch *watch, int directory, const char *name, uint32_t mask)
{
	char path[320];
	int r;

	/* Through the descriptor, whatever became of the directory's path. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", directory, name);
	r = inotify_add_watch(watch->fd, path, mask);
	return r < 0 ? -errno : r;
}

static int open_set(struct watch *watch)
{
	struct epoll_event event = { .events = EPOLLIN };

	watch->set = epoll_create1(EPOLL_CLOEXEC);
	if (watch->set < 0)
		return -errno;
	return epoll_ctl(watch->set, EPOLL_CTL_ADD, watch->fd, &event) ? -errno : 0;
}

int watch_open(struct watch *watch, int directory)
{
	int r;

	watch->begin = watch->end = 0;
	watch->set = -1;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0)
		return -errno;
	r = watch->directory = add(watch, directory, ".", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (r >= 0)
		r = open_set(watch);
	if (r)
		watch_close(watch);
	return r;
}

void watch_close(struct watch *watch)
{
	if (watch->fd < 0)
		return;
	if (watch->set >= 0)
		close(watch->set);
	close(watch->fd);
	watch->fd = -1;
}

int watch_ready(const struct watch *watch, void **datap, int n)
{
	struct epoll_event events[64];
	int n_events, n_ready = 0;

	if (watch->fd < 0)
		return 0;
	n_events = epoll_wait(watch->set, events, n < 64 ? n : 64, 0);
	for (int i = 0; i < n_events; i++)
		if (events[i].data.ptr)
			datap[n_ready++] = events[i].data.ptr;
	return n_ready;
}

int watch_file(struct watch *watch, int directory, const char *name)
{
	return add(watch, directory, name, IN_CLOSE_WRITE | IN_MODIFY | IN_DONT_FOLLOW);
}

void watch_forget(struct watch *watch, int file)
{
	if (watch->fd >= 0 && file >= 0)
		inotify_rm_watch(watch->fd, file);
}

static bool fill(struct watch *watch)
{
	ssize_t n;

	if (watch->begin < watch->end)
		return true;
	n = read(watch->fd, watch->buffer, sizeof(watch->buffer));
	watch->begin = 0;
	watch->end = n > 0 ? (unsigned int)n : 0;
	return watch->end > 0;
}

bool watch_next(struct watch *watch, struct watch_event *event)
{
	const struct inotify_event *at;

	if (watch->fd < 0 || !fill(watch))
		return false;
	at = (const void *)(watch->buffer + watch->begin);
	watch->begin += (unsigned int)sizeof(*at) + at->len;
	*event = (struct watch_event){
		.watch = at->mask & IN_Q_OVERFLOW ? -1 : at->wd,
		.mask = at->mask,
		.name = at->len ? at->name : "",
	};
	return true;
}
