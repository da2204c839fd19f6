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

bool framing_take_option(enum framing *framingp, const struct options *options, int key)
{
	switch (key) {
	case FRAMING_KEY:
		if (!framing_parse(optarg, framingp))
			options_reject(options, key, optarg, FRAMING_NAMES);
		return true;
	case '0':
		*framingp = FRAMING_NUL;
		return true;
	}
	return false;
}

enum baf_framing framing_of_bytes(enum framing framing)
{
	switch (framing) {
	case FRAMING_LINE:
		return BAF_FRAMING_LINE;
	case FRAMING_NUL:
		return BAF_FRAMING_NUL;
	case FRAMING_LEN:
		return BAF_FRAMING_LENGTH;
	case FRAMING_RAW:
	case FRAMING_ONE:
		break;
	}
	return BAF_FRAMING_ONE;
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
