// SPDX-License-Identifier: MIT
/*
 * Waiting and copying in other ways: poll, epoll, splice, sendfile.
 */
#include "module-test.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

PROMISE(poll_tells_what_can_be_done)
{
	int both = open_topic(O_RDWR | O_NONBLOCK | O_CREAT), w = writer();

	EXPECT(events(both, POLLIN | POLLOUT, 0) == POLLOUT);
	EXPECT(put(w, "x") && events(both, POLLIN | POLLOUT, 0) == (POLLIN | POLLOUT));
	EXPECT(gets(both, "x") && events(both, POLLIN | POLLOUT, 0) == POLLOUT);
	return true;
}

PROMISE(epoll_edge_comes_with_each_record)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd = reader(), w = writer();
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	EXPECT(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
	EXPECT(epoll_wait(epoll, &event, 1, 0) == 0);
	for (int i = 0; i < 3; i++) {
		EXPECT(put(w, "x") && epoll_wait(epoll, &event, 1, 0) == 1);
		EXPECT(event.events == EPOLLIN && epoll_wait(epoll, &event, 1, 0) == 0);
	}
	return true;
}

PROMISE(splice_goes_both_ways)
{
	int pipes[2], fd = reader(), w = writer();

	EXPECT(pipe(pipes) == 0 && put(pipes[1], "through"));
	EXPECT(splice(pipes[0], NULL, w, NULL, 100, 0) == 7);
	EXPECT(splice(fd, NULL, pipes[1], NULL, 100, 0) == 7 && gets(pipes[0], "through"));
	EXPECT_ERRNO(splice(fd, NULL, pipes[1], NULL, 100, SPLICE_F_NONBLOCK), EAGAIN);
	return true;
}

PROMISE(sendfile_reads_and_writes)
{
	int file = memfd_create("file", 0), out = memfd_create("out", 0), fd = reader();
	int w = writer();
	char buffer[8];

	EXPECT(put(file, "content") && lseek(file, 0, SEEK_SET) == 0);
	EXPECT(sendfile(w, file, NULL, 7) == 7);
	EXPECT(sendfile(out, fd, NULL, 7) == 7);
	EXPECT(pread(out, buffer, 8, 0) == 7 && memcmp(buffer, "content", 7) == 0);
	return true;
}

PROMISE(rwf_nowait_does_not_wait)
{
	int fd = open_topic(O_RDONLY), w = writer();
	char buffer[4];
	struct iovec part = { buffer, 4 };

	EXPECT_ERRNO(preadv2(fd, &part, 1, -1, RWF_NOWAIT), EAGAIN);
	EXPECT(put(w, "now") && preadv2(fd, &part, 1, -1, RWF_NOWAIT) == 3);
	return true;
}
