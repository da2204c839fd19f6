/* SPDX-License-Identifier: MIT */
/*
 * Transports carry topics. The type of the file decides which one. Only this code tells them
 * apart; code that opens a topic asks here and takes the matching implementation.
 */
#ifndef BAF_TRANSPORT_H
#define BAF_TRANSPORT_H

#include <stdbool.h>
#include <sys/stat.h>

enum transport {
	TRANSPORT_MEMORY, /* a regular file that both ends map */
	TRANSPORT_MODULE, /* a file or device of the kernel module */
	TRANSPORT_FOREIGN, /* a device of another fanout module: see foreign-device.h */
};

/* The transport of an open file. The file need not be a valid topic. */
enum transport transport_of_file(int fd, const struct stat *status);

/* The transport of topics that are made in a directory: shared memory or the module. */
enum transport transport_of_directory(int directory);

/* Whether a character device belongs to a driver called fanout: our module or a foreign one. */
bool transport_has_device(dev_t device);

#endif /* BAF_TRANSPORT_H */
