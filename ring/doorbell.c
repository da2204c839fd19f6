// SPDX-License-Identifier: MIT
#include "ring/doorbell.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

static int add(const struct doorbell *doorbell, int directory, const char *name, uint32_t mask)
{
	char path[320];
	int r;

	/* Through the descriptor, whatever became of the directory's path. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", directory, name);
	r = inotify_add_watch(doorbell->fd, path, mask);
	return r < 0 ? -errno : r;
}

static int open_set(struct doorbell *doorbell)
{
	struct epoll_event event = { .events = EPOLLIN };

	doorbell->set = epoll_create1(EPOLL_CLOEXEC);
	if (doorbell->set < 0)
		return -errno;
	return epoll_ctl(doorbell->set, EPOLL_CTL_ADD, doorbell->fd, &event) ? -errno : 0;
}

int doorbell_open(struct doorbell *doorbell, int directory)
{
	int r;

	doorbell->begin = doorbell->end = 0;
	doorbell->set = -1;
	doorbell->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (doorbell->fd < 0)
		return -errno;
	r = doorbell->directory =
		add(doorbell, directory, ".", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (r >= 0)
		r = open_set(doorbell);
	if (r)
		doorbell_close(doorbell);
	return r;
}

void doorbell_close(struct doorbell *doorbell)
{
	if (doorbell->fd < 0)
		return;
	if (doorbell->set >= 0)
		close(doorbell->set);
	close(doorbell->fd);
	doorbell->fd = -1;
}

int doorbell_ready(const struct doorbell *doorbell, void **datap, int n)
{
	struct epoll_event events[64];
	int n_events, n_ready = 0;

	if (doorbell->fd < 0)
		return 0;
	n_events = epoll_wait(doorbell->set, events, n < 64 ? n : 64, 0);
	for (int i = 0; i < n_events; i++)
		if (events[i].data.ptr)
			datap[n_ready++] = events[i].data.ptr;
	return n_ready;
}

int doorbell_watch(struct doorbell *doorbell, int directory, const char *name)
{
	return add(doorbell, directory, name, IN_CLOSE_WRITE | IN_MODIFY | IN_DONT_FOLLOW);
}

void doorbell_forget(struct doorbell *doorbell, int file)
{
	if (doorbell->fd >= 0 && file >= 0)
		inotify_rm_watch(doorbell->fd, file);
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

bool doorbell_next(struct doorbell *doorbell, struct doorbell_event *event)
{
	const struct inotify_event *at;

	if (doorbell->fd < 0 || !fill(doorbell))
		return false;
	at = (const void *)(doorbell->buffer + doorbell->begin);
	doorbell->begin += (unsigned int)sizeof(*at) + at->len;
	*event = (struct doorbell_event){
		.watch = at->mask & IN_Q_OVERFLOW ? -1 : at->wd,
		.mask = at->mask,
		.name = at->len ? at->name : "",
	};
	return true;
}
