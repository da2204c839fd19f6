/* SPDX-License-Identifier: MIT */
/*
 * Shared by unit tests of the programs: cmocka, and child processes whose exit status and output
 * can be checked.
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

/* Must come before cmocka.h, which defines a macro fail(). */
#include "util/fail.h"

#include <cmocka.h>

#define WORDS_MAX 16

/* A writable command line, as main() gets; words are separated by blanks. */
struct line {
	char text[256];
	char *argv[WORDS_MAX + 1];
	int argc;
};

static inline void line_init(struct line *line, const char *program, const char *text)
{
	char *rest = line->text, *word;

	*line = (struct line){ 0 };
	snprintf(line->text, sizeof(line->text), *text ? "%s %s" : "%s", program, text);
	while ((word = strsep(&rest, " ")))
		line->argv[line->argc++] = word;
}

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

/* Runs @body in a child process, and waits until it ends. If @body returns, the exit code is 0. */
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

/* Requires that @parse refuses the command line with a usage error that contains @message. */
static inline void assert_refused_by(void (*parse)(void *text), const char *text,
				     const char *message)
{
	struct child child;
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	child_run(&child, parse, copy);
	if (child.status != STATUS_USAGE)
		fail_msg("\"%s\" was accepted", text);
	assert_contains(child.output, message);
}

#endif /* BAF_UTIL_TEST_H */
