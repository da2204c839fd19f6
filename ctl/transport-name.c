/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "baf.h"
#include "ctl/transport-name.h"

static const char *const names[] = {
	[BAF_TRANSPORT_SHARED_MEMORY] = "shared-memory",
	[BAF_TRANSPORT_KERNEL] = "kernel",
	[BAF_TRANSPORT_DEVICE] = "device",
};

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

const char *transport_name(uint32_t transport)
{
	return transport < N_NAMES ? names[transport] : NULL;
}

bool transport_parse(const char *name, uint32_t *transportp)
{
	for (uint32_t i = 0; i < N_NAMES; i++) {
		if (!names[i] || strcmp(name, names[i]) != 0)
			continue;
		*transportp = i;
		return true;
	}
	return false;
}
