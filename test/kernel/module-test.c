// SPDX-License-Identifier: MIT
/*
 * The fanout module's promises, as root in a machine that may be spoilt:
 *
 *	module-test [-r RECORDS] [NAME]...
 *
 * Only promises whose name holds one of NAME, if there is any; streams are of RECORDS each.
 *
 * The module is loaded, with its default parameters. Each test makes a topic of its own on one
 * mount of its own. TAP on stdout; exit status 1 if a promise was broken.
 */
#define _GNU_SOURCE
#include "promise.h"

#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>

static ssize_t put_record(int fd, uint32_t framing, uint32_t messages, const void *payload,
			  size_t length)
{
	struct fanout_record record = {
		.length = (__u32)length,
		.content = framing << 24 | messages,
	};
	struct iovec parts[] = { { &record, sizeof(record) }, { (void *)payload, length } };

	return writev(fd, parts, 2);
}

/*
 * Records and reads.
 */

static bool each_reader_gets_every_message(void)
{
	int a = reader(), b = reader(), w = writer();

	EXPECT(put(w, "one") && put(w, "two"));
	EXPECT(gets(a, "onetwo") && gets(b, "onetwo"));
	EXPECT_ERRNO(read(a, path, 1), EAGAIN);
	return true;
}

static bool reader_begins_where_it_opened(void)
{
	int w = writer(), fd;

	EXPECT(put(w, "before"));
	fd = reader();
	EXPECT(put(w, "after") && gets(fd, "after"));
	return true;
}

static bool reader_that_opened_before_anything_gets_all(void)
{
	int fd = reader(), w = writer();

	EXPECT(put(w, "first") && gets(fd, "first"));
	return true;
}

static bool read_returns_whole_records_that_fit(void)
{
	int fd = reader(), w = writer();
	char buffer[8];

	EXPECT(put(w, "abc") && put(w, "def") && put(w, "ghi"));
	EXPECT(read(fd, buffer, 8) == 6 && memcmp(buffer, "abcdef", 6) == 0);
	EXPECT(read(fd, buffer, 8) == 3 && memcmp(buffer, "ghi", 3) == 0);
	return true;
}

static bool large_record_is_continued_by_the_next_read(void)
{
	int fd = reader(), w = writer();
	char buffer[8];

	EXPECT(put(w, "abcdefgh") && put(w, "i"));
	EXPECT(read(fd, buffer, 3) == 3 && memcmp(buffer, "abc", 3) == 0);
	EXPECT(read(fd, buffer, 3) == 3 && memcmp(buffer, "def", 3) == 0);
	EXPECT(read(fd, buffer, 3) == 3 && memcmp(buffer, "ghi", 3) == 0);
	return true;
}

static bool empty_read_and_write_do_nothing(void)
{
	int fd = reader(), w = writer();
	struct fanout_query answer;

	EXPECT(write(w, "", 0) == 0 && read(fd, path, 0) == 0);
	EXPECT(query(w, &answer) && answer.ring.head == 0);
	return true;
}

static bool empty_message_is_no_end_of_file(void)
{
	int w = publisher(0, FANOUT_PUBLISH_RECORDS), fd = reader();

	EXPECT(put_record(w, FANOUT_FRAMING_ONE, 1, "", 0) == 24);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT(put_record(w, FANOUT_FRAMING_ONE, 1, "x", 1) == 25 && gets(fd, "x"));
	EXPECT(loss_of(fd).received == 2);
	return true;
}

static bool readv_and_writev_are_one_record(void)
{
	int fd = reader(), w = writer();
	char a[2], b[3];
	struct iovec out[] = { { "ab", 2 }, { "cde", 3 } }, in[] = { { a, 2 }, { b, 3 } };

	EXPECT(writev(w, out, 2) == 5 && put(w, "x"));
	EXPECT(readv(fd, in, 2) == 5 && memcmp(a, "ab", 2) == 0 && memcmp(b, "cde", 3) == 0);
	EXPECT(gets(fd, "x"));
	return true;
}

/* Of a large write a ring of 8 KiB takes two records, but for a 64th of it: a step of the tail. */
enum { LARGE = 2 * (4096 - 24) - 8192 / 64 };

static bool large_write_is_short_and_two_records(void)
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

static bool large_write_overwrites_nothing_of_its_own(void)
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

static bool publisher_gets_emsgsize_instead_of_a_short_write(void)
{
	static char data[8192];
	int w;

	EXPECT(make_topic(8192));
	w = publisher(0, 0);
	EXPECT_ERRNO(write(w, data, 4096 - 23), EMSGSIZE);
	EXPECT(write(w, data, 4096 - 24) == 4096 - 24);
	return true;
}

static bool record_across_the_end_of_the_ring_is_whole(void)
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

static bool blocked_reader_wakes(void)
{
	int w = writer();
	pid_t child = fork();

	if (child == 0)
		_exit(gets(open_topic(O_RDONLY), "wake") ? 0 : 1);
	EXPECT(is_asleep(child) && put(w, "wake") && ended(child, 0));
	return true;
}

static void ignore(int signal)
{
	(void)signal;
}

static bool signal_ends_a_blocked_read(void)
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

static bool blocked_read_restarts_after_a_signal(void)
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

static bool bad_memory_is_efault_and_publishes_nothing(void)
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

static bool pread_and_pwrite_are_refused(void)
{
	int fd = reader(), w = writer();

	EXPECT_ERRNO(pread(fd, path, 1, 0), ESPIPE);
	EXPECT_ERRNO(pwrite(w, "x", 1, 0), ESPIPE);
	return true;
}

/*
 * Overruns.
 */

static bool overrun_reader_gets_epipe_once_and_exact_loss(void)
{
	char buffer[65536], message[32];
	int fd, w, last = -1, n = 0;
	struct fanout_loss loss;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 1000; i++) {
		snprintf(message, sizeof(message), "%07d", i);
		EXPECT(put(w, message));
	}
	EXPECT_ERRNO(read(fd, buffer, sizeof(buffer)), EPIPE);
	loss = loss_of(fd);
	EXPECT(loss.overruns == 1 && loss.messages > 0 && loss.bytes == loss.messages * 32);
	while (read(fd, buffer, 7) == 7) {
		buffer[7] = '\0';
		EXPECT(last < 0 ? atoi(buffer) == (int)loss.messages : atoi(buffer) == last + 1);
		last = atoi(buffer);
		n++;
	}
	loss = loss_of(fd);
	EXPECT(last == 999 && loss.messages + loss.received == 1000);
	EXPECT(loss.received == (unsigned int)n && n * 32 > 4096 - 4096 / 64 - 64);
	return true;
}

static bool overrun_in_the_middle_of_a_record_goes_on_at_the_oldest(void)
{
	char data[1000], buffer[65536];
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 10; i++) {
		memset(data, 'a' + i, sizeof(data));
		EXPECT(write(w, data, sizeof(data)) == sizeof(data));
		if (i == 0)
			EXPECT(read(fd, buffer, 10) == 10 && buffer[9] == 'a');
	}
	EXPECT_ERRNO(read(fd, buffer, sizeof(buffer)), EPIPE);
	EXPECT(read(fd, buffer, 1000) == 1000 && buffer[0] == buffer[999] && buffer[0] != 'a');
	EXPECT(loss_of(fd).messages == (__u64)(buffer[0] - 'a'));
	return true;
}

