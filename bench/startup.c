// SPDX-License-Identifier: MIT
/*
 * bench-startup measures how long short programs take, from start to exit.
 *
 *     bench-startup RUNS COMMAND... -- COMMAND... [-- COMMAND...]...
 *
 * The commands take turns; each gets "x\n" on stdin, as from echo, and its stdout goes
 * to /dev/null. Prints a line for each command, in order:
 *
 *     median MILLISECONDS min MILLISECONDS max MILLISECONDS
 *
 * A command that does not exit with 0 ends it all, with exit status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 8
#define GRACE 120 /* seconds for all of it */

struct command {
	char **argv;
	uint64_t *times; /* nanoseconds */
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Makes a pipe that holds one line and then ends. */
static int open_line(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	if (write(fds[1], "x\n", 2) != 2) {
		close(fds[0]);
		fds[0] = -EIO;
	}
	close(fds[1]);
	return fds[0];
}

static int spawn(char **argv, int input, pid_t *pidp)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(pidp, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Runs a command once. */
static int run(char **argv, uint64_t *timep)
{
	int input, status, r;
	uint64_t start;
	pid_t pid;

	input = open_line();
	if (input < 0)
		return input;
	start = now();
	r = spawn(argv, input, &pid);
	if (r == 0)
		waitpid(pid, &status, 0);
	*timep = now() - start;
	close(input);
	if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		r = -ECANCELED;
	return r;
}

static int run_all(struct command *commands, size_t n_commands, size_t n_runs)
{
	for (size_t i = 0; i < n_runs; i++)
		for (size_t k = 0; k < n_commands; k++) {
			int r = run(commands[k].argv, &commands[k].times[i]);

			if (r < 0) {
				fprintf(stderr, "bench-startup: %s: %s\n", commands[k].argv[0],
					strerror(-r));
				return r;
			}
		}
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct command *command, size_t n_runs)
{
	size_t middle = n_runs / 2;

	qsort(command->times, n_runs, sizeof(*command->times), compare);
	printf("median %.3f min %.3f max %.3f\n", (double)command->times[middle] / 1e6,
	       (double)command->times[0] / 1e6, (double)command->times[n_runs - 1] / 1e6);
}

/* Splits the arguments at each "--". Returns how many commands there are, 0 if that is wrong. */
static size_t split(char **argv, struct command *commands)
{
	size_t n = 0;

	for (; *argv && n < COMMANDS_MAX; n++) {
		commands[n].argv = argv;
		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (commands[n].argv == argv)
			return 0;
		if (*argv)
			*argv++ = NULL;
	}
	return *argv ? 0 : n;
}

/* Runs and reports all. Returns an exit status. */
static int measure(struct command *commands, size_t n_commands, size_t n_runs)
{
	for (size_t i = 0; i < n_commands; i++) {
		commands[i].times = calloc(n_runs, sizeof(*commands[i].times));
		if (!commands[i].times)
			return EXIT_FAILURE;
	}
	if (run_all(commands, n_commands, n_runs) < 0)
		return EXIT_FAILURE;
	for (size_t i = 0; i < n_commands; i++)
		report(&commands[i], n_runs);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct command commands[COMMANDS_MAX] = { 0 };
	size_t n_commands, n_runs;
	int status;

	n_runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	n_commands = n_runs > 0 ? split(argv + 2, commands) : 0;
	if (n_commands == 0) {
		fputs("usage: bench-startup RUNS COMMAND... -- COMMAND...\n", stderr);
		return 2;
	}
	alarm(GRACE);
	status = measure(commands, n_commands, n_runs);
	for (size_t i = 0; i < n_commands; i++)
		free(commands[i].times);
	return status;
}
