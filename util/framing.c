/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "util/framing.h"

bool framing_parse(const char *text, enum framing *framingp)
{
	static const char *const names[] = {
		[FRAMING_LINE] = "line", [FRAMING_NUL] = "nul", [FRAMING_LEN] = "len",
		[FRAMING_RAW] = "raw",   [FRAMING_ONE] = "one",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*framingp = (enum framing)i;
		return true;
	}
	return false;
}

void framing_write_length(char *to, uint32_t length)
{
	uint32_t bytes = htobe32(length);

	memcpy(to, &bytes, sizeof(bytes));
}

uint32_t framing_read_length(const char *from)
{
	uint32_t bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return be32toh(bytes);
}