static bool overrun_is_reported_by_poll(void)
{
	char data[1000] = "";
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 10; i++)
		EXPECT(write(w, data, sizeof(data)) == sizeof(data));
	EXPECT(events(fd, POLLIN, 0) == POLLIN);
	return true;
}

/*
 * lseek and SUBSCRIBE.
 */

static bool lseek_goes_to_the_oldest_and_to_the_newest(void)
{
	int w = writer(), fd;

	EXPECT(put(w, "a") && put(w, "b"));
	fd = reader();
	EXPECT(lseek(fd, 0, SEEK_SET) == 0 && gets(fd, "ab"));
	EXPECT(lseek(fd, 0, SEEK_SET) == 0 && lseek(fd, 0, SEEK_END) == 0);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT_ERRNO(lseek(fd, 1, SEEK_SET), ESPIPE);
	EXPECT_ERRNO(lseek(fd, 0, SEEK_CUR), ESPIPE);
	EXPECT_ERRNO(lseek(fd, -1, SEEK_END), ESPIPE);
	return true;
}

static bool subscriber_starts_at_the_last_messages(void)
{
	int w = writer(), fd;

	EXPECT(put(w, "a") && put(w, "b") && put(w, "c"));
	fd = reader();
	EXPECT(subscribe(fd, 0, FANOUT_START_LAST, 2) == 0 && gets(fd, "bc"));
	EXPECT(subscribe(fd, 0, FANOUT_START_LAST, 99) == 0 && gets(fd, "abc"));
	EXPECT(subscribe(fd, 0, FANOUT_START_OLDEST, 0) == 0 && gets(fd, "abc"));
	EXPECT(subscribe(fd, 0, FANOUT_START_NEWEST, 0) == 0);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	return true;
}

static bool subscriber_starts_at_a_time(void)
{
	struct timespec before, time;
	int w = writer(), fd;

	EXPECT(put(w, "a"));
	/* Some clocks stand still for milliseconds. */
	clock_gettime(CLOCK_REALTIME, &before);
	do
		clock_gettime(CLOCK_REALTIME, &time);
	while (time.tv_sec == before.tv_sec && time.tv_nsec == before.tv_nsec);
	EXPECT(put(w, "b"));
	fd = reader();
	EXPECT(subscribe(fd, 0, FANOUT_START_SINCE,
			 (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec) == 0);
	EXPECT(gets(fd, "b"));
	return true;
}

static bool subscriber_reads_records(void)
{
	struct {
		struct fanout_record record;
		char payload[8];
	} got[2];
	int w = publisher(0, FANOUT_PUBLISH_RECORDS), fd = reader();

	EXPECT(subscribe(fd, FANOUT_SUBSCRIBE_RECORDS, FANOUT_START_NEWEST, 0) == 0);
	EXPECT(put_record(w, FANOUT_FRAMING_LINE, 2, "a\nb\n", 4) == 28);
	EXPECT(put_record(w, FANOUT_FRAMING_ONE, 1, "12345678", 8) == 32);
	EXPECT_ERRNO(read(fd, got, 31), EMSGSIZE);
	EXPECT(read(fd, got, sizeof(got)) == 64);
	EXPECT(got[0].record.length == 4 && got[0].record.sequence == 0 && got[0].record.time);
	EXPECT(got[0].record.content == (FANOUT_FRAMING_LINE << 24 | 2));
	EXPECT(memcmp(got[0].payload, "a\nb\n", 4) == 0);
	EXPECT(got[1].record.sequence == 2 && memcmp(got[1].payload, "12345678", 8) == 0);
	EXPECT(loss_of(fd).received == 3);
	return true;
}

static bool requests_refuse_what_they_do_not_know(void)
{
	struct fanout_publish terms = { .flags = 1U << 31 };
	struct fanout_subscribe where = { .start = 99 };
	struct fanout_readers readers = { .reserved = 1 };
	int fd = reader(), w = writer();

	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_PUBLISH, &terms), EINVAL);
	terms = (struct fanout_publish){ .reserved = { [4] = 1 } };
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_PUBLISH, &terms), EINVAL);
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where), EINVAL);
	where = (struct fanout_subscribe){ .flags = 4 };
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where), EINVAL);
	where = (struct fanout_subscribe){ .reserved = { 0, 1 } };
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where), EINVAL);
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_READERS, &readers), EINVAL);
	EXPECT_ERRNO(ioctl(fd, _IO(0xfb, 99), 0), ENOTTY);
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_QUERY, NULL), EFAULT);
	return true;
}

static bool requests_need_the_right_descriptor(void)
{
	struct fanout_publish terms = { 0 };
	struct fanout_loss loss;
	int fd = reader(), w = writer();

	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_PUBLISH, &terms), EBADF);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_LOSS, &loss), EBADF);
	EXPECT_ERRNO(subscribe(w, 0, 0, 0), EBADF);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_SLOT), EBADF);
	return true;
}

static bool records_must_be_what_they_say(void)
{
	struct fanout_record record = { .length = 1,
					.content = FANOUT_FRAMING_ONE << 24 | 1,
					.sequence = 1 };
	struct iovec parts[] = { { &record, sizeof(record) }, { "x", 1 } };
	int w = publisher(0, FANOUT_PUBLISH_RECORDS), fd = reader();

	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_ONE, 2, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, 9, 1, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_LINE, 2, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_LINE, 1, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_LENGTH, 1, "x", 1), EINVAL);
	EXPECT_ERRNO(writev(w, parts, 2), EINVAL);
	record = (struct fanout_record){ .length = 2, .content = FANOUT_FRAMING_ONE << 24 | 1 };
	EXPECT_ERRNO(writev(w, parts, 2), EINVAL);
	EXPECT_ERRNO(write(w, "short", 5), EINVAL);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	return true;
}

/*
 * Counters.
 */

static bool query_tells_of_one_moment(void)
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

static bool readers_are_listed_but_for_the_one_that_asks(void)
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

static bool nonblocking_descriptor_is_waited_for_once_it_reads(void)
{
	int fd = open_topic(O_RDONLY | O_NONBLOCK), w = writer();
	struct fanout_query answer;

	EXPECT(query(w, &answer) && answer.n_readers == 0);
	EXPECT(put(w, "it") && gets(fd, "it"));
	EXPECT(query(w, &answer) && answer.n_readers == 1);
	return true;
}

static bool writers_are_counted_and_a_new_ring_has_one(void)
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

/* Reopens a topic whenever its ring ends, which must not be the same one again. */
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

static bool who_finds_a_ring_replaced_finds_the_new_one(void)
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

		/* A ring that nobody has opened yet would be missed. */
		EXPECT(query(fd, &answer));
		if (answer.n_readers)
			EXPECT(ioctl(fd, FANOUT_IOC_REPLACE, &replace) == 0);
		close(fd);
	}
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return true;
}

static bool descriptor_for_both_is_waited_for_once_it_reads(void)
{
	int fd = open_topic(O_RDWR | O_NONBLOCK), w = writer();
	struct fanout_query answer;

	EXPECT(query(w, &answer) && answer.n_readers == 0);
	EXPECT(put(fd, "self") && gets(fd, "self"));
	EXPECT(query(w, &answer) && answer.n_readers == 1);
	return true;
}

