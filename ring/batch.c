// SPDX-License-Identifier: MIT
/*
 * How the payload of a record splits into messages.
 */
#include <errno.h>
#include <linux/fanout.h>
#include <stdint.h>
#include <string.h>

#include "baf.h"

_Static_assert((int)BAF_FRAMING_ONE == (int)FANOUT_FRAMING_ONE, "one meaning");
_Static_assert((int)BAF_FRAMING_LINE == (int)FANOUT_FRAMING_LINE, "one meaning");
_Static_assert((int)BAF_FRAMING_NUL == (int)FANOUT_FRAMING_NUL, "one meaning");
_Static_assert((int)BAF_FRAMING_LENGTH == (int)FANOUT_FRAMING_LENGTH, "one meaning");

static void move_on(const void **bytesp, size_t *sizep, size_t by)
{
	*sizep -= by;
	*bytesp = *sizep ? (const char *)*bytesp + by : NULL;
}

static int next_delimited(char delimiter, const void **bytesp, size_t *sizep, const void **messagep,
			  size_t *message_sizep)
{
	const char *end = memchr(*bytesp, delimiter, *sizep);

	if (!end)
		return -EBADMSG;
	*messagep = *bytesp;
	*message_sizep = (size_t)(end - (const char *)*bytesp);
	move_on(bytesp, sizep, *message_sizep + 1);
	return 1;
}

static int next_with_length(const void **bytesp, size_t *sizep, const void **messagep,
			    size_t *message_sizep)
{
	unsigned char prefix[FANOUT_LENGTH_PREFIX];
	size_t size;

	if (*sizep < sizeof(prefix))
		return -EBADMSG;
	memcpy(prefix, *bytesp, sizeof(prefix));
	size = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 |
	       prefix[3];
	if (size > *sizep - sizeof(prefix))
		return -EBADMSG;
	*messagep = (const char *)*bytesp + sizeof(prefix);
	*message_sizep = size;
	move_on(bytesp, sizep, sizeof(prefix) + size);
	return 1;
}

int baf_batch_next(enum baf_framing framing, const void **bytesp, size_t *sizep,
		   const void **messagep, size_t *message_sizep)
{
	if (!*bytesp || (!*sizep && framing != BAF_FRAMING_ONE))
		return 0;
	switch (framing) {
	case BAF_FRAMING_ONE:
		*messagep = *bytesp;
		*message_sizep = *sizep;
		move_on(bytesp, sizep, *sizep);
		return 1;
	case BAF_FRAMING_LINE:
		return next_delimited('\n', bytesp, sizep, messagep, message_sizep);
	case BAF_FRAMING_NUL:
		return next_delimited('\0', bytesp, sizep, messagep, message_sizep);
	case BAF_FRAMING_LENGTH:
		return next_with_length(bytesp, sizep, messagep, message_sizep);
	}
	return -EBADMSG;
}
