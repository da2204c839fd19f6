/* SPDX-License-Identifier: MIT */
/*
 * The socket at which a pipe hears that its stages are ready: submsg and pubmsg say so as they do
 * to a service manager, see sd_notify(3).
 */
#ifndef BAF_CTL_READY_SOCKET_H
#define BAF_CTL_READY_SOCKET_H

#include <sys/types.h>

#define READY_SOCKET_ADDRESS_SIZE 16

/**
 * Opens it; the address is what goes into NOTIFY_SOCKET. Returns a descriptor or a negative errno.
 */
int ready_socket_open(char address_text[READY_SOCKET_ADDRESS_SIZE]);

/**
 * Takes what was said, without waiting. Returns the next process that is ready, as the kernel knows
 * it;
 * -1: that is not known; 0: nobody else has said so.
 */
pid_t ready_socket_next(int fd);

#endif /* BAF_CTL_READY_SOCKET_H */
