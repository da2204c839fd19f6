/* SPDX-License-Identifier: MIT */
/*
 * Reading from, writing to and waiting for any descriptor: blocking or not, pipe, file or terminal,
 * shared with other processes or not.
 */
#ifndef BAF_UTIL_IO_H
#define BAF_UTIL_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Opens descriptors 0 to 2 if they are closed. Otherwise a file that is opened later could get one
 * of these numbers, and receive data meant for stdout or stderr. As before, using a descriptor that
 * was closed fails with EBADF.
 */
void io_fill_standard_descriptors(void);

/** Tries to enlarge the pipe @p fd to 256 KiB, so that reads and writes become fewer and larger. */
void io_enlarge_pipe(int fd);

/**
 * Waits until @p fd is ready for the poll(2) events @p events, at most @p timeout nanoseconds or
 * NEVER. Returns the events; 0 on time-out; -EINTR after a signal.
 */
int io_wait(int fd, short events, uint64_t timeout);

/**
 * Reads once. Waits for data, even if the descriptor does not block. Returns the number of bytes; 0
 * at the end; -EINTR after a signal that stops the program; else a negative errno.
 */
ssize_t io_read(int fd, void *buffer, size_t size);

/** Returns how many bytes can be read without waiting; 0 if unknown. */
size_t io_pending(int fd);

/**
 * Writes everything, however long it takes. Returns 0 or a negative errno; -EINTR if the program
 * was asked to stop and nobody takes the data.
 */
int io_write_all(int fd, const void *data, size_t size);

#endif /* BAF_UTIL_IO_H */
