// SPDX-License-Identifier: MIT
#include "test/fault/promise.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* After this many seconds a promise, or a case of it, is broken: it hangs. */
enum { SECONDS_AT_MOST = 200 };

/* Outlives the process that tries. */
static struct {
	char situation[400];
} * told;

static char directory[] = "/dev/shm/baf-fault.XXXXXX";

/*
 * Told by the process that tries.
 */

void trying(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(told->situation, sizeof(told->situation), format, arguments);
	va_end(arguments);
	alarm(SECONDS_AT_MOST);
}

void remark(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("# ", stdout);
	vfprintf(stdout, format, arguments);
	fputc('\n', stdout);
	va_end(arguments);
	fflush(stdout);
}

void broken(const char *file, int line, const char *condition)
{
	remark("%s:%d: not so: %s", file, line, condition);
	_exit(1);
}

void unequal(const char *file, int line, const char *condition, long long a, long long b)
{
	remark("%s:%d: not so: %s: %lld, %lld", file, line, condition, a, b);
	_exit(1);
}

/*
 * The directory.
 */

const char *scratch_directory(void)
{
	return directory;
}

const char *scratch_file(const char *pattern)
{
	static char path[PATH_MAX];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", directory, pattern);
	require_equal(glob(path, 0, NULL, &found), 0);
	require_equal(found.gl_pathc, 1);
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	return path;
}

unsigned int scratch_clear(void)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	unsigned int n = 0;

	require(stream != NULL);
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		require(unlinkat(dirfd(stream), entry->d_name, 0) == 0);
		n++;
	}
	closedir(stream);
	return n;
}

/*
 * Processes.
 */

pid_t spawn(void (*act)(void *context), void *context)
{
	pid_t parent = getpid(), pid;

	fflush(stdout);
	pid = fork();
	require(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		act(context);
	_exit(0);
}

bool reap(pid_t pid)
{
	int status;

	require(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return false;
	if (WIFSIGNALED(status))
		remark("a process died of signal %d", WTERMSIG(status));
	require(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return true;
}

void kill_and_reap(pid_t pid)
{
	require(kill(pid, SIGKILL) == 0);
	(void)reap(pid);
}

void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	require(memory != MAP_FAILED);
	return memory;
}

uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void pass_time(uint64_t time)
{
	struct timespec span = { .tv_nsec = (long)time };

	nanosleep(&span, NULL);
}

void await(bool (*is_so)(void *context), void *context)
{
	uint64_t start = nanoseconds();

	while (!is_so(context)) {
		require(nanoseconds() - start < DEADLINE_NANOSECONDS);
		pass_time(1000000);
	}
}

/*
 * Random numbers: splitmix64, by Sebastiano Vigna, in the public domain.
 */

uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t random_below(struct random *random, uint64_t n)
{
	return random_next(random) % n;
}

uint64_t choose_seed(void)
{
	const char *chosen = getenv("BAF_TEST_SEED");
	uint32_t seed = 0;

	if (chosen)
		seed = (uint32_t)strtoul(chosen, NULL, 10);
	else
		require(getrandom(&seed, sizeof(seed), 0) == sizeof(seed));
	remark("seed %u, to be repeated with BAF_TEST_SEED=%u", seed, seed);
	return seed;
}

unsigned int choose_count(int argc, char **argv, unsigned int everyday)
{
	int chosen = getenv("BAF_TEST_FULL") ? 2 : 1;

	return argc > chosen ? (unsigned int)strtoul(argv[chosen], NULL, 10) : everyday;
}

/*
 * Trying.
 */

static void keep(const struct promise *promise)
{
	alarm(SECONDS_AT_MOST);
	promise->keep();
	fflush(stdout);
	exit(0); /* so that a leak is noticed by who looks for leaks */
}

/* Whether it was kept. */
static bool try(const struct promise *promise)
{
	int status;
	pid_t pid;

	told->situation[0] = '\0';
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		keep(promise);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (told->situation[0])
		remark("tried: %s", told->situation);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		remark("it hangs");
	else if (WIFSIGNALED(status))
		remark("died of signal %d", WTERMSIG(status));
	return false;
}

int promises_keep(const struct promise *promises, size_t n_promises)
{
	int n_broken = 0;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED || !mkdtemp(directory)) {
		printf("Bail out! %s\n", strerror(errno));
		return 1;
	}
	printf("1..%zu\n", n_promises);
	for (size_t i = 0; i < n_promises; i++) {
		bool kept = try(&promises[i]);

		n_broken += !kept;
		printf("%sok %zu - %s\n", kept ? "" : "not ", i + 1, promises[i].name);
		(void)scratch_clear();
	}
	(void)rmdir(directory);
	return n_broken != 0;
}
