// SPDX-License-Identifier: MIT
/*
 * bench-latency measures how long a line takes from one pipe to another.
 *
 *     bench-latency LINES MICROSECONDS < from-the-subscriber > to-the-publisher
 *
 * A child writes a line every MICROSECONDS to stdout, with its number and the time;
 * the parent reads lines from stdin as they appear and takes the time again. The first
 * tenth warms up and does not count. When all lines are written, stdout is closed; the
 * pipeline is expected to end then. Prints on stderr
 *
 *     p50 MICROSECONDS p99 MICROSECONDS received N lost N wrong N
 *
 * and exits 1 unless every line came, once and in order.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 100
#define WARM_UP 10 /* a line in so many */
#define GRACE 20 /* seconds */

struct account {
	uint64_t n_lines;
	uint64_t next; /* the line that should come now */
	uint64_t received;
	uint64_t lost;
	uint64_t wrong;
	uint64_t *times; /* nanoseconds, of the lines that count */
	size_t n_times;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void sleep_until(uint64_t when)
{
	struct timespec time = { .tv_sec = (time_t)(when / 1000000000),
				 .tv_nsec = (long)(when % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

/* The child: a line at each tick. */
static int write_lines(uint64_t n_lines, uint64_t interval)
{
	uint64_t tick = now();
	char line[LINE_SIZE + 1];

	for (uint64_t i = 0; i < n_lines; i++) {
		sleep_until(tick += interval);
		snprintf(line, sizeof(line), "%020" PRIu64 " %020" PRIu64 " %057d\n", i, now(), 0);
		if (write(STDOUT_FILENO, line, LINE_SIZE) != LINE_SIZE)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static void check_line(struct account *account, const char *line, uint64_t arrived)
{
	char *end;
	uint64_t number = strtoull(line, &end, 10);
	uint64_t sent = strtoull(end, &end, 10);

	if (line[LINE_SIZE - 1] != '\n' || *end != ' ' || number < account->next ||
	    number >= account->n_lines) {
		account->wrong++;
		return;
	}
	account->lost += number - account->next;
	account->next = number + 1;
	account->received++;
	if (number >= account->n_lines / WARM_UP)
		account->times[account->n_times++] = arrived - sent;
}

/* The parent: reads to the end of stdin; lines that come together arrive together. */
static int read_lines(struct account *account)
{
	char buffer[64 * LINE_SIZE];
	size_t size = 0, done;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer + size, sizeof(buffer) - size)) != 0) {
		uint64_t arrived = now();

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		size += (size_t)n;
		for (done = 0; size - done >= LINE_SIZE; done += LINE_SIZE)
			check_line(account, buffer + done, arrived);
		size -= done;
		memmove(buffer, buffer + done, size);
	}
	account->wrong += size > 0;
	account->lost += account->n_lines - account->next;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double percentile(const struct account *account, unsigned int percent)
{
	if (account->n_times == 0)
		return 0;
	size_t rank = (account->n_times - 1) * percent / 100;

	return (double)account->times[rank] / 1e3;
}

static int report(struct account *account)
{
	qsort(account->times, account->n_times, sizeof(*account->times), compare);
	fprintf(stderr,
		"p50 %.1f p99 %.1f received %" PRIu64 " lost %" PRIu64 " wrong %" PRIu64 "\n",
		percentile(account, 50), percentile(account, 99), account->received, account->lost,
		account->wrong);
	return account->lost || account->wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int measure(struct account *account, uint64_t interval)
{
	pid_t parent = getpid(), child;
	int r;

	alarm((unsigned int)(account->n_lines * interval / 1000000000) + GRACE);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the alarm ended the parent */
		_exit(getppid() == parent ? write_lines(account->n_lines, interval) : EXIT_FAILURE);
	}
	close(STDOUT_FILENO);
	if (child < 0) {
		perror("bench-latency: fork");
		return EXIT_FAILURE;
	}
	r = read_lines(account);
	waitpid(child, NULL, 0);
	if (r < 0) {
		fprintf(stderr, "bench-latency: read: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	return report(account);
}

int main(int argc, char **argv)
{
	struct account account = { 0 };
	uint64_t interval;
	int r;

	if (argc != 3) {
		fputs("usage: bench-latency LINES MICROSECONDS\n", stderr);
		return 2;
	}
	account.n_lines = strtoull(argv[1], NULL, 10);
	interval = strtoull(argv[2], NULL, 10) * 1000;
	account.times = calloc(account.n_lines + 1, sizeof(*account.times));
	if (!account.times) {
		perror("bench-latency");
		return EXIT_FAILURE;
	}
	r = measure(&account, interval);
	free(account.times);
	return r;
}
