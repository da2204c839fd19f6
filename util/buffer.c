/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "util/buffer.h"
#include "util/fail.h"
#include "util/io.h"

#define SMALLEST 4096
#define PIECE_SIZE 4096

char *buffer_reserve(struct buffer *buffer, size_t room)
{
	size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST;
	char *data;

	if (room <= buffer_room(buffer) && buffer->data)
		return buffer_end(buffer);
	if (room > SIZE_MAX / 4 - buffer->size)
		out_of_memory();
	while (capacity < buffer->size + room)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		out_of_memory();
	buffer->data = data;
	buffer->capacity = capacity;
	return buffer_end(buffer);
}

int buffer_read_to_end(struct buffer *buffer, int fd)
{
	for (;;) {
		ssize_t n = io_read(fd, buffer_reserve(buffer, PIECE_SIZE), PIECE_SIZE);

		if (n <= 0)
			return (int)n;
		buffer->size += (size_t)n;
	}
}
