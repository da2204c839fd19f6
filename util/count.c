/* SPDX-License-Identifier: MIT */
/*
 * Comparing the vector with the byte gives -1 in each lane that is equal and 0 elsewhere.
 * Subtracting that counts in each lane. A lane can count to 255, so the lanes are added up before
 * one overflows.
 */
#include <stdint.h>
#include <string.h>

#include "util/count.h"

#define LANES 16
#define ROUNDS_MAX 255

typedef uint8_t vector __attribute__((vector_size(LANES)));

static size_t add_up(const vector *counts)
{
	size_t sum = 0;

	for (unsigned int lane = 0; lane < LANES; lane++)
		sum += (*counts)[lane];
	return sum;
}

static size_t count_in_vectors(const char *data, size_t n_vectors, const vector *wanted)
{
	vector counts = { 0 };

	for (size_t i = 0; i < n_vectors; i++) {
		vector bytes;

		memcpy(&bytes, data + i * LANES, LANES);
		counts -= (vector)(bytes == *wanted);
	}
	return add_up(&counts);
}

size_t count_byte(const void *data, size_t size, char byte)
{
	const char *bytes = data;
	vector wanted = (vector){ 0 } + (uint8_t)byte;
	size_t count = 0;

	while (size >= LANES) {
		size_t n_vectors = size / LANES < ROUNDS_MAX ? size / LANES : ROUNDS_MAX;

		count += count_in_vectors(bytes, n_vectors, &wanted);
		bytes += n_vectors * LANES;
		size -= n_vectors * LANES;
	}
	for (; size > 0; size--)
		count += *bytes++ == byte;
	return count;
}