/*
 * Publishers.
 */

static bool exclusive_publisher_keeps_others_out(void)
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

static bool nobody_becomes_exclusive_beside_another(void)
{
	int w = writer();

	EXPECT(put(w, "x"));
	EXPECT(publisher(0, FANOUT_PUBLISH_EXCLUSIVE) == -1);
	close(w);
	EXPECT(publisher(0, FANOUT_PUBLISH_EXCLUSIVE) >= 0);
	return true;
}

static bool last_publisher_that_goes_wakes_who_polls(void)
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

/*
 * Patience.
 */

static bool fill(int w, int n)
{
	char data[1000] = "";

	while (n--)
		if (write(w, data, sizeof(data)) != sizeof(data))
			return false;
	return true;
}

static bool nonblocking_publisher_gets_eagain_instead_of_a_wait(void)
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

static bool plain_write_never_waits(void)
{
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	EXPECT(fill(w, 100) && events(w, POLLOUT, 0) == POLLOUT && loss_of(fd).overruns == 0);
	return true;
}

static bool patient_publisher_loses_nothing(void)
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

static bool patience_is_used_up_once_and_then_the_reader_has_lapsed(void)
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

static bool observer_is_not_waited_for(void)
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

static bool publisher_does_not_wait_for_itself(void)
{
	struct fanout_publish terms = { .patience = FANOUT_PATIENCE_INFINITE };
	int fd;

	EXPECT(make_topic(4096));
	fd = open_topic(O_RDWR | O_NONBLOCK);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT(ioctl(fd, FANOUT_IOC_PUBLISH, &terms) == 0 && fill(fd, 50));
	return true;
}

static bool reader_that_goes_holds_nobody_up(void)
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

static bool signal_ends_a_publishers_wait_and_nothing_is_published(void)
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

static bool publishers_wait_restarts_after_a_signal(void)
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

static bool waiting_publisher_holds_up_no_other(void)
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

/*
 * Polling, splice.
 */

static bool poll_tells_what_can_be_done(void)
{
	int both = open_topic(O_RDWR | O_NONBLOCK | O_CREAT), w = writer();

	EXPECT(events(both, POLLIN | POLLOUT, 0) == POLLOUT);
	EXPECT(put(w, "x") && events(both, POLLIN | POLLOUT, 0) == (POLLIN | POLLOUT));
	EXPECT(gets(both, "x") && events(both, POLLIN | POLLOUT, 0) == POLLOUT);
	return true;
}

static bool epoll_edge_comes_with_each_record(void)
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

static bool splice_goes_both_ways(void)
{
	int pipes[2], fd = reader(), w = writer();

	EXPECT(pipe(pipes) == 0 && put(pipes[1], "through"));
	EXPECT(splice(pipes[0], NULL, w, NULL, 100, 0) == 7);
	EXPECT(splice(fd, NULL, pipes[1], NULL, 100, 0) == 7 && gets(pipes[0], "through"));
	EXPECT_ERRNO(splice(fd, NULL, pipes[1], NULL, 100, SPLICE_F_NONBLOCK), EAGAIN);
	return true;
}

static bool sendfile_reads_and_writes(void)
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

static bool rwf_nowait_does_not_wait(void)
{
	int fd = open_topic(O_RDONLY), w = writer();
	char buffer[4];
	struct iovec part = { buffer, 4 };

	EXPECT_ERRNO(preadv2(fd, &part, 1, -1, RWF_NOWAIT), EAGAIN);
	EXPECT(put(w, "now") && preadv2(fd, &part, 1, -1, RWF_NOWAIT) == 3);
	return true;
}

/*
 * Memory that is slow: nobody else waits for it.
 */

static int slow_memory(char **memory)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range.len = 4096, .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	*memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)*memory;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return -1;
	return fd;
}

static bool give_memory(int uffd, char *memory)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)memory, 4096 } };

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero) == 0;
}

struct transfer {
	int fd;
	char *memory;
	ssize_t result;
};

static void *read_slowly(void *data)
{
	struct transfer *transfer = data;

	transfer->result = read(transfer->fd, transfer->memory, 4096);
	return NULL;
}

static void *write_slowly(void *data)
{
	struct transfer *transfer = data;

	transfer->result = write(transfer->fd, transfer->memory, 3);
	return NULL;
}

/* Whether somebody touched the memory, and waits. */
static bool is_touched(int uffd)
{
	struct uffd_msg message;

	return events(uffd, POLLIN, 20000) == POLLIN &&
	       read(uffd, &message, sizeof(message)) == sizeof(message);
}

static bool reader_in_slow_memory_holds_up_nobody(void)
{
	struct transfer transfer = { .fd = open_topic(O_RDONLY) };
	int uffd = slow_memory(&transfer.memory), other = reader(), w = writer();
	pthread_t thread;

	EXPECT(uffd >= 0 && put(w, "abc"));
	EXPECT(pthread_create(&thread, NULL, read_slowly, &transfer) == 0 && is_touched(uffd));
	EXPECT(put(w, "def") && gets(other, "abcdef") && reader() >= 0);
	EXPECT(give_memory(uffd, transfer.memory) && pthread_join(thread, NULL) == 0);
	EXPECT(transfer.result == 6 && memcmp(transfer.memory, "abcdef", 6) == 0);
	return true;
}

static bool writer_from_slow_memory_holds_up_nobody(void)
{
	struct transfer transfer = { .fd = writer() };
	int uffd = slow_memory(&transfer.memory), fd = reader(), w = writer();
	pthread_t thread;

	EXPECT(uffd >= 0);
	EXPECT(pthread_create(&thread, NULL, write_slowly, &transfer) == 0 && is_touched(uffd));
	EXPECT(put(w, "quick") && gets(fd, "quick"));
	EXPECT(give_memory(uffd, transfer.memory) && pthread_join(thread, NULL) == 0);
	EXPECT(transfer.result == 3 && read(fd, path, 99) == 3);
	return true;
}

static void *write_large_slowly(void *data)
{
	static char first[4096 - 24];
	struct transfer *transfer = data;
	struct iovec parts[] = { { first, sizeof(first) }, { transfer->memory, 100 } };

	transfer->result = writev(transfer->fd, parts, 2);
	return NULL;
}

static bool first_half_of_a_large_write_does_not_wait_for_slow_memory(void)
{
	struct transfer transfer = { 0 };
	int uffd = slow_memory(&transfer.memory);
	pthread_t thread;
	pid_t child;

	EXPECT(uffd >= 0 && make_topic(8192));
	transfer.fd = writer();
	child = fork();
	if (child == 0)
		_exit(read(open_topic(O_RDONLY), path, 1) == 1 ? 0 : 1);
	EXPECT(is_asleep(child));
	EXPECT(pthread_create(&thread, NULL, write_large_slowly, &transfer) == 0);
	EXPECT(is_touched(uffd) && ended(child, 0));
	EXPECT(give_memory(uffd, transfer.memory) && pthread_join(thread, NULL) == 0);
	EXPECT(transfer.result == 4096 - 24 + 100);
	return true;
}

