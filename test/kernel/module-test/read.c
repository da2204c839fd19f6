// SPDX-License-Identifier: MIT
/*
 * Records and reads.
 */
#include "module-test.h"

#include <sys/mman.h>
#include <sys/uio.h>

PROMISE(each_reader_gets_every_message)
{
	int a = reader(), b = reader(), w = writer();

	EXPECT(put(w, "one") && put(w, "two"));
	EXPECT(gets(a, "onetwo") && gets(b, "onetwo"));
	EXPECT_ERRNO(read(a, path, 1), EAGAIN);
	return true;
}

PROMISE(reader_begins_where_it_opened)
{
	int w = writer(), fd;

	EXPECT(put(w, "before"));
	fd = reader();
	EXPECT(put(w, "after") && gets(fd, "after"));
	return true;
}

PROMISE(reader_that_opened_before_anything_gets_all)
{
	int fd = reader(), w = writer();

	EXPECT(put(w, "first") && gets(fd, "first"));
	return true;
}

PROMISE(read_returns_whole_records_that_fit)
{
	int fd = reader(), w = writer();
	char buffer[8];

	EXPECT(put(w, "abc") && put(w, "def") && put(w, "ghi"));
	EXPECT(read(fd, buffer, 8) == 6 && memcmp(buffer, "abcdef", 6) == 0);
	EXPECT(read(fd, buffer, 8) == 3 && memcmp(buffer, "ghi", 3) == 0);
	return true;
}

PROMISE(large_record_is_continued_by_the_next_read)
{
	int fd = reader(), w = writer();
	char buffer[8];

	EXPECT(put(w, "abcdefgh") && put(w, "i"));
	EXPECT(read(fd, buffer, 3) == 3 && memcmp(buffer, "abc", 3) == 0);
	EXPECT(read(fd, buffer, 3) == 3 && memcmp(buffer, "def", 3) == 0);
	EXPECT(read(fd, buffer, 3) == 3 && memcmp(buffer, "ghi", 3) == 0);
	return true;
}

PROMISE(empty_read_and_write_do_nothing)
{
	int fd = reader(), w = writer();
	struct fanout_query answer;

	EXPECT(write(w, "", 0) == 0 && read(fd, path, 0) == 0);
	EXPECT(query(w, &answer) && answer.ring.head == 0);
	return true;
}

PROMISE(empty_message_is_no_end_of_file)
{
	int w = publisher(0, FANOUT_PUBLISH_RECORDS), fd = reader();

	EXPECT(put_record(w, FANOUT_FRAMING_ONE, 1, "", 0) == 24);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT(put_record(w, FANOUT_FRAMING_ONE, 1, "x", 1) == 25 && gets(fd, "x"));
	EXPECT(loss_of(fd).received == 2);
	return true;
}

PROMISE(readv_and_writev_are_one_record)
{
	int fd = reader(), w = writer();
	char a[2], b[3];
	struct iovec out[] = { { "ab", 2 }, { "cde", 3 } }, in[] = { { a, 2 }, { b, 3 } };

	EXPECT(writev(w, out, 2) == 5 && put(w, "x"));
	EXPECT(readv(fd, in, 2) == 5 && memcmp(a, "ab", 2) == 0 && memcmp(b, "cde", 3) == 0);
	EXPECT(gets(fd, "x"));
	return true;
}

/*
 * A ring of 8 KiB takes two records of a large write, except for a 64th of the ring: a step of
 * the tail.
 */
enum { LARGE = 2 * (4096 - 24) - 8192 / 64 };

PROMISE(large_write_is_short_and_two_records)
{
	static char data[10000], back[10000];
	int fd, w;

	EXPECT(make_topic(8192));
	fd = reader();
	w = writer();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)i;
	EXPECT(write(w, data, sizeof(data)) == LARGE);
	EXPECT(read(fd, back, LARGE - 1) == 4096 - 24);
	EXPECT(read(fd, back + 4096 - 24, 5000) == LARGE - (4096 - 24));
	EXPECT(memcmp(data, back, LARGE) == 0 && loss_of(fd).received == 2);
	return true;
}

PROMISE(large_write_overwrites_nothing_of_its_own)
{
	static char data[8192], back[8192];
	int fd, w;

	EXPECT(make_topic(8192));
	fd = reader();
	w = writer();
	memset(data, 'd', sizeof(data));
	for (int i = 0; i < 300; i++) {
		EXPECT(put(w, "x") && gets(fd, "x"));
		EXPECT(write(w, data, sizeof(data)) == LARGE);
		EXPECT(read(fd, back, sizeof(back)) == LARGE && memcmp(data, back, LARGE) == 0);
	}
	EXPECT(loss_of(fd).overruns == 0);
	return true;
}

PROMISE(publisher_gets_emsgsize_instead_of_a_short_write)
{
	static char data[8192];
	int w;

	EXPECT(make_topic(8192));
	w = publisher(0, 0);
	EXPECT_ERRNO(write(w, data, 4096 - 23), EMSGSIZE);
	EXPECT(write(w, data, 4096 - 24) == 4096 - 24);
	return true;
}

PROMISE(record_across_the_end_of_the_ring_is_whole)
{
	static char data[1000], back[4096];
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 100; i++) {
		memset(data, 'a' + i % 26, sizeof(data));
		EXPECT(write(w, data, sizeof(data)) == sizeof(data));
		EXPECT(read(fd, back, sizeof(back)) == sizeof(data));
		EXPECT(memcmp(data, back, sizeof(data)) == 0);
	}
	return true;
}

PROMISE(blocked_reader_wakes)
{
	int w = writer();
	pid_t child = fork();

	if (child == 0)
		_exit(gets(open_topic(O_RDONLY), "wake") ? 0 : 1);
	EXPECT(is_asleep(child) && put(w, "wake") && ended(child, 0));
	return true;
}

PROMISE(signal_ends_a_blocked_read)
{
	struct sigaction action = { .sa_handler = ignore };
	pid_t child = fork();

	if (child == 0) {
		sigaction(SIGUSR1, &action, NULL);
		_exit(read(open_topic(O_RDONLY), path, 1) < 0 && errno == EINTR ? 0 : 1);
	}
	EXPECT(is_asleep(child) && kill(child, SIGUSR1) == 0 && ended(child, 0));
	return true;
}

PROMISE(blocked_read_restarts_after_a_signal)
{
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	int w = writer();
	pid_t child = fork();

	if (child == 0) {
		sigaction(SIGUSR1, &action, NULL);
		_exit(gets(open_topic(O_RDONLY), "later") ? 0 : 1);
	}
	EXPECT(is_asleep(child) && kill(child, SIGUSR1) == 0);
	EXPECT(is_asleep(child) && put(w, "later") && ended(child, 0));
	return true;
}

PROMISE(bad_memory_is_efault_and_publishes_nothing)
{
	long page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = reader(), w = writer();

	EXPECT(memory != MAP_FAILED && munmap(memory + page, (size_t)page) == 0);
	memset(memory, 'm', (size_t)page);
	EXPECT_ERRNO(write(w, memory + page - 5, 10), EFAULT);
	EXPECT_ERRNO(write(w, memory + page, 10), EFAULT);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT(put(w, "abc"));
	EXPECT_ERRNO(read(fd, memory + page, 10), EFAULT);
	EXPECT(gets(fd, "abc"));
	return true;
}

PROMISE(pread_and_pwrite_are_refused)
{
	int fd = reader(), w = writer();

	EXPECT_ERRNO(pread(fd, path, 1, 0), ESPIPE);
	EXPECT_ERRNO(pwrite(w, "x", 1, 0), ESPIPE);
	return true;
}
