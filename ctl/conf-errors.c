/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "ctl/conf-errors.h"
#include "util/fail.h"

void conf_complain(struct conf_errors *errors, const char *format, ...)
{
	char wrong[1024];
	va_list arguments;

	errors->n++;
	if (errors->quiet)
		return;
	va_start(arguments, format);
	vsnprintf(wrong, sizeof(wrong), format, arguments);
	va_end(arguments);
	if (errors->line)
		say("%s:%u: %s", errors->file, errors->line, wrong);
	else
		say("%s: %s", errors->file, wrong);
}
