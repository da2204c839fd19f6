// SPDX-License-Identifier: MIT
/*
 * bench-library measures messages a second from one process to several.
 *
 *     bench-library BACKEND SIZE SUBSCRIBERS MILLISECONDS DIRECTORY free|apart
 *     bench-library list
 *
 * Subscribers are forked and attach; then the publisher sends numbered messages of SIZE
 * bytes, a tenth of the time to warm up, then for MILLISECONDS. Each subscriber copies each
 * message into a buffer of its own and checks it (stamp.h). The rate counts what was sent
 * after the warm-up until the slowest subscriber has the last message. Prints one line:
 *
 *     rate MESSAGES_PER_SECOND received N lost N wrong N
 *
 * with the worst subscriber's figures; exits 1 if anything was wrong. Whatever
 * happens, an alarm ends every process.
 *
 * Where the scheduler puts the processes matters more than anything that they do: on one
 * core a message never leaves the cache. "free" leaves it to the scheduler; "apart" puts the
 * publisher on the first processor and the subscribers on the next ones, in turn.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/backend.h"

#define GRACE 30 /* seconds more than the measurement should take */
#define WARM_UP 10 /* the warm-up is this part of the time */

/* What a subscriber tells the publisher. */
struct result {
	struct stamp_account account;
	uint64_t end; /* when it had received all */
	int error;
};

/* Shared by all processes. */
struct board {
	_Atomic uint32_t n_ready;
	struct result results[BACKEND_SUBSCRIBERS_MAX];
};

struct measurement {
	struct backend_run run;
	struct board *board;
	int apart; /* pin each process */
	uint64_t duration; /* nanoseconds */
	uint64_t sent; /* messages, in all */
	uint64_t counted_from; /* the first message after the warm-up */
	uint64_t start; /* when that was sent */
	pid_t pids[BACKEND_SUBSCRIBERS_MAX];
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Pins this process to a processor; its number is counted among those that it may use. */
static int pin(unsigned int index)
{
	cpu_set_t allowed, one;
	unsigned int n, seen = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	n = (unsigned int)CPU_COUNT(&allowed);
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || seen++ != index % n)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
	}
	return -ENOENT;
}

