/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/signals.h"
#include "util/test.h"

static int mend_nothing(const void *address)
{
	return 0;
}

static void make_pipe(int fds[2], int flags)
{
	assert_return_code(pipe2(fds, flags), 0);
}

static void close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* Starts a child that runs @body and exits. */
static pid_t start(void (*body)(int fd), int fd)
{
	pid_t pid = fork();

	assert_return_code(pid, 0);
	if (pid == 0) {
		body(fd);
		_exit(0);
	}
	return pid;
}

static void assert_ended_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define MUCH (4 << 20)

/* Reads in pieces of odd sizes, and checks that all data arrive. */
static void read_much(int fd)
{
	size_t size = 0;
	char piece[977];
	ssize_t n;

	while (size < MUCH && (n = read(fd, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++, size++)
			if (piece[i] != (char)(size % 251))
				_exit(1);
	_exit(size == MUCH ? 0 : 2);
}

static void write_much(int flags)
{
	char *data = malloc(MUCH);
	int fds[2];
	pid_t pid;

	assert_non_null(data);
	for (size_t i = 0; i < MUCH; i++)
		data[i] = (char)(i % 251);
	make_pipe(fds, 0);
	pid = start(read_much, fds[0]);
	assert_return_code(fcntl(fds[1], F_SETFL, flags), 0);
	assert_int_equal(io_write_all(fds[1], data, MUCH), 0);
	close_pipe(fds);
	assert_ended_well(pid);
	free(data);
}

static void test_everything_is_written_to_a_slow_reader(void **state)
{
	write_much(0);
}

static void test_everything_is_written_to_a_pipe_that_does_not_block(void **state)
{
	write_much(O_NONBLOCK);
}

static void test_nothing_is_written_at_once(void **state)
{
	assert_int_equal(io_write_all(-1, NULL, 0), 0);
}

static void test_errors_of_writing_are_returned(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	assert_return_code(fd, 0);
	assert_int_equal(io_write_all(fd, "x", 1), -ENOSPC);
	close(fd);
	assert_int_equal(io_write_all(fd, "x", 1), -EBADF);
}

static void write_late(int fd)
{
	poll(NULL, 0, 50);
	assert_int_equal(write(fd, "late", 4), 4);
}

static void test_reading_waits_where_the_descriptor_does_not(void **state)
{
	char buffer[16];
	int fds[2];
	pid_t pid;

	make_pipe(fds, O_NONBLOCK);
	pid = start(write_late, fds[1]);
	assert_int_equal(io_read(fds[0], buffer, sizeof(buffer)), 4);
	assert_memory_equal(buffer, "late", 4);
	close(fds[1]);
	assert_int_equal(io_read(fds[0], buffer, sizeof(buffer)), 0);
	close(fds[0]);
	assert_int_equal(io_read(fds[0], buffer, sizeof(buffer)), -EBADF);
	assert_ended_well(pid);
}

static void test_pending_bytes_are_known_of_pipes_and_files(void **state)
{
	FILE *file = tmpfile();
	char byte;
	int fds[2];

	make_pipe(fds, 0);
	assert_int_equal(io_pending(fds[0]), 0);
	assert_int_equal(write(fds[1], "12345", 5), 5);
	assert_int_equal(io_pending(fds[0]), 5);
	close_pipe(fds);

	assert_non_null(file);
	assert_int_equal(pwrite(fileno(file), "1234567", 7, 0), 7);
	assert_int_equal(io_pending(fileno(file)), 7);
	assert_int_equal(read(fileno(file), &byte, 1), 1);
	assert_int_equal(io_pending(fileno(file)), 6);
	fclose(file);
}

static void test_waiting_ends_with_the_time_out(void **state)
{
	uint64_t start = clock_monotonic();
	int fds[2];

	make_pipe(fds, 0);
	assert_int_equal(io_wait(fds[0], POLLIN, 20 * NANOSECONDS_PER_MILLISECOND), 0);
	assert_true(clock_monotonic() - start >= 20 * NANOSECONDS_PER_MILLISECOND);
	close(fds[1]);
	assert_int_equal(io_wait(fds[0], POLLIN, NEVER), POLLHUP);
	close(fds[0]);
}

static void use_closed_descriptors(void *context)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	io_fill_standard_descriptors();
	if (open("/dev/null", O_RDWR) <= STDERR_FILENO)
		exit(1);
	if (io_read(STDIN_FILENO, &(char){ 0 }, 1) != -EBADF)
		exit(2);
	if (io_write_all(STDOUT_FILENO, "x", 1) != -EBADF)
		exit(3);
}

static void test_closed_standard_descriptors_stay_useless_and_taken(void **state)
{
	struct child child;

	child_run(&child, use_closed_descriptors, NULL);
	assert_int_equal(child.status, 0);
}

static void read_after_signal(void *context)
{
	int fds[2];

	make_pipe(fds, 0);
	signals_init(mend_nothing);
	raise(SIGTERM);
	if (io_read(fds[0], &(char){ 0 }, 1) != -EINTR)
		exit(1);
	signals_die_if_stopped();
}

static void test_a_signal_ends_reading_and_the_program(void **state)
{
	struct child child;

	child_run(&child, read_after_signal, NULL);
	assert_int_equal(child.status, 128 + SIGTERM);
}

/* The worst case: the signal comes after the last check, just before the sleep. */
static void sleep_after_signal(void *context)
{
	int fds[2];

	make_pipe(fds, 0);
	signals_init(mend_nothing);
	raise(SIGINT);
	if (read(fds[0], &(char){ 0 }, 1) != -1 || errno != EINTR)
		exit(1);
}

static void test_a_sleep_that_begins_after_the_signal_ends_too(void **state)
{
	struct child child;

	child_run(&child, sleep_after_signal, NULL);
	assert_int_equal(child.status, 0);
}

static void write_to_nobody(void *context)
{
	char data[4096] = { 0 };
	int fds[2];

	make_pipe(fds, 0);
	signals_init(mend_nothing);
	raise(SIGTERM);
	for (;;)
		if (io_write_all(fds[1], data, sizeof(data)) == -EINTR)
			exit(7);
}

static void test_writing_gives_up_after_a_signal_if_nobody_reads(void **state)
{
	struct child child;

	child_run(&child, write_to_nobody, NULL);
	assert_int_equal(child.status, 7);
}

static void hang_after_signal(void *context)
{
	signals_init(mend_nothing);
	raise(SIGTERM);
	for (;;)
		pause();
}

static void test_a_program_that_hangs_dies_by_the_signal(void **state)
{
	struct child child;

	child_run(&child, hang_after_signal, NULL);
	assert_int_equal(child.status, 128 + SIGTERM);
}

static void ignore_signal(void *context)
{
	signal(SIGHUP, SIG_IGN);
	signals_init(mend_nothing);
	raise(SIGHUP);
	if (signals_stopping())
		exit(1);
}

static void test_a_signal_that_was_ignored_at_the_start_stays_ignored(void **state)
{
	struct child child;

	child_run(&child, ignore_signal, NULL);
	assert_int_equal(child.status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_is_written_to_a_slow_reader),
		cmocka_unit_test(test_everything_is_written_to_a_pipe_that_does_not_block),
		cmocka_unit_test(test_nothing_is_written_at_once),
		cmocka_unit_test(test_errors_of_writing_are_returned),
		cmocka_unit_test(test_reading_waits_where_the_descriptor_does_not),
		cmocka_unit_test(test_pending_bytes_are_known_of_pipes_and_files),
		cmocka_unit_test(test_waiting_ends_with_the_time_out),
		cmocka_unit_test(test_closed_standard_descriptors_stay_useless_and_taken),
		cmocka_unit_test(test_a_signal_ends_reading_and_the_program),
		cmocka_unit_test(test_a_sleep_that_begins_after_the_signal_ends_too),
		cmocka_unit_test(test_writing_gives_up_after_a_signal_if_nobody_reads),
		cmocka_unit_test(test_a_program_that_hangs_dies_by_the_signal),
		cmocka_unit_test(test_a_signal_that_was_ignored_at_the_start_stays_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
