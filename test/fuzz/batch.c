// SPDX-License-Identifier: MIT
/*
 * Fuzzes the splitting of batches (libFuzzer). The input is a framing, and the bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ring/batch.c"

/* Messages stand one behind the other, inside the batch. */
static void check(enum baf_framing framing, const void *batch, size_t batch_size)
{
	const char *end = batch, *last = end + batch_size;
	const void *bytes = batch, *message;
	size_t left = batch_size, size;
	int r;

	while ((r = baf_batch_next(framing, &bytes, &left, &message, &size)) == 1) {
		if ((const char *)message < end || size > (size_t)(last - (const char *)message))
			abort();
		end = (const char *)message + size;
		if (!left != !bytes)
			abort();
	}
	if (r != 0 && r != -EBADMSG)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	void *batch;

	if (!size)
		return 0;
	batch = malloc(size - 1);
	memcpy(batch, bytes + 1, size - 1);
	check((enum baf_framing)bytes[0], batch, size - 1);
	free(batch);
	return 0;
}