static int subscribe(struct measurement *m, unsigned int index)
{
	struct result *result = &m->board->results[index];
	struct stamp_account account = { .size = m->run.size };
	int r;

	m->run.index = index;
	r = m->apart ? pin(index + 1) : 0;
	if (r == 0)
		r = m->run.backend->attach(&m->run);
	atomic_fetch_add(&m->board->n_ready, 1);
	if (r == 0)
		r = m->run.backend->receive(&m->run, &account);
	result->end = now();
	result->account = account;
	result->error = r;
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int fork_subscribers(struct measurement *m)
{
	pid_t parent = getpid();

	for (unsigned int i = 0; i < m->run.n_subscribers; i++) {
		m->pids[i] = fork();
		if (m->pids[i] < 0)
			return -errno;
		if (m->pids[i] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the alarm ended the publisher */
		_exit(getppid() == parent ? subscribe(m, i) : EXIT_FAILURE);
	}
	while (atomic_load(&m->board->n_ready) < m->run.n_subscribers)
		usleep(1000);
	return 0;
}

/* Sends until a point in time. */
static int send_until(struct measurement *m, uint64_t end)
{
	int r = 0;

	while (r == 0 && now() < end) {
		r = m->run.backend->send(&m->run, m->sent, BACKEND_BURST, 0);
		m->sent += BACKEND_BURST;
	}
	return r;
}

static int publish(struct measurement *m)
{
	int r;

	r = m->run.backend->open(&m->run);
	if (r < 0)
		return r;
	r = send_until(m, now() + m->duration / WARM_UP);
	if (r < 0)
		return r;
	m->start = now();
	m->counted_from = m->sent;
	r = send_until(m, m->start + m->duration);
	if (r < 0)
		return r;
	return m->run.backend->send(&m->run, m->sent++, 1, STAMP_LAST);
}

/* Waits for all subscribers; ends them first if the publisher failed. */
static void reap(struct measurement *m, int failed)
{
	for (unsigned int i = 0; i < m->run.n_subscribers; i++) {
		if (failed && m->pids[i] > 0)
			kill(m->pids[i], SIGKILL);
		if (m->pids[i] > 0)
			waitpid(m->pids[i], NULL, 0);
	}
}

/* Puts the worst of all subscribers into @worst. */
static void sum_up(const struct measurement *m, struct result *worst)
{
	*worst = m->board->results[0];
	for (unsigned int i = 0; i < m->run.n_subscribers; i++) {
		const struct result *result = &m->board->results[i];

		if (result->account.received < worst->account.received)
			worst->account.received = result->account.received;
		if (result->account.lost > worst->account.lost)
			worst->account.lost = result->account.lost;
		if (result->account.wrong > worst->account.wrong)
			worst->account.wrong = result->account.wrong;
		if (result->end > worst->end)
			worst->end = result->end;
		if (result->error < 0)
			worst->error = result->error;
	}
}

static int report(const struct measurement *m)
{
	struct result worst;
	double seconds;

	sum_up(m, &worst);
	if (worst.error < 0) {
		fprintf(stderr, "bench-library: a subscriber failed: %s\n", strerror(-worst.error));
		return EXIT_FAILURE;
	}
	seconds = (double)(worst.end - m->start) / 1e9;
	printf("rate %.0f received %" PRIu64 " lost %" PRIu64 " wrong %" PRIu64 "\n",
	       (double)(m->sent - m->counted_from) / seconds, worst.account.received,
	       worst.account.lost, worst.account.wrong);
	return worst.account.wrong || worst.account.received + worst.account.lost != m->sent ?
		       EXIT_FAILURE :
		       EXIT_SUCCESS;
}

static int prepare_source(struct backend_run *run)
{
	run->n_places = BACKEND_BURST;
	while (run->n_places > 1 && run->n_places * run->size > BACKEND_SOURCE_MAX)
		run->n_places /= 2;
	run->source = calloc(run->n_places, run->size);
	return run->source ? 0 : -ENOMEM;
}

static int prepare(struct measurement *m)
{
	int r;

	m->board = mmap(NULL, sizeof(*m->board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (m->board == MAP_FAILED)
		return -errno;
	m->run.buffer_size = m->run.size;
	m->run.buffer = calloc(1, m->run.size);
	if (!m->run.buffer)
		return -ENOMEM;
	r = prepare_source(&m->run);
	return r < 0 ? r : m->run.backend->prepare(&m->run);
}

static int measure(struct measurement *m)
{
	int r;

	alarm((unsigned int)(m->duration / 1000000000) + GRACE);
	r = prepare(m);
	if (r == 0)
		r = fork_subscribers(m);
	if (r == 0 && m->apart)
		r = pin(0);
	if (r == 0)
		r = publish(m);
	reap(m, r < 0);
	if (m->run.backend->close)
		m->run.backend->close(&m->run);
	if (r < 0) {
		fprintf(stderr, "bench-library: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	return report(m);
}

static const struct backend *find(const struct backend *backends, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(backends[i].name, name))
			return &backends[i];
	return NULL;
}

static int list(void)
{
	for (size_t i = 0; i < n_baf_backends; i++)
		printf("%s\t%s\n", baf_backends[i].name, baf_backends[i].description);
	for (size_t i = 0; i < n_naive_backends; i++)
		printf("%s\t%s\n", naive_backends[i].name, naive_backends[i].description);
	return EXIT_SUCCESS;
}

static int usage(void)
{
	fputs("usage: bench-library BACKEND SIZE SUBSCRIBERS MILLISECONDS DIRECTORY free|apart\n"
	      "       bench-library list\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct measurement m;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	if (argc != 7)
		return usage();
	m.run.backend = find(baf_backends, n_baf_backends, argv[1]);
	if (!m.run.backend)
		m.run.backend = find(naive_backends, n_naive_backends, argv[1]);
	m.run.size = strtoul(argv[2], NULL, 10);
	m.run.n_subscribers = (unsigned int)strtoul(argv[3], NULL, 10);
	m.duration = strtoull(argv[4], NULL, 10) * 1000000;
	m.run.directory = argv[5];
	m.apart = !strcmp(argv[6], "apart");
	if (!m.run.backend || m.run.size < STAMP_SIZE || m.run.size > BACKEND_CAPACITY / 4 ||
	    m.run.n_subscribers < 1 || m.run.n_subscribers > BACKEND_SUBSCRIBERS_MAX)
		return usage();
	return measure(&m);
}
