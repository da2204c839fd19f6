// SPDX-License-Identifier: MIT
#include "ring/watch.h"

#include <errno.h>
#include <stdio.h>
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

int watch_open(struct watch *watch, int directory)
{
	watch->begin = watch->end = 0;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0)
		return -errno;
	watch->directory = add(watch, directory, ".", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (watch->directory >= 0)
		return 0;
	close(watch->fd);
	watch->fd = -1;
	return watch->directory;
}

void watch_close(struct watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

int watch_file(struct watch *watch, int directory, const char *name)
{
	return add(watch, directory, name, IN_MODIFY | IN_CLOSE_WRITE | IN_DONT_FOLLOW);
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
