/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "ctl/command.h"

const struct command *const commands[] = {
	&create_command,
	&pipe_command,
	&rm_command,
	NULL,
};
