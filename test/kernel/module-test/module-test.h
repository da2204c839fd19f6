/* SPDX-License-Identifier: MIT */
/* Shared by several files of promises. */
#ifndef MODULE_TEST_H
#define MODULE_TEST_H

#define _GNU_SOURCE
#include "../promise.h"

#include <sys/uio.h>

/* The number of records in a stream. */
extern uint64_t stream_records;

static inline ssize_t put_record(int fd, uint32_t framing, uint32_t messages, const void *payload,
				 size_t length)
{
	struct fanout_record record = {
		.length = (__u32)length,
		.content = framing << 24 | messages,
	};
	struct iovec parts[] = { { &record, sizeof(record) }, { (void *)payload, length } };

	return writev(fd, parts, 2);
}

/* Fills a ring: writes @n messages of 1000 bytes. */
static inline bool fill(int w, int n)
{
	char data[1000] = "";

	while (n--)
		if (write(w, data, sizeof(data)) != sizeof(data))
			return false;
	return true;
}

/* A handler for signals that only interrupt. */
static inline void ignore(int signal)
{
	(void)signal;
}

#endif /* MODULE_TEST_H */
