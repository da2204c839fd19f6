/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "util/buffer.h"
#include "util/fail.h"

#define SMALLEST 4096

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