static bool reader_that_was_overrun_in_its_copy_gets_nothing_torn(void)
{
	struct transfer transfer = { 0 };
	char data[1000];
	int uffd = slow_memory(&transfer.memory), w;
	pthread_t thread;

	EXPECT(uffd >= 0 && make_topic(4096));
	transfer.fd = open_topic(O_RDONLY);
	w = writer();
	memset(data, 'a', sizeof(data));
	EXPECT(write(w, data, sizeof(data)) == sizeof(data));
	EXPECT(pthread_create(&thread, NULL, read_slowly, &transfer) == 0 && is_touched(uffd));
	EXPECT(fill(w, 10) && give_memory(uffd, transfer.memory));
	EXPECT(pthread_join(thread, NULL) == 0 && transfer.result == -1);
	EXPECT(loss_of(transfer.fd).overruns == 1);
	return true;
}

/* Whether a process was killed while it waited, in its read or write, for memory. */
static bool is_killed_in_its_copy(void *(*transfer_slowly)(void *), int flags)
{
	pid_t child = fork();
	int how;

	if (child == 0) {
		struct transfer transfer = { .fd = open_topic(flags) };
		int uffd = slow_memory(&transfer.memory);
		pthread_t thread;

		lseek(transfer.fd, 0, SEEK_SET);
		if (uffd >= 0 && !pthread_create(&thread, NULL, transfer_slowly, &transfer) &&
		    is_touched(uffd))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	return waitpid(child, &how, 0) == child && WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
}

static bool reader_that_is_killed_in_its_copy_is_gone(void)
{
	struct fanout_query answer;
	int w = writer();

	EXPECT(put(w, "abc") && is_killed_in_its_copy(read_slowly, O_RDONLY));
	EXPECT(query(w, &answer) && answer.n_readers == 0 && put(w, "def"));
	return true;
}

static bool writer_that_is_killed_in_its_copy_has_published_nothing(void)
{
	struct fanout_query answer;
	int fd = reader(), w;

	EXPECT(is_killed_in_its_copy(write_slowly, O_WRONLY));
	EXPECT(query(fd, &answer) && answer.ring.head == 0 && answer.n_writers == 0);
	EXPECT((w = writer()) >= 0 && put(w, "next") && gets(fd, "next"));
	return true;
}

/*
 * io_uring, by its system calls.
 */

struct uring {
	int fd;
	struct io_uring_params about;
	char *queues;
	struct io_uring_sqe *entries;
	__kernel_rwf_t flags; /* of the next requests */
};

static bool make_uring(struct uring *uring)
{
	size_t size;

	*uring = (struct uring){ 0 };
	uring->fd = (int)syscall(SYS_io_uring_setup, 4, &uring->about);
	EXPECT(uring->fd >= 0 && uring->about.features & IORING_FEAT_SINGLE_MMAP);
	size = uring->about.cq_off.cqes + uring->about.cq_entries * sizeof(struct io_uring_cqe);
	uring->queues = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, uring->fd, 0);
	uring->entries = mmap(NULL, 4 * sizeof(*uring->entries), PROT_READ | PROT_WRITE, MAP_SHARED,
			      uring->fd, IORING_OFF_SQES);
	return uring->queues != MAP_FAILED && (void *)uring->entries != MAP_FAILED;
}

static unsigned int *queue_word(const struct uring *uring, __u32 offset)
{
	return (unsigned int *)(void *)(uring->queues + offset);
}

/* Hands one request over. */
static bool submit(const struct uring *uring, __u8 operation, int fd, void *memory, __u32 size)
{
	unsigned int *tail = queue_word(uring, uring->about.sq_off.tail), index = *tail % 4;

	uring->entries[index] = (struct io_uring_sqe){
		.opcode = operation,
		.fd = fd,
		.addr = (uintptr_t)memory,
		.len = size,
		.off = UINT64_MAX,
		.rw_flags = uring->flags,
		.user_data = operation,
	};
	queue_word(uring, uring->about.sq_off.array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, uring->fd, 1, 0, 0, NULL, 0) == 1;
}

