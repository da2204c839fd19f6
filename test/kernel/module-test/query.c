// SPDX-License-Identifier: MIT
/* The module's answers about topics: counters, readers, writers. */
#include "module-test.h"

PROMISE(query_tells_of_one_moment)
{
	struct fanout_query answer;
	int w = writer(), a = reader(), b = reader();

	EXPECT(put(w, "abc") && put(w, "de"));
	EXPECT(query(a, &answer));
	EXPECT(answer.ring.magic == FANOUT_MAGIC && answer.ring.version == FANOUT_VERSION);
	EXPECT(answer.ring.capacity == 1 << 20 && answer.ring.head == 64);
	EXPECT(answer.ring.ends[0].sequence == 2 || answer.ring.ends[1].sequence == 2);
	EXPECT(answer.n_readers == 1 && answer.n_publishers == 1 && answer.exclusive == 0);
	EXPECT(answer.oldest_sequence == 0 && answer.oldest_time != 0);
	EXPECT(query(w, &answer) && answer.n_readers == 2);
	close(b);
	EXPECT(query(w, &answer) && answer.n_readers == 1);
	return true;
}

PROMISE(readers_are_listed_but_for_the_one_that_asks)
{
	struct fanout_slot slots[4];
	struct fanout_readers readers = { .slots = (uintptr_t)slots, .n_slots = 4 };
	int w = writer(), a = reader(), b = reader();

	EXPECT(put(w, "abc") && gets(a, "abc"));
	EXPECT(subscribe(b, FANOUT_SUBSCRIBE_OBSERVE, FANOUT_START_OLDEST, 0) == 0);
	EXPECT(ioctl(w, FANOUT_IOC_READERS, &readers) == 0 && readers.n_slots == 2);
	EXPECT(slots[0].position == 32 && slots[0].received == 1 && slots[0].lost == 0);
	EXPECT(slots[0].state == FANOUT_SLOT_ATTACHED && slots[0].pid == (__u32)getpid());
	EXPECT(strcmp(slots[0].command, "module-test") == 0 && slots[0].since);
	EXPECT(slots[1].position == 0 && slots[1].state == FANOUT_SLOT_OBSERVING);
	readers = (struct fanout_readers){ .slots = (uintptr_t)slots, .n_slots = 0 };
	EXPECT(ioctl(w, FANOUT_IOC_READERS, &readers) == 0 && readers.n_slots == 2);
	EXPECT(ioctl(a, FANOUT_IOC_READERS, &readers) == 0 && readers.n_slots == 1);
	return true;
}

PROMISE(nonblocking_descriptor_is_waited_for_once_it_reads)
{
	int fd = open_topic(O_RDONLY | O_NONBLOCK), w = writer();
	struct fanout_query answer;

	EXPECT(query(w, &answer) && answer.n_readers == 0);
	EXPECT(put(w, "it") && gets(fd, "it"));
	EXPECT(query(w, &answer) && answer.n_readers == 1);
	return true;
}

PROMISE(writers_are_counted_and_a_new_ring_has_one)
{
	int old = publisher(0, 0), fd, other = writer();
	struct fanout_replace replace = { .capacity = 65536 };
	struct fanout_query answer;

	EXPECT(query(old, &answer) && answer.n_writers == 2);
	close(other);
	EXPECT(ioctl(old, FANOUT_IOC_REPLACE, &replace) == 0);
	fd = reader();
	EXPECT(query(fd, &answer) && answer.n_writers == 1 && answer.n_publishers == 0);
	close(old);
	EXPECT(query(fd, &answer) && answer.n_writers == 0);
	return true;
}

/* Reopens a topic whenever its ring ends. It must never get the same ring again. */
static void follow(int successes)
{
	struct fanout_query answer;
	uint64_t last = 0;
	char byte;

	for (int i = 0; i < successes; i++) {
		int fd = open_topic(O_RDONLY);

		if (fd < 0 || !query(fd, &answer) || answer.ring.id == last)
			_exit(1);
		last = answer.ring.id;
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
	}
	_exit(0);
}

PROMISE(who_finds_a_ring_replaced_finds_the_new_one)
{
	enum { REPLACED = 500 };
	struct fanout_replace replace = { 0 };
	int status;
	struct fanout_query answer;
	pid_t pid = fork();

	if (pid == 0)
		follow(REPLACED);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		int fd = publisher(0, 0);

		/* Replaces only a ring that has a reader: follow() would miss one that it never
		 * opened. */
		EXPECT(query(fd, &answer));
		if (answer.n_readers)
			EXPECT(ioctl(fd, FANOUT_IOC_REPLACE, &replace) == 0);
		close(fd);
	}
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return true;
}

PROMISE(descriptor_for_both_is_waited_for_once_it_reads)
{
	int fd = open_topic(O_RDWR | O_NONBLOCK), w = writer();
	struct fanout_query answer;

	EXPECT(query(w, &answer) && answer.n_readers == 0);
	EXPECT(put(fd, "self") && gets(fd, "self"));
	EXPECT(query(w, &answer) && answer.n_readers == 1);
	return true;
}
