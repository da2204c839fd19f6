/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/fail.h"
#include "util/io.h"

#define LINE_SIZE 2048
#define ERASE_LINE "\r\033[K"

static bool unfinished_line;

/* Names and paths come from users: they must not steer the terminal. */
static void blank_control_characters(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static __attribute__((format(printf, 1, 0))) void say_list(const char *format, va_list arguments)
{
	char line[LINE_SIZE];
	size_t start = 0, size;

	if (unfinished_line) {
		memcpy(line, ERASE_LINE, sizeof(ERASE_LINE) - 1);
		start = sizeof(ERASE_LINE) - 1;
		unfinished_line = false;
	}
	size = start +
	       (size_t)snprintf(line + start, LINE_SIZE / 2, "%s: ", program_invocation_short_name);
	vsnprintf(line + size, LINE_SIZE - 1 - size, format, arguments);
	blank_control_characters(line + start);
	size = start + strlen(line + start);
	line[size++] = '\n';
	io_write_all(STDERR_FILENO, line, size);
}

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_list(format, arguments);
	va_end(arguments);
}

enum status fail(enum status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_list(format, arguments);
	va_end(arguments);
	return status;
}

void usage_error(const char *format, ...)
{
	char hint[LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	say_list(format, arguments);
	va_end(arguments);
	snprintf(hint, sizeof(hint), "Try '%s --help'.\n", program_invocation_short_name);
	io_write_all(STDERR_FILENO, hint, strlen(hint));
	exit(STATUS_USAGE);
}

void out_of_memory(void)
{
	exit(fail(STATUS_FAILED,
		  "out of memory: raise the limit (ulimit -v), or send smaller messages"));
}

void say_over_unfinished_line(bool unfinished)
{
	unfinished_line = unfinished;
}

static const struct {
	int error;
	struct explanation explanation;
} explanations[] = {
	{ EACCES,
	  { "no permission",
	    "ask the owner of the topic, or take another directory with --dir or --user",
	    STATUS_PERMISSION } },
	{ EPERM,
	  { "no permission",
	    "ask the owner of the topic, or take another directory with --dir or --user",
	    STATUS_PERMISSION } },
	{ EROFS,
	  { "the file system is read-only", "take another directory with --dir", STATUS_FAILED } },
	{ ENOSPC,
	  { "no space left",
	    "free space in the topic directory, give a smaller --size, or mount it larger",
	    STATUS_FAILED } },
	{ EDQUOT,
	  { "the disk quota is used up", "free space in the topic directory", STATUS_FAILED } },
	{ EBADMSG,
	  { "the file is damaged, or not a topic", "remove it, and publish anew", STATUS_FAILED } },
	{ EFAULT, { "the file was truncated", "remove it, and publish anew", STATUS_FAILED } },
	{ EPROTONOSUPPORT,
	  { "the topic was made by another version of baf", "use that version, or remove the topic",
	    STATUS_FAILED } },
	{ EOPNOTSUPP,
	  { "the file system of the directory cannot hold topics",
	    "take a directory on a tmpfs with --dir, such as one below /dev/shm", STATUS_FAILED } },
	{ ESTALE, { "the topic was removed or replaced", "start again", STATUS_FAILED } },
	{ ENOENT, { "no such topic", "publish to it first", STATUS_NO_TOPIC } },
	{ ENOTDIR, { "not a directory", "give a directory with --dir", STATUS_FAILED } },
	{ ELOOP, { "a symbolic link stands in its place", "remove the link", STATUS_FAILED } },
	{ EMFILE,
	  { "too many open files", "raise the limit (ulimit -n), or take fewer topics",
	    STATUS_FAILED } },
	{ ENFILE, { "too many open files on this machine", "raise fs.file-max", STATUS_FAILED } },
	{ ENOMEM,
	  { "out of memory", "raise the limit (ulimit -v), or give a smaller --size",
	    STATUS_FAILED } },
	{ EINVAL, { "an option is out of range", "give another value", STATUS_USAGE } },
};

struct explanation explain(int error)
{
	struct explanation unknown = { strerror(-error), "see 'man baf'", STATUS_FAILED };

	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (explanations[i].error == -error)
			return explanations[i].explanation;
	return unknown;
}
