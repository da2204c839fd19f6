/* SPDX-License-Identifier: MIT */
/*
 * The socket at which a pipe waits for its stages to get ready. submsg and pubmsg report that as
 * they do to a service manager, see sd_notify(3).
 */
#ifndef BAF_CTL_READY_SOCKET_H
#define BAF_CTL_READY_SOCKET_H

#include <sys/types.h>

#define READY_SOCKET_ADDRESS_SIZE 16

/**
 * Opens the socket, and stores its address, for NOTIFY_SOCKET. Returns a descriptor or a negative
 * errno.
 */
int ready_socket_open(char address_text[READY_SOCKET_ADDRESS_SIZE]);

/**
 * Takes the next message, without waiting. Returns the process that is ready, as the kernel
 * identifies it; -1 if it is unknown; 0 if there are no more messages.
 */
pid_t ready_socket_next(int fd);

#endif /* BAF_CTL_READY_SOCKET_H */