/* Waits until a request is done; its result. */
static int result(const struct uring *uring, __u8 operation)
{
	unsigned int *head = queue_word(uring, uring->about.cq_off.head);
	const struct io_uring_cqe *done;

	if (syscall(SYS_io_uring_enter, uring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	done = (const void *)(uring->queues + uring->about.cq_off.cqes);
	done += *head % uring->about.cq_entries;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return done->user_data == operation ? done->res : -EBADMSG;
}

/*
 * On a regular file, which a topic of the file system is, io_uring reads on until the buffer is full;
 * unless it is told not to wait. Then it may say EAGAIN whatever there is:
 * a kernel without a block layer does.
 */
static bool io_uring_reads_and_writes(void)
{
	int fd = open_topic(O_RDONLY), w = writer();
	char out[] = "by ring", in[16] = "";
	struct uring uring;
	int n = -EAGAIN;

	EXPECT(make_uring(&uring));
	EXPECT(submit(&uring, IORING_OP_WRITE, w, out, 7) && result(&uring, IORING_OP_WRITE) == 7);
	EXPECT(submit(&uring, IORING_OP_READ, fd, in, 7) && result(&uring, IORING_OP_READ) == 7);
	EXPECT(memcmp(in, out, 7) == 0 && put(w, "more"));
	uring.flags = RWF_NOWAIT;
	for (int i = 0; i < 100 && n == -EAGAIN; i++) {
		EXPECT(submit(&uring, IORING_OP_READ, fd, in, 16));
		n = result(&uring, IORING_OP_READ);
	}
	EXPECT(n == -EAGAIN ? gets(fd, "more") : n == 4);
	EXPECT(submit(&uring, IORING_OP_READ, fd, in, 16));
	EXPECT(result(&uring, IORING_OP_READ) == -EAGAIN);
	return true;
}

static bool io_uring_read_of_a_device_waits_for_a_record(void)
{
	char in[16] = "";
	struct uring uring;
	int fd, w;

	strcpy(path, "/dev/fanout4");
	fd = open_topic(O_RDONLY);
	w = writer();
	EXPECT(make_uring(&uring) && submit(&uring, IORING_OP_READ, fd, in, 16));
	EXPECT(events(uring.fd, POLLIN, 0) == 0);
	EXPECT(put(w, "later") && result(&uring, IORING_OP_READ) == 5);
	EXPECT(memcmp(in, "later", 5) == 0);
	return true;
}

static bool io_uring_read_and_write_are_told_why_not(void)
{
	int fd = open_topic(O_RDONLY), w = writer();
	struct uring uring;

	EXPECT(make_uring(&uring) && submit(&uring, IORING_OP_WRITE, w, (void *)8, 7));
	EXPECT(result(&uring, IORING_OP_WRITE) == -EFAULT);
	EXPECT(put(w, "kept") && submit(&uring, IORING_OP_READ, fd, (void *)8, 7));
	EXPECT(result(&uring, IORING_OP_READ) == -EFAULT && gets(fd, "kept"));
	EXPECT(unlink(path) == 0 && submit(&uring, IORING_OP_WRITE, w, path, 1));
	EXPECT(result(&uring, IORING_OP_WRITE) == -ESTALE);
	EXPECT(submit(&uring, IORING_OP_READ, fd, path, 1) && result(&uring, IORING_OP_READ) == 0);
	return true;
}

/*
 * Mapping.
 */

static void *map(int fd, int protection, size_t size, off_t offset)
{
	return mmap(NULL, size, protection, MAP_SHARED, fd, offset);
}

static bool mapping_shows_header_and_data(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = reader(), w = writer();
	const struct fanout_ring *ring = map(fd, PROT_READ, page, 0);
	const char *data = map(fd, PROT_READ, 1 << 20, (off_t)page);
	const struct fanout_record *record = (const void *)data;

	EXPECT((const void *)ring != MAP_FAILED && data != MAP_FAILED && put(w, "seen"));
	EXPECT(ring->magic == FANOUT_MAGIC && ring->header_size == page && ring->head == 32);
	EXPECT(record->length == 4 && memcmp(data + sizeof(*record), "seen", 4) == 0);
	close(fd);
	close(w);
	EXPECT(unlink(path) == 0 && ring->retired == 1 && data[24] == 's');
	return true;
}

static bool mapping_cannot_be_written_or_grown(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open_topic(O_RDWR);
	void *ring = map(fd, PROT_READ, page, 0);

	EXPECT(ring != MAP_FAILED);
	EXPECT_ERRNO((long)map(fd, PROT_READ | PROT_WRITE, page, 0), EACCES);
	EXPECT_ERRNO(mprotect(ring, page, PROT_READ | PROT_WRITE), EACCES);
	EXPECT_ERRNO((long)mremap(ring, page, 2 * page, MREMAP_MAYMOVE), EFAULT);
	EXPECT_ERRNO((long)map(fd, PROT_READ, page, (off_t)page + (1 << 20)), ENXIO);
	EXPECT_ERRNO((long)map(writer(), PROT_READ, page, 0), EACCES);
	return true;
}

static struct fanout_slot *map_slot(int fd)
{
	int slot_fd = ioctl(fd, FANOUT_IOC_SLOT);
	void *slot = map(slot_fd, PROT_READ | PROT_WRITE, (size_t)sysconf(_SC_PAGESIZE), 0);

	close(slot_fd);
	return slot == MAP_FAILED ? NULL : slot;
}

static bool slot_says_where_a_reader_is(void)
{
	int fd = reader(), w = writer();
	struct fanout_slot *slot = map_slot(fd);

	EXPECT(slot && slot->state == FANOUT_SLOT_ATTACHED && slot->pid == (__u32)getpid());
	EXPECT(put(w, "x") && slot->position == 0 && gets(fd, "x") && slot->position == 32);
	EXPECT(put(w, "y") && events(fd, POLLIN, 0) == POLLIN);
	slot->position = 64;
	EXPECT(events(fd, POLLIN, 0) == 0);
	return true;
}

static bool progress_in_the_slot_lets_a_publisher_go_on(void)
{
	struct fanout_slot *slot;
	struct fanout_query answer;
	int fd;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	slot = map_slot(fd);
	child = fork();
	if (child == 0)
		_exit(fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 6) ? 0 : 1);
	EXPECT(slot && is_asleep(child) && query(fd, &answer) && answer.ring.wanted);
	slot->position = answer.ring.head;
	EXPECT(ioctl(fd, FANOUT_IOC_PROGRESS) == 0 && ended(child, 0));
	return true;
}

static bool lies_in_the_slot_cost_one_patience_at_most(void)
{
	struct fanout_slot *slot;
	struct fanout_query answer;
	uint64_t start;
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	slot = map_slot(fd);
	w = publisher(SECOND / 10, 0);
	EXPECT(slot && fill(w, 6) && query(w, &answer) && answer.ring.lapses == 1);
	start = answer.ring.waited;
	for (int i = 0; i < 20; i++) {
		slot->position = i % 3 ? 0 : UINT64_MAX;
		slot->lapsed = 0;
		slot->state = i % 2 ? FANOUT_SLOT_ATTACHED : 12345;
		EXPECT(ioctl(fd, FANOUT_IOC_PROGRESS) == 0 && fill(w, 1));
	}
	EXPECT(query(w, &answer) && answer.ring.waited - start < 20 * SECOND / 10);
	return true;
}

static bool slot_outlives_its_descriptors(void)
{
	struct fanout_query answer;
	int fd = reader(), w = writer();
	struct fanout_slot *slot = map_slot(fd);

	close(fd);
	EXPECT(slot && query(w, &answer) && answer.n_readers == 1);
	EXPECT(munmap(slot, (size_t)sysconf(_SC_PAGESIZE)) == 0);
	EXPECT(query(w, &answer) && answer.n_readers == 0);
	return true;
}

/*
 * The file system.
 */

static bool stat_is(const char *name, off_t size)
{
	struct stat status;

	return stat(name, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == size;
}

static bool truncate_sets_the_capacity_until_memory_is_taken(void)
{
	int w = writer();

	EXPECT(stat_is(path, 1 << 20));
	EXPECT(truncate(path, 5000) == 0 && stat_is(path, 8192));
	EXPECT(truncate(path, 0) == 0 && stat_is(path, 8192));
	EXPECT_ERRNO(truncate(path, (1L << 30) + 1), EFBIG);
	EXPECT(put(w, "x") && truncate(path, 8192) == 0 && truncate(path, 0) == 0);
	EXPECT_ERRNO(truncate(path, 4096), EBUSY);
	EXPECT(open_topic(O_WRONLY | O_TRUNC) >= 0 && stat_is(path, 8192));
	return true;
}

static bool removed_topic_is_finished_then_at_its_end(void)
{
	int fd = reader(), w = writer();
	pid_t child = fork();

	if (child == 0)
		_exit(gets(open_topic(O_RDONLY), "") ? 0 : 1);
	EXPECT(is_asleep(child) && unlink(path) == 0 && ended(child, 0));
	EXPECT_ERRNO(write(w, "x", 1), ESTALE);
	EXPECT(gets(fd, "") && events(fd, POLLIN, 0) == (POLLIN | POLLHUP));
	return true;
}

static bool what_was_published_before_the_removal_is_read(void)
{
	int fd = reader(), w = writer();

	EXPECT(put(w, "last") && unlink(path) == 0 && events(fd, POLLIN, 0) == POLLIN);
	EXPECT(gets(fd, "last") && gets(fd, ""));
	return true;
}

static bool removal_ends_a_publishers_wait(void)
{
	int fd;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	child = fork();
	if (child == 0)
		_exit(!fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 50) && errno == ESTALE ? 0 : 1);
	EXPECT(is_asleep(child) && unlink(path) == 0 && ended(child, 0) && fd >= 0);
	return true;
}

static char *beside(const char *name)
{
	static char other[300];

	snprintf(other, sizeof(other), "%s/%s", mount_point, name);
	return other;
}

static bool rename_over_a_topic_retires_that(void)
{
	int fd, w = writer(), old;

	EXPECT((old = open(beside("old"), O_RDWR | O_CREAT, 0600)) >= 0 && put(w, "x"));
	fd = open(beside("old"), O_RDONLY);
	EXPECT(rename(path, beside("old")) == 0 && gets(fd, ""));
	EXPECT_ERRNO(write(old, "x", 1), ESTALE);
	EXPECT(put(w, "y"));
	EXPECT_ERRNO(access(path, F_OK), ENOENT);
	EXPECT_ERRNO(rename(beside("old"), "/tmp/elsewhere"), EXDEV);
	EXPECT(unlink(beside("old")) == 0);
	return true;
}

static bool replaced_ring_goes_on_where_the_old_one_ended(void)
{
	struct fanout_replace wish = { .capacity = 8192 };
	struct fanout_query answer;
	int fd = reader(), w = publisher(0, 0), next;

	EXPECT(put(w, "a") && put(w, "b") && ioctl(w, FANOUT_IOC_REPLACE, &wish) == 0);
	EXPECT_ERRNO(write(w, "c", 1), ESTALE);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_REPLACE, &wish), ESTALE);
	EXPECT(gets(fd, "ab") && gets(fd, "") && stat_is(path, 8192));
	next = open_topic(O_RDWR);
	EXPECT(query(next, &answer) && answer.ring.first_sequence == 2);
	EXPECT(answer.ring.capacity == 8192 && answer.ring.retired == 0 && put(next, "c"));
	wish = (struct fanout_replace){ .reserved = { 1 } };
	EXPECT_ERRNO(ioctl(next, FANOUT_IOC_REPLACE, &wish), EINVAL);
	return true;
}

