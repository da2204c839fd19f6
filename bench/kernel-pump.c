// SPDX-License-Identifier: MIT
/*
 * Runs in the guest of bench/kernel: one publisher, some readers, as `dd` and `cat` do it: blocks
 * of 64 KiB from /dev/zero into a file, and out of it into /dev/null.
 *
 *	kernel-pump WHAT FILE READERS MIB
 *
 * WHAT is "ours", "original" or "pipe", for which FILE is not looked at, and there is one reader.
 * Prints, with a tab between them: nanoseconds from the first write(2) to the end of the last;
 * nanoseconds until all readers had the end, too; readers that died; the least and the most that a
 * reader got, in bytes; the most messages that one lost; EPIPE that all of them had.
 *
 * The readers have been asleep for a while when the publisher is started, as it is in life: to the
 * scheduler that makes a difference.
 *
 * A reader that gets EPIPE reads on. With the original it then gets EPIPE for ever, and so is dead
 * when it gets that twice; with "ours" nothing less than ten thousand times counts. With "ours"
 * what was published must be what each reader received and lost, message for message; else this
 * fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fanout.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 65536
#define READERS_MAX 64
#define END 'E' /* the last byte of all; all others are 0 */

/**
 * struct outcome - what a reader reports, in memory that it shares with the publisher
 * @bytes:    that it read
 * @overruns: how often it got EPIPE
 * @loss:     what the module says
 * @died:     it did not get the end
 */
struct outcome {
	uint64_t bytes;
	uint64_t overruns;
	struct fanout_loss loss;
	bool died;
};

/**
 * struct shared - the same memory for all processes
 * @start:     nanoseconds
 * @written:   when the last write ended
 * @published: how many messages that were
 * @outcomes:  of the readers
 */
struct shared {
	uint64_t start;
	uint64_t written;
	uint64_t published;
	struct outcome outcomes[READERS_MAX];
};

static char block[BLOCK];

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "kernel-pump: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/*
 * The readers.
 */

static void copy_all(int from, int to, unsigned int overruns_max, struct outcome *outcome)
{
	unsigned int overruns = 0; /* in a row */

	for (;;) {
		ssize_t n = read(from, block, sizeof(block));

		outcome->died = n == 0 || (n < 0 && (errno != EPIPE || overruns == overruns_max));
		if (outcome->died)
			return;
		overruns = n < 0 ? overruns + 1 : 0;
		outcome->overruns += n < 0;
		if (n < 0)
			continue;
		outcome->bytes += (uint64_t)n;
		check(write(to, block, (size_t)n) == n, "/dev/null");
		if (block[n - 1] == END)
			return;
	}
}

static void start_reader(int from, int ready, bool ours, struct outcome *outcome)
{
	int null = open("/dev/null", O_WRONLY);
	pid_t pid = fork();

	check(pid >= 0 && null >= 0, "a reader");
	if (pid) {
		close(null);
		return;
	}
	check(write(ready, "", 1) == 1, "ready");
	copy_all(from, null, ours ? 10000 : 1, outcome);
	check(!ours || ioctl(from, FANOUT_IOC_LOSS, &outcome->loss) == 0, "FANOUT_IOC_LOSS");
	_exit(0);
}

/*
 * The publisher.
 */

/* The most that one message can have. */
static uint64_t longest_message(int to, bool ours)
{
	struct fanout_query query;

	if (!ours)
		return BLOCK;
	check(ioctl(to, FANOUT_IOC_QUERY, &query) == 0, "FANOUT_IOC_QUERY");
	return query.ring.capacity / 2 - sizeof(struct fanout_record);
}

/* Returns how many messages that were: a write that is too long for one can be several. */
static uint64_t write_block(int to, size_t size, uint64_t longest)
{
	uint64_t messages = 0;

	for (size_t done = 0; done < size;) {
		ssize_t n = write(to, block + done, size - done);

		check(n > 0, "write");
		done += (size_t)n;
		messages += ((uint64_t)n + longest - 1) / longest;
	}
	return messages;
}

