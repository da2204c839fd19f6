/* SPDX-License-Identifier: MIT */
/*
 * Reading, writing and waiting on descriptors that may be anything: blocking or not, pipe,
 * file or terminal, shared with other processes.
 */
#ifndef BAF_UTIL_IO_H
#define BAF_UTIL_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Sees to it that descriptors 0 to 2 are taken, so that no file that is opened later gets
 * one of these numbers and with it somebody's data. One that was closed fails with
 * EBADF when it is used, as before.
 */
void io_fill_standard_descriptors(void);

/** Asks for a pipe of 256 KiB where @p fd is a smaller one: fewer, larger reads and writes. */
void io_enlarge_pipe(int fd);

/**
 * Waits until @p fd is ready for @p events of poll(2), for @p timeout nanoseconds or NEVER.
 * Returns the events that are there; 0 after the time-out; -EINTR after a signal.
 */
int io_wait(int fd, short events, uint64_t timeout);

/**
 * Reads once, waiting for data if need be also on a descriptor that does not block.
 * Returns the bytes, 0 at the end, -EINTR if a signal that stops the program came, else a negative
 * errno.
 */
ssize_t io_read(int fd, void *buffer, size_t size);

/** Says how many bytes can be read without waiting; 0 if that is not known. */
size_t io_pending(int fd);

/**
 * Writes everything, however long it takes. Returns 0 or a negative errno; -EINTR if the program
 * was asked to stop and nobody takes the data.
 */
int io_write_all(int fd, const void *data, size_t size);

#endif /* BAF_UTIL_IO_H */