static bool only_topics_can_be_made(void)
{
	EXPECT_ERRNO(mkdir(beside("folder"), 0700), EPERM);
	EXPECT_ERRNO(symlink("x", beside("link")), EPERM);
	EXPECT_ERRNO(link(path, beside("link")), EPERM);
	EXPECT_ERRNO(mknod(beside("node"), S_IFIFO | 0600, 0), EPERM);
	return true;
}

static bool names_are_checked(void)
{
	static const char *const bad[] = { "-x", "a b", "a..b", "a.", "a*", "\xc3\xa4" };
	char longest[250];

	for (size_t i = 0; i < LENGTH(bad); i++)
		EXPECT_ERRNO(open(beside(bad[i]), O_WRONLY | O_CREAT, 0600), EINVAL);
	EXPECT_ERRNO(open(beside(".hidden"), O_WRONLY | O_CREAT, 0600), EPERM);
	EXPECT_ERRNO(rename(path, beside("a b")), EINVAL);
	memset(longest, 'n', sizeof(longest));
	longest[201] = '\0';
	EXPECT_ERRNO(open(beside(longest), O_WRONLY | O_CREAT, 0600), ENAMETOOLONG);
	longest[200] = '\0';
	EXPECT(close(open(beside(longest), O_WRONLY | O_CREAT, 0600)) == 0);
	EXPECT(unlink(beside(longest)) == 0);
	EXPECT(close(open(beside("A-z_0.b"), O_WRONLY | O_CREAT, 0600)) == 0);
	EXPECT(unlink(beside("A-z_0.b")) == 0);
	return true;
}

static bool permissions_hold(void)
{
	pid_t child;

	EXPECT(chmod(mount_point, 0755) == 0 && chmod(path, 0640) == 0 && chown(path, 7, 8) == 0);
	child = fork();
	if (child == 0) {
		bool fine = setgid(8) == 0 && setuid(9) == 0;

		_exit(fine && open_topic(O_RDONLY) >= 0 && open_topic(O_WRONLY) == -1 &&
				      errno == EACCES && unlink(path) == -1 && errno == EACCES ?
			      0 :
			      1);
	}
	EXPECT(ended(child, 0));
	return true;
}

static bool limited_mount(const char *options, char *place)
{
	strcpy(place, "/tmp/limited.XXXXXX");
	return mkdtemp(place) && mount("none", place, "fanout", 0, options) == 0;
}

static bool limits_of_a_mount_hold(void)
{
	char place[32], name[64];
	struct statfs status;
	int fds[3];

	EXPECT(limited_mount("size=8K,max=2,mode=1777", place));
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/t%d", place, i);
		fds[i] = open(name, O_WRONLY | O_CREAT, 0600);
		EXPECT((fds[i] >= 0) == (i < 2));
	}
	EXPECT_ERRNO(open(name, O_WRONLY | O_CREAT, 0600), ENOSPC);
	EXPECT(ftruncate(fds[0], 8192) == 0 && ftruncate(fds[1], 4096) == 0 && put(fds[0], "x"));
	EXPECT_ERRNO(write(fds[1], "x", 1), ENOSPC);
	EXPECT(statfs(place, &status) == 0 && status.f_type == FANOUT_SUPER_MAGIC);
	EXPECT(status.f_blocks == 2 && status.f_bfree == 0 && status.f_files == 2);
	EXPECT(mount("none", place, "fanout", MS_REMOUNT, "size=1M") == 0 && put(fds[1], "x"));
	EXPECT_ERRNO(umount(place), EBUSY);
	close(fds[0]);
	close(fds[1]);
	EXPECT(umount(place) == 0 && rmdir(place) == 0);
	return true;
}

static bool bad_mount_options_are_refused_with_a_reason(void)
{
	static const char *const bad[][2] = {
		{ "size", "0" },    { "size", "x" }, { "mode", "9" },
		{ "mode", "7777" }, { "what", "1" },
	};

	/* Not by mount(2), for which the reason goes to the kernel's log. */
	for (size_t i = 0; i < LENGTH(bad); i++) {
		int context = fsopen("fanout", FSOPEN_CLOEXEC);
		char reason[256] = "";

		EXPECT(context >= 0);
		EXPECT_ERRNO(fsconfig(context, FSCONFIG_SET_STRING, bad[i][0], bad[i][1], 0),
			     EINVAL);
		EXPECT(read(context, reason, sizeof(reason) - 1) > 0 && strstr(reason, bad[i][0]));
		close(context);
	}
	return true;
}

static bool mounting_in_a_user_namespace_is_refused(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
				      mount("none", "/tmp", "fanout", 0, "") == -1 &&
				      errno == EPERM ?
			      0 :
			      1);
	EXPECT(ended(child, 0));
	return true;
}

static bool mounts_are_separate(void)
{
	char place[32], name[64];
	int fd;

	EXPECT(limited_mount("", place));
	snprintf(name, sizeof(name), "%s%s", place, strrchr(path, '/'));
	EXPECT_ERRNO(open(name, O_RDONLY), ENOENT);
	EXPECT((fd = open(name, O_WRONLY | O_CREAT, 0600)) >= 0 && put(fd, "x"));
	EXPECT_ERRNO(read(reader(), path, 1), EAGAIN);
	close(fd);
	EXPECT(umount(place) == 0 && rmdir(place) == 0);
	return true;
}

/*
 * Devices.
 */

static bool device_is_a_topic(void)
{
	struct fanout_replace wish = { 0 };
	struct fanout_query answer;
	int w, fd;

	strcpy(path, "/dev/fanout1");
	w = writer();
	fd = reader();
	EXPECT(put(w, "device") && gets(fd, "device") && query(fd, &answer));
	EXPECT(answer.ring.capacity == 16384);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_REPLACE, &wish), EPERM);
	return true;
}

