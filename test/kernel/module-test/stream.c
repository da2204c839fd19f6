// SPDX-License-Identifier: MIT
/* Streams, and many topics and processes that come and go. */
#include "module-test.h"

#include <sys/mman.h>

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

/* Reads until the end of the file: every record is whole and right, and losses are counted. */
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

PROMISE(stream_to_1_reader_is_right)
{
	return stream(1 << 16, 1, stream_records, 0);
}

PROMISE(stream_to_4_readers_is_right)
{
	return stream(1 << 16, 4, stream_records, 0);
}

PROMISE(stream_to_16_readers_is_right)
{
	return stream(1 << 16, 16, stream_records, 0);
}

/* Its reader keeps pace with a writer that goes round and round. */
PROMISE(stream_in_the_smallest_ring_is_right)
{
	return stream(4096, 1, stream_records, 0);
}

PROMISE(patient_stream_to_4_readers_loses_nothing)
{
	return stream(1 << 16, 4, stream_records / 4, FANOUT_PATIENCE_INFINITE);
}

/* Writes whole messages of one byte value, or reads such messages, until it is killed. */
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

PROMISE(killed_writers_and_readers_leave_nothing_behind)
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

PROMISE(topics_come_and_go_under_readers)
{
	pid_t child = fork();

	if (child == 0) {
		for (;;) {
			int fd = open_topic(O_RDWR | O_CREAT | O_NONBLOCK);

			(void)!write(fd, "x", 1);
			(void)!read(fd, (char[8]){ 0 }, 8);
			(void)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
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

PROMISE(mounts_come_and_go)
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
