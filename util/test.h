/* SPDX-License-Identifier: MIT */
/*
 * What unit tests of the programs share: cmocka, and children whose end and output are looked at.
 */
#ifndef BAF_UTIL_TEST_H
#define BAF_UTIL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CHILD_OUTPUT_SIZE 65536

struct child {
	int status; /* its exit code; 128 plus the number of the signal that ended it */
	char output[CHILD_OUTPUT_SIZE]; /* what it wrote to stdout and stderr */
};

static inline void child_collect(struct child *child, int fd)
{
	size_t size = 0;
	ssize_t n;

	while ((n = read(fd, child->output + size, sizeof(child->output) - 1 - size)) > 0)
		size += (size_t)n;
	child->output[size] = '\0';
}

/* Runs @body in a process of its own, and waits for its end. If @body returns, the exit code is 0. */
static inline void child_run(struct child *child, void (*body)(void *context), void *context)
{
	int fds[2], status;
	pid_t pid;

	assert_return_code(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_return_code(pid, 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		body(context);
		exit(0);
	}
	close(fds[1]);
	child_collect(child, fds[0]);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline void assert_contains(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "nothing");
}

#endif /* BAF_UTIL_TEST_H */