static long counter(const char *name)
{
	char file[64], buffer[32] = "";
	int fd;

	snprintf(file, sizeof(file), "/sys/class/fanout/fanout2/%s", name);
	fd = open(file, O_RDONLY);
	if (read(fd, buffer, sizeof(buffer) - 1) <= 0)
		return -1;
	close(fd);
	return atol(buffer);
}

static bool devices_have_counters(void)
{
	int w, fd;

	EXPECT(counter("capacity") == 16384 && counter("messages") == 0);
	strcpy(path, "/dev/fanout2");
	fd = reader();
	w = writer();
	EXPECT(fill(w, 100) && counter("messages") == 100 && counter("bytes") == 100000);
	EXPECT(counter("readers") == 1 && counter("publishers") == 1 && counter("lapses") == 0);
	EXPECT_ERRNO(read(fd, path, 1), EPIPE);
	EXPECT(counter("overruns") == 1);
	return true;
}

static bool minor_is(dev_t device, unsigned int number)
{
	return minor(device) == number;
}

static bool nodes_made_by_hand_work(void)
{
	struct stat status;
	char buffer[64];
	int fd;

	EXPECT(stat("/dev/fanout", &status) == 0 && minor_is(status.st_rdev, 0));
	EXPECT((status.st_mode & 07777) == 0660 && stat("/dev/fanout7", &status) == 0);
	strcpy(path, "/tmp/fanout7");
	EXPECT(mknod(path, S_IFCHR | 0600, status.st_rdev) == 0 && (fd = reader()) >= 0);
	EXPECT(put(writer(), "by hand") && read(fd, buffer, sizeof(buffer)) == 7);
	EXPECT(mknod("/tmp/fanout8", S_IFCHR | 0600, status.st_rdev + 1) == 0);
	EXPECT_ERRNO(open("/tmp/fanout8", O_RDONLY), ENXIO);
	EXPECT(unlink(path) == 0 && unlink("/tmp/fanout8") == 0);
	return true;
}

/*
 * Stress.
 */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* A message: its number, its size (from its number), bytes that follow from both. */
static size_t make_message(char *at, uint64_t number)
{
	size_t size = 16 + mix(number) % 120;
	uint64_t word = mix(number + 1);

	memcpy(at, &number, 8);
	for (size_t i = 8; i < size; i++)
		at[i] = (char)(word >> (i % 8 * 8)) + (char)i;
	return size;
}

/* Reads until end of file: every record is whole and right, and those lost are counted. */
static bool read_all(int fd, uint64_t n)
{
	static char buffer[1 << 16];
	char expected[256];
	uint64_t next = 0, lost = 0;
	ssize_t size;

	while ((size = read(fd, buffer, sizeof(buffer))) != 0) {
		if (size < 0 && errno != EPIPE)
			return false;
		for (ssize_t at = 0; at < size;) {
			struct fanout_record record;

			memcpy(&record, buffer + at, sizeof(record));
			lost += record.sequence - next;
			next = record.sequence + 1;
			if (make_message(expected, record.sequence) != record.length ||
			    memcmp(expected, buffer + at + sizeof(record), record.length) != 0)
				return false;
			at += (ssize_t)(sizeof(record) + (record.length + 7) / 8 * 8);
		}
	}
	return next == n && lost == loss_of(fd).messages && loss_of(fd).received + lost == n;
}

static bool write_all(int fd, uint64_t n)
{
	char message[256];

	for (uint64_t i = 0; i < n; i++) {
		size_t size = make_message(message, i);

		if (write(fd, message, size) != (ssize_t)size)
			return false;
	}
	return true;
}

static bool stream(uint64_t capacity, unsigned int n_readers, uint64_t n, uint64_t patience)
{
	pid_t children[16];
	int w;

	EXPECT(make_topic(capacity));
	w = publisher(patience, 0);
	for (unsigned int i = 0; i < n_readers; i++) {
		int fd = open_topic(O_RDONLY);

		EXPECT(fd >= 0 && subscribe(fd, FANOUT_SUBSCRIBE_RECORDS, 0, 0) == 0);
		children[i] = fork();
		if (children[i] == 0) {
			close(w);
			_exit(read_all(fd, n) && (!patience || !loss_of(fd).messages) ? 0 : 1);
		}
		close(fd);
	}
	EXPECT(write_all(w, n) && unlink(path) == 0);
	for (unsigned int i = 0; i < n_readers; i++)
		EXPECT(ended(children[i], 0));
	return true;
}

static uint64_t stress_records = 20000;

static bool stream_to_1_reader_is_right(void)
{
	return stream(1 << 16, 1, stress_records, 0);
}

static bool stream_to_4_readers_is_right(void)
{
	return stream(1 << 16, 4, stress_records, 0);
}

static bool stream_to_16_readers_is_right(void)
{
	return stream(1 << 16, 16, stress_records, 0);
}

/* Its reader keeps pace with a writer that goes round and round. */
static bool stream_in_the_smallest_ring_is_right(void)
{
	return stream(4096, 1, stress_records, 0);
}

static bool patient_stream_to_4_readers_loses_nothing(void)
{
	return stream(1 << 16, 4, stress_records / 4, FANOUT_PATIENCE_INFINITE);
}

/* Writes whole messages of one byte value, or reads such, until it is killed. */
static void churn(bool writes, unsigned int seed)
{
	static char data[4096];
	int fd = open_topic(writes ? O_WRONLY : O_RDONLY);

	if (!writes)
		(void)subscribe(fd, FANOUT_SUBSCRIBE_RECORDS, seed % 4, seed);
	for (unsigned int i = seed;; i++) {
		struct fanout_record *record = (void *)data;
		ssize_t n;

		if (writes) {
			memset(data, (int)(i & 0xff), sizeof(data));
			(void)!write(fd, data, 1 + mix(i) % 2000);
			continue;
		}
		n = read(fd, data, sizeof(data));
		for (ssize_t at = 24; n > 0 && at < 24 + record->length; at++)
			if (data[at] != data[24])
				_exit(1);
	}
}

static bool killed_writers_and_readers_leave_nothing_behind(void)
{
	struct fanout_query answer;
	int w, fd;

	EXPECT(make_topic(1 << 14));
	for (unsigned int i = 0; i < 100; i++) {
		pid_t children[4];

		for (unsigned int j = 0; j < 4; j++) {
			children[j] = fork();
			if (children[j] == 0)
				churn(j % 2, i * 4 + j);
		}
		usleep(mix(i) % 20000);
		for (unsigned int j = 0; j < 4; j++) {
			int how;

			EXPECT(kill(children[j], SIGKILL) == 0);
			EXPECT(waitpid(children[j], &how, 0) == children[j] && WIFSIGNALED(how));
		}
	}
	fd = reader();
	w = publisher(FANOUT_PATIENCE_INFINITE, FANOUT_PUBLISH_EXCLUSIVE);
	EXPECT(w >= 0 && query(w, &answer) && answer.n_readers == 1 && answer.n_publishers == 1);
	EXPECT(put(w, "alive") && gets(fd, "alive"));
	return true;
}

