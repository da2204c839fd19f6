/* SPDX-License-Identifier: MIT */
/*
 * Bytes that grow. All zero is an empty buffer.
 */
#ifndef BAF_UTIL_BUFFER_H
#define BAF_UTIL_BUFFER_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
	char *data;
	size_t size; /* bytes in it */
	size_t capacity; /* bytes that data has room for */
};

/**
 * Makes room for @p room more bytes. Returns the place to write them to. Exits if memory is short.
 */
char *buffer_reserve(struct buffer *buffer, size_t room);

/** Appends everything up to the end of @p fd. Returns 0 or a negative errno, as io_read(). */
int buffer_read_to_end(struct buffer *buffer, int fd);

static inline char *buffer_end(const struct buffer *buffer)
{
	return buffer->data + buffer->size;
}

static inline size_t buffer_room(const struct buffer *buffer)
{
	return buffer->capacity - buffer->size;
}

static inline void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	if (size == 0)
		return;
	memcpy(buffer_reserve(buffer, size), data, size);
	buffer->size += size;
}

static inline void buffer_append_byte(struct buffer *buffer, char byte)
{
	*buffer_reserve(buffer, 1) = byte;
	buffer->size++;
}

static inline void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

#endif /* BAF_UTIL_BUFFER_H */
