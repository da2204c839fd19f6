/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sub/waiting-notice.h"
#include "util/clock.h"
#include "util/fail.h"

void waiting_notice_init(struct waiting_notice *notice, const struct sub_settings *settings)
{
	*notice = (struct waiting_notice){ .directory = settings->directory.path, .due = NEVER };
	if (settings->quiet || settings->exclude || !isatty(STDERR_FILENO))
		return;
	notice->names = or_out_of_memory(calloc(settings->n_topics + 1, sizeof(*notice->names)));
	for (size_t i = 0; i < settings->n_topics; i++)
		if (baf_name_valid(settings->topics[i]))
			notice->names[notice->n_names++] = settings->topics[i];
	notice->due = clock_after(clock_monotonic(), NANOSECONDS_PER_SECOND);
}

void waiting_notice_deinit(struct waiting_notice *notice)
{
	free(notice->names);
	notice->names = NULL;
}

void waiting_notice_attached(struct waiting_notice *notice, const char *topic)
{
	size_t n_left = 0;

	for (size_t i = 0; i < notice->n_names; i++)
		if (strcmp(notice->names[i], topic) != 0)
			notice->names[n_left++] = notice->names[i];
	notice->n_names = n_left;
}

uint64_t waiting_notice_due(const struct waiting_notice *notice)
{
	return notice->n_names > 0 ? notice->due : NEVER;
}

void waiting_notice_tell(struct waiting_notice *notice, uint64_t now)
{
	if (now < waiting_notice_due(notice))
		return;
	for (size_t i = 0; i < notice->n_names; i++)
		say("%s: waiting for the topic (in %s)", notice->names[i], notice->directory);
	notice->due = NEVER;
}