static bool topics_come_and_go_under_readers(void)
{
	pid_t child = fork();

	if (child == 0) {
		for (;;) {
			int fd = open_topic(O_RDWR | O_CREAT | O_NONBLOCK);

			(void)!write(fd, "x", 1);
			(void)!read(fd, (char[8]){ 0 }, 8);
			(void)map(fd, PROT_READ, 4096, 0);
			close(fd);
		}
	}
	for (int i = 0; i < 1000; i++) {
		struct fanout_replace wish = { .capacity = 4096 };
		int fd = open_topic(O_WRONLY | O_CREAT);

		EXPECT(fd >= 0);
		(void)ioctl(fd, FANOUT_IOC_REPLACE, &wish);
		close(fd);
		(void)unlink(path);
	}
	EXPECT(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	return true;
}

static bool mounts_come_and_go(void)
{
	char place[32], name[64];

	strcpy(place, "/tmp/limited.XXXXXX");
	EXPECT(mkdtemp(place));
	snprintf(name, sizeof(name), "%s/t", place);
	for (int i = 0; i < 1000; i++) {
		int fd;

		EXPECT(mount("none", place, "fanout", 0, "") == 0);
		EXPECT((fd = open(name, O_WRONLY | O_CREAT, 0600)) >= 0 && put(fd, "x"));
		EXPECT_ERRNO(umount(place), EBUSY);
		close(fd);
		EXPECT(umount(place) == 0);
	}
	EXPECT(rmdir(place) == 0);
	return true;
}

static const struct promise promises[] = {
	PROMISE(each_reader_gets_every_message),
	PROMISE(reader_begins_where_it_opened),
	PROMISE(reader_that_opened_before_anything_gets_all),
	PROMISE(read_returns_whole_records_that_fit),
	PROMISE(large_record_is_continued_by_the_next_read),
	PROMISE(empty_read_and_write_do_nothing),
	PROMISE(empty_message_is_no_end_of_file),
	PROMISE(readv_and_writev_are_one_record),
	PROMISE(large_write_is_short_and_two_records),
	PROMISE(large_write_overwrites_nothing_of_its_own),
	PROMISE(publisher_gets_emsgsize_instead_of_a_short_write),
	PROMISE(record_across_the_end_of_the_ring_is_whole),
	PROMISE(blocked_reader_wakes),
	PROMISE(signal_ends_a_blocked_read),
	PROMISE(blocked_read_restarts_after_a_signal),
	PROMISE(bad_memory_is_efault_and_publishes_nothing),
	PROMISE(pread_and_pwrite_are_refused),
	PROMISE(overrun_reader_gets_epipe_once_and_exact_loss),
	PROMISE(overrun_in_the_middle_of_a_record_goes_on_at_the_oldest),
	PROMISE(overrun_is_reported_by_poll),
	PROMISE(lseek_goes_to_the_oldest_and_to_the_newest),
	PROMISE(subscriber_starts_at_the_last_messages),
	PROMISE(subscriber_starts_at_a_time),
	PROMISE(subscriber_reads_records),
	PROMISE(requests_refuse_what_they_do_not_know),
	PROMISE(requests_need_the_right_descriptor),
	PROMISE(records_must_be_what_they_say),
	PROMISE(query_tells_of_one_moment),
	PROMISE(readers_are_listed_but_for_the_one_that_asks),
	PROMISE(nonblocking_descriptor_is_waited_for_once_it_reads),
	PROMISE(writers_are_counted_and_a_new_ring_has_one),
	PROMISE(who_finds_a_ring_replaced_finds_the_new_one),
	PROMISE(descriptor_for_both_is_waited_for_once_it_reads),
	PROMISE(exclusive_publisher_keeps_others_out),
	PROMISE(nobody_becomes_exclusive_beside_another),
	PROMISE(last_publisher_that_goes_wakes_who_polls),
	PROMISE(nonblocking_publisher_gets_eagain_instead_of_a_wait),
	PROMISE(plain_write_never_waits),
	PROMISE(patient_publisher_loses_nothing),
	PROMISE(patience_is_used_up_once_and_then_the_reader_has_lapsed),
	PROMISE(observer_is_not_waited_for),
	PROMISE(publisher_does_not_wait_for_itself),
	PROMISE(reader_that_goes_holds_nobody_up),
	PROMISE(signal_ends_a_publishers_wait_and_nothing_is_published),
	PROMISE(publishers_wait_restarts_after_a_signal),
	PROMISE(waiting_publisher_holds_up_no_other),
	PROMISE(poll_tells_what_can_be_done),
	PROMISE(epoll_edge_comes_with_each_record),
	PROMISE(splice_goes_both_ways),
	PROMISE(sendfile_reads_and_writes),
	PROMISE(rwf_nowait_does_not_wait),
	PROMISE(reader_in_slow_memory_holds_up_nobody),
	PROMISE(writer_from_slow_memory_holds_up_nobody),
	PROMISE(first_half_of_a_large_write_does_not_wait_for_slow_memory),
	PROMISE(reader_that_was_overrun_in_its_copy_gets_nothing_torn),
	PROMISE(reader_that_is_killed_in_its_copy_is_gone),
	PROMISE(writer_that_is_killed_in_its_copy_has_published_nothing),
	PROMISE(io_uring_reads_and_writes),
	PROMISE(io_uring_read_of_a_device_waits_for_a_record),
	PROMISE(io_uring_read_and_write_are_told_why_not),
	PROMISE(mapping_shows_header_and_data),
	PROMISE(mapping_cannot_be_written_or_grown),
	PROMISE(slot_says_where_a_reader_is),
	PROMISE(progress_in_the_slot_lets_a_publisher_go_on),
	PROMISE(lies_in_the_slot_cost_one_patience_at_most),
	PROMISE(slot_outlives_its_descriptors),
	PROMISE(truncate_sets_the_capacity_until_memory_is_taken),
	PROMISE(removed_topic_is_finished_then_at_its_end),
	PROMISE(what_was_published_before_the_removal_is_read),
	PROMISE(removal_ends_a_publishers_wait),
	PROMISE(rename_over_a_topic_retires_that),
	PROMISE(replaced_ring_goes_on_where_the_old_one_ended),
	PROMISE(only_topics_can_be_made),
	PROMISE(names_are_checked),
	PROMISE(permissions_hold),
	PROMISE(limits_of_a_mount_hold),
	PROMISE(bad_mount_options_are_refused_with_a_reason),
	PROMISE(mounting_in_a_user_namespace_is_refused),
	PROMISE(mounts_are_separate),
	PROMISE(device_is_a_topic),
	PROMISE(devices_have_counters),
	PROMISE(nodes_made_by_hand_work),
	PROMISE(stream_to_1_reader_is_right),
	PROMISE(stream_to_4_readers_is_right),
	PROMISE(stream_to_16_readers_is_right),
	PROMISE(stream_in_the_smallest_ring_is_right),
	PROMISE(patient_stream_to_4_readers_loses_nothing),
	PROMISE(killed_writers_and_readers_leave_nothing_behind),
	PROMISE(topics_come_and_go_under_readers),
	PROMISE(mounts_come_and_go),
};

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:")) != -1) {
		if (option != 'r')
			return 2;
		stress_records = strtoull(optarg, NULL, 10);
	}
	return keep_promises(promises, LENGTH(promises), argv + optind,
			     (unsigned int)(300 + stress_records / 1000));
}
