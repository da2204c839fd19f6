/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "ctl/command.h"

/* clang-format off */
const struct command *const commands[] = {
	&ls_command,
	&info_command,
	&wait_command,
	&create_command,
	&set_command,
	&rm_command,
	&gc_command,
	&pipe_command,
	&setup_command,
	&doctor_command,
	NULL,
};
