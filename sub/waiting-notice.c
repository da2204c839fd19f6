/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sub/waiting-notice.h"
#include "util/clock.h"
#include "util/fail.h"

void awaited_init(struct awaited *awaited, const struct sub_settings *settings)
{
	*awaited = (struct awaited){ .directory = settings->directory.path, .due = NEVER };
	if (settings->quiet || settings->exclude || !isatty(STDERR_FILENO))
		return;
	awaited->names = calloc(settings->n_topics + 1, sizeof(*awaited->names));
	if (!awaited->names)
		out_of_memory();
	for (size_t i = 0; i < settings->n_topics; i++)
		if (baf_name_valid(settings->topics[i]))
			awaited->names[awaited->n_names++] = settings->topics[i];
	awaited->due = clock_after(clock_monotonic(), NANOSECONDS_PER_SECOND);
}

void awaited_deinit(struct awaited *awaited)
{
	free(awaited->names);
	awaited->names = NULL;
}

void awaited_attached(struct awaited *awaited, const char *topic)
{
	size_t n_left = 0;

	for (size_t i = 0; i < awaited->n_names; i++)
		if (strcmp(awaited->names[i], topic) != 0)
			awaited->names[n_left++] = awaited->names[i];
	awaited->n_names = n_left;
}

uint64_t awaited_due(const struct awaited *awaited)
{
	return awaited->n_names > 0 ? awaited->due : NEVER;
}

void awaited_tell(struct awaited *awaited, uint64_t now)
{
	if (now < awaited_due(awaited))
		return;
	for (size_t i = 0; i < awaited->n_names; i++)
		say("%s: waiting for the topic (in %s)", awaited->names[i], awaited->directory);
	awaited->due = NEVER;
}
