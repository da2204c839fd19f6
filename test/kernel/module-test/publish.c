// SPDX-License-Identifier: MIT
/*
 * One publisher, or several.
 */
#include "module-test.h"

#include <sys/epoll.h>

PROMISE(exclusive_publisher_keeps_others_out)
{
	int w = writer(), exclusive = publisher(0, FANOUT_PUBLISH_EXCLUSIVE);
	struct fanout_publish terms = { 0 };
	struct fanout_query answer;

	EXPECT(exclusive >= 0);
	EXPECT_ERRNO(write(w, "x", 1), EBUSY);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_PUBLISH, &terms), EBUSY);
	EXPECT(put(exclusive, "mine"));
	EXPECT(query(w, &answer) && answer.exclusive == 1 && answer.n_publishers == 1);
	EXPECT(answer.ring.publisher_pid == (__u32)getpid());
	close(exclusive);
	EXPECT(query(w, &answer) && answer.exclusive == 0 && answer.ring.publisher_pid == 0);
	EXPECT(put(w, "x"));
	return true;
}

PROMISE(nobody_becomes_exclusive_beside_another)
{
	int w = writer();

	EXPECT(put(w, "x"));
	EXPECT(publisher(0, FANOUT_PUBLISH_EXCLUSIVE) == -1);
	close(w);
	EXPECT(publisher(0, FANOUT_PUBLISH_EXCLUSIVE) >= 0);
	return true;
}

PROMISE(last_publisher_that_goes_wakes_who_polls)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd = reader(), w = publisher(0, 0);
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };

	EXPECT(put(w, "x") && gets(fd, "x"));
	EXPECT(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
	EXPECT(epoll_wait(epoll, &event, 1, 0) == 0);
	close(w);
	EXPECT(epoll_wait(epoll, &event, 1, 0) == 1 && event.events == EPOLLRDHUP);
	EXPECT(events(fd, POLLIN, 0) == 0 && publisher(0, 0) >= 0);
	EXPECT(events(fd, POLLIN | POLLRDHUP, 0) == 0);
	return true;
}
