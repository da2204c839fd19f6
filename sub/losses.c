/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sub/losses.h"
#include "util/clock.h"
#include "util/fail.h"

void losses_init(struct losses *losses, bool quiet)
{
	*losses = (struct losses){ .quiet = quiet };
}

void losses_deinit(struct losses *losses)
{
	free(losses->pending);
	*losses = (struct losses){ 0 };
}

static struct loss *find(const struct losses *losses, const char *topic)
{
	for (size_t i = 0; i < losses->n_pending; i++)
		if (strcmp(losses->pending[i].topic, topic) == 0)
			return &losses->pending[i];
	return NULL;
}

static struct loss *append(struct losses *losses, const char *topic)
{
	struct loss *loss;

	if (losses->n_pending == losses->n_allocated) {
		size_t n = losses->n_allocated ? 2 * losses->n_allocated : 8;
		struct loss *larger = reallocarray(losses->pending, n, sizeof(*larger));

		if (!larger)
			out_of_memory();
		losses->pending = larger;
		losses->n_allocated = n;
	}
	loss = &losses->pending[losses->n_pending++];
	*loss = (struct loss){ .topic = topic };
	return loss;
}

void losses_add(struct losses *losses, const char *topic, uint64_t count)
{
	struct loss *loss;

	if (losses->quiet)
		return;
	loss = find(losses, topic);
	if (!loss)
		loss = append(losses, topic);
	loss->count += count;
}

uint64_t losses_due(const struct losses *losses)
{
	return losses->n_pending > 0 ? losses->next : NEVER;
}

static void tell_first(struct losses *losses)
{
	const struct loss *first = losses->pending;

	if (first->count == 0)
		say("%s: lost an unknown number of messages (slow reader)", first->topic);
	else
		say("%s: lost %" PRIu64 " %s (slow reader)", first->topic, first->count,
		    first->count == 1 ? "message" : "messages");
	losses->n_pending--;
	memmove(losses->pending, losses->pending + 1, losses->n_pending * sizeof(*first));
}

void losses_tell(struct losses *losses, uint64_t now)
{
	if (now < losses_due(losses))
		return;
	tell_first(losses);
	losses->next = clock_after(now, NANOSECONDS_PER_SECOND);
}

void losses_tell_all(struct losses *losses)
{
	while (losses->n_pending > 0)
		tell_first(losses);
}
