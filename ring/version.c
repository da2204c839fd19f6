// SPDX-License-Identifier: MIT
#include "baf.h"

const char *baf_version(void)
{
	return BAF_VERSION;
}
