/* SPDX-License-Identifier: MIT */
/*
 * Transports: what carries a topic. The file decides. This is the one place that tells them apart;
 * whoever opens a topic asks here and takes the implementation that fits.
 */
#ifndef BAF_TRANSPORT_H
#define BAF_TRANSPORT_H

#include <stdbool.h>
#include <sys/stat.h>

enum transport {
	TRANSPORT_MEMORY, /* a regular file that both ends map */
	TRANSPORT_MODULE, /* a file or device of our kernel module */
	TRANSPORT_FOREIGN, /* a device of another fanout module: see foreign-device.h */
};

/* The transport of an open file. It need not be a sound topic. */
enum transport transport_of_file(int fd, const struct stat *status);

/* The transport of topics that are made in a directory: memory or the module. */
enum transport transport_of_directory(int directory);

/* Whether a character device has a driver called fanout, our module or a foreign one. */
bool transport_has_device(dev_t device);

#endif /* BAF_TRANSPORT_H */
