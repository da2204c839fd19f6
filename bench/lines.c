// SPDX-License-Identifier: MIT
/*
 * bench-lines makes the text that pipelines are measured with, and checks it at their ends.
 *
 *     bench-lines make N      writes N lines of 100 bytes
 *     bench-lines check N     reads lines, says "received R lost L wrong W"
 *
 * A line is its number in 20 digits, a blank, and letters that depend on the
 * number. The checker makes the line it expects and compares all of it; only if they
 * differ does it look at the number to find out what happened. It exits 1 unless
 * all N lines came, once, in order, byte for byte.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 100
#define DIGITS 20
#define BLOCK_LINES 2560
#define LETTERS 26

struct account {
	uint64_t next; /* the line that should come now */
	uint64_t received;
	uint64_t lost;
	uint64_t wrong;
};

static void make_letters(char *letters, size_t size)
{
	for (size_t i = 0; i < size; i++)
		letters[i] = (char)('a' + i % LETTERS);
}

static void make_line(char *line, uint64_t number)
{
	static char letters[LINE_SIZE + LETTERS];
	uint64_t rest = number;

	if (!letters[0])
		make_letters(letters, sizeof(letters));
	for (int i = DIGITS - 1; i >= 0; i--, rest /= 10)
		line[i] = (char)('0' + rest % 10);
	line[DIGITS] = ' ';
	memcpy(line + DIGITS + 1, letters + number % LETTERS, LINE_SIZE - DIGITS - 2);
	line[LINE_SIZE - 1] = '\n';
}

static int write_all(const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

static int make(uint64_t n_lines)
{
	static char block[BLOCK_LINES * LINE_SIZE];
	uint64_t number = 0;

	while (number < n_lines) {
		size_t n = 0;

		while (n < BLOCK_LINES && number < n_lines)
			make_line(block + LINE_SIZE * n++, number++);
		if (write_all(block, n * LINE_SIZE) < 0) {
			perror("bench-lines: write");
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}

/* Finds the number of a line that is right in itself. */
static int parse_line(const char *line, uint64_t *numberp)
{
	char expected[LINE_SIZE];
	uint64_t number = 0;

	for (int i = 0; i < DIGITS; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -EINVAL;
		number = number * 10 + (uint64_t)(line[i] - '0');
	}
	make_line(expected, number);
	if (memcmp(line, expected, LINE_SIZE) != 0)
		return -EINVAL;
	*numberp = number;
	return 0;
}

static void check_line(struct account *account, const char *line, size_t size)
{
	char expected[LINE_SIZE];
	uint64_t number = account->next;

	make_line(expected, number);
	if (size != LINE_SIZE ||
	    (memcmp(line, expected, LINE_SIZE) != 0 && parse_line(line, &number) < 0) ||
	    number < account->next) {
		account->wrong++;
		return;
	}
	account->lost += number - account->next;
	account->next = number + 1;
	account->received++;
}

/* Checks all whole lines of a buffer; returns how many bytes they were. */
static size_t check_lines(struct account *account, const char *buffer, size_t size)
{
	size_t done = 0;
	const char *end;

	while ((end = memchr(buffer + done, '\n', size - done))) {
		size_t line_size = (size_t)(end + 1 - (buffer + done));

		check_line(account, buffer + done, line_size);
		done += line_size;
	}
	return done;
}

/* Reads stdin to its end. */
static int check_stdin(struct account *account)
{
	static char buffer[1U << 18];
	size_t kept = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer + kept, sizeof(buffer) - kept)) != 0) {
		size_t size, done;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		size = kept + (size_t)n;
		done = check_lines(account, buffer, size);
		kept = size - done;
		if (kept == sizeof(buffer)) /* no line is that long */
			kept = 0, account->wrong++;
		memmove(buffer, buffer + done, kept);
	}
	if (kept > 0)
		account->wrong++;
	return 0;
}

static int check(uint64_t n_lines)
{
	struct account account = { 0 };

	if (check_stdin(&account) < 0) {
		perror("bench-lines: read");
		return EXIT_FAILURE;
	}
	if (account.next < n_lines)
		account.lost += n_lines - account.next;
	else
		account.wrong += account.next - n_lines;
	printf("received %ju lost %ju wrong %ju\n", (uintmax_t)account.received,
	       (uintmax_t)account.lost, (uintmax_t)account.wrong);
	return account.lost || account.wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		return make(strtoull(argv[2], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "check"))
		return check(strtoull(argv[2], NULL, 10));
	fputs("usage: bench-lines make|check LINES\n", stderr);
	return 2;
}
