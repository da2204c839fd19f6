/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/fail.h"
#include "util/io.h"

#define LINE_SIZE 2048
#define ERASE_LINE "\r\033[K"

static bool unfinished_line;

/* Names and paths come from users: they must not send control sequences to the terminal. */
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

void *or_out_of_memory(void *memory)
{
	if (!memory)
		out_of_memory();
	return memory;
}

void say_over_unfinished_line(bool unfinished)
{
	unfinished_line = unfinished;
}
