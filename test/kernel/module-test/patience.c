// SPDX-License-Identifier: MIT
/*
 * Publishers that wait for readers.
 */
#include "module-test.h"

PROMISE(nonblocking_publisher_gets_eagain_instead_of_a_wait)
{
	char buffer[65536];
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = publisher(FANOUT_PATIENCE_INFINITE, 0);
	EXPECT(fcntl(w, F_SETFL, O_NONBLOCK) == 0 && fill(w, 3));
	EXPECT(!fill(w, 2) && errno == EAGAIN);
	EXPECT(events(w, POLLOUT, 0) == 0);
	EXPECT(read(fd, buffer, sizeof(buffer)) >= 3000);
	EXPECT(events(w, POLLOUT, 0) == POLLOUT && fill(w, 2));
	return true;
}

PROMISE(plain_write_never_waits)
{
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	EXPECT(fill(w, 100) && events(w, POLLOUT, 0) == POLLOUT && loss_of(fd).overruns == 0);
	return true;
}

PROMISE(patient_publisher_loses_nothing)
{
	char buffer[3000];
	ssize_t n, sum = 0;
	int fd;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = open_topic(O_RDONLY);
	child = fork();
	if (child == 0)
		_exit(fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 1000) ? 0 : 1);
	while (sum < 1000000) {
		n = read(fd, buffer, sizeof(buffer));
		EXPECT(n > 0);
		sum += n;
	}
	EXPECT(sum == 1000000 && ended(child, 0) && loss_of(fd).messages == 0);
	return true;
}

PROMISE(patience_is_used_up_once_and_then_the_reader_has_lapsed)
{
	struct fanout_slot slot;
	struct fanout_readers readers = { .slots = (uintptr_t)&slot, .n_slots = 1 };
	struct fanout_query answer;
	char buffer[65536];
	uint64_t start = now();
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = publisher(SECOND / 5, 0);
	EXPECT(fill(w, 50));
	EXPECT(now() - start >= SECOND / 5 && query(w, &answer) && answer.ring.lapses == 1);
	EXPECT(answer.ring.waits == 1 && answer.ring.waited >= SECOND / 5);
	EXPECT(ioctl(w, FANOUT_IOC_READERS, &readers) == 0 && slot.lapsed == 1);
	EXPECT_ERRNO(read(fd, buffer, sizeof(buffer)), EPIPE);
	EXPECT(read(fd, buffer, sizeof(buffer)) > 0);
	EXPECT(ioctl(w, FANOUT_IOC_READERS, &readers) == 0 && slot.lapsed == 0);
	EXPECT(fill(w, 50) && query(w, &answer) && answer.ring.lapses == 2);
	return true;
}

PROMISE(observer_is_not_waited_for)
{
	struct fanout_query answer;
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	EXPECT(subscribe(fd, FANOUT_SUBSCRIBE_OBSERVE, FANOUT_START_NEWEST, 0) == 0);
	w = publisher(FANOUT_PATIENCE_INFINITE, 0);
	EXPECT(fill(w, 50) && query(w, &answer) && answer.ring.waits == 0);
	return true;
}

PROMISE(publisher_does_not_wait_for_itself)
{
	struct fanout_publish terms = { .patience = FANOUT_PATIENCE_INFINITE };
	int fd;

	EXPECT(make_topic(4096));
	fd = open_topic(O_RDWR | O_NONBLOCK);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT(ioctl(fd, FANOUT_IOC_PUBLISH, &terms) == 0 && fill(fd, 50));
	return true;
}

PROMISE(reader_that_goes_holds_nobody_up)
{
	int fd;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	child = fork();
	if (child == 0) {
		close(fd);
		_exit(fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 50) ? 0 : 1);
	}
	EXPECT(is_asleep(child) && close(fd) == 0 && ended(child, 0));
	return true;
}

PROMISE(signal_ends_a_publishers_wait_and_nothing_is_published)
{
	struct sigaction action = { .sa_handler = ignore };
	struct fanout_query before, after;
	int fd, w;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	w = publisher(FANOUT_PATIENCE_INFINITE, 0);
	EXPECT(fill(w, 3) && query(fd, &before));
	child = fork();
	if (child == 0) {
		sigaction(SIGUSR1, &action, NULL);
		_exit(!fill(w, 2) && errno == EINTR ? 0 : 1);
	}
	EXPECT(is_asleep(child) && kill(child, SIGUSR1) == 0 && ended(child, 0));
	EXPECT(query(fd, &after) && after.ring.head - before.ring.head <= 1024);
	return true;
}

PROMISE(publishers_wait_restarts_after_a_signal)
{
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	char buffer[65536];
	int fd, w;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	w = publisher(FANOUT_PATIENCE_INFINITE, 0);
	EXPECT(fill(w, 3));
	child = fork();
	if (child == 0) {
		sigaction(SIGUSR1, &action, NULL);
		_exit(fill(w, 2) ? 0 : 1);
	}
	EXPECT(is_asleep(child) && kill(child, SIGUSR1) == 0);
	EXPECT(is_asleep(child) && read(fd, buffer, sizeof(buffer)) >= 3000 && ended(child, 0));
	EXPECT(read(fd, buffer, sizeof(buffer)) >= 1000 && loss_of(fd).received == 5);
	return true;
}

PROMISE(waiting_publisher_holds_up_no_other)
{
	int fd, w;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	child = fork();
	if (child == 0) {
		close(fd);
		_exit(fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 50) ? 0 : 1);
	}
	EXPECT(is_asleep(child) && fill(w, 10));
	EXPECT(close(fd) == 0 && ended(child, 0));
	return true;
}