static uint64_t publish_all(int to, uint64_t n_blocks, uint64_t longest)
{
	int zero = open("/dev/zero", O_RDONLY);
	uint64_t messages = 0;

	check(zero >= 0, "/dev/zero");
	while (n_blocks--) {
		check(read(zero, block, sizeof(block)) == sizeof(block), "/dev/zero");
		if (!n_blocks)
			block[sizeof(block) - 1] = END;
		messages += write_block(to, sizeof(block), longest);
	}
	close(zero);
	return messages;
}

/*
 * The result.
 */

static void check_loss(const struct outcome *outcome, uint64_t published)
{
	if (outcome->loss.received + outcome->loss.messages == published)
		return;
	fprintf(stderr, "kernel-pump: %llu received, %llu lost, but %llu published\n",
		(unsigned long long)outcome->loss.received,
		(unsigned long long)outcome->loss.messages, (unsigned long long)published);
	exit(1);
}

static void report(const struct outcome *outcomes, int n_readers)
{
	uint64_t least = n_readers ? UINT64_MAX : 0, most = 0, lost = 0, overruns = 0;
	int died = 0;

	for (int i = 0; i < n_readers; i++) {
		const struct outcome *outcome = &outcomes[i];

		died += outcome->died;
		overruns += outcome->overruns;
		least = outcome->bytes < least ? outcome->bytes : least;
		most = outcome->bytes > most ? outcome->bytes : most;
		lost = outcome->loss.messages > lost ? outcome->loss.messages : lost;
	}
	printf("\t%d\t%llu\t%llu\t%llu\t%llu\n", died, (unsigned long long)least,
	       (unsigned long long)most, (unsigned long long)lost, (unsigned long long)overruns);
}

static void wait_ready(int ready, int n_readers)
{
	char byte;

	for (int i = 0; i < n_readers; i++)
		check(read(ready, &byte, 1) == 1, "ready");
	usleep(100000);
}

/* A reader's descriptor. Each has its own, but that of a pipe. */
static int open_reader(const char *path, const int *pipe_ends)
{
	return path ? open(path, O_RDONLY) : pipe_ends[0];
}

static void start_publisher(int to, uint64_t n_blocks, bool ours, struct shared *shared)
{
	uint64_t longest = longest_message(to, ours);
	pid_t pid = fork();

	check(pid >= 0, "the publisher");
	if (pid)
		return;
	shared->start = now();
	shared->published = publish_all(to, n_blocks, longest);
	shared->written = now();
	_exit(0);
}

/* Returns when all children have ended. */
static void wait_all(void)
{
	int status;

	while (wait(&status) > 0)
		check(status == 0, "a process failed");
}

int main(int argc, char **argv)
{
	bool ours = argc == 5 && !strcmp(argv[1], "ours");
	const char *path = argc == 5 && strcmp(argv[1], "pipe") ? argv[2] : NULL;
	int n_readers = argc == 5 ? atoi(argv[3]) : -1;
	int ready[2], data[2];
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (n_readers < 0 || n_readers > READERS_MAX || (!path && n_readers != 1)) {
		fprintf(stderr, "usage: kernel-pump ours|original|pipe FILE READERS MIB\n");
		return 2;
	}
	check(shared != MAP_FAILED && pipe(ready) == 0 && pipe(data) == 0, "pipes");
	for (int i = 0; i < n_readers; i++) {
		int from = open_reader(path, data);

		check(from >= 0, path);
		start_reader(from, ready[1], ours, &shared->outcomes[i]);
		close(from);
	}
	if (path)
		data[1] = open(path, O_WRONLY);
	check(data[1] >= 0, path);
	wait_ready(ready[0], n_readers);

	start_publisher(data[1], (uint64_t)atoi(argv[4]) << 4, ours, shared);
	wait_all();
	printf("%llu\t%llu", (unsigned long long)(shared->written - shared->start),
	       (unsigned long long)(now() - shared->start));
	for (int i = 0; ours && i < n_readers; i++)
		check_loss(&shared->outcomes[i], shared->published);
	report(shared->outcomes, n_readers);
	return 0;
}
