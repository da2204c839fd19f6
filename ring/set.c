// SPDX-License-Identifier: MIT
#include "ring/set.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baf.h"
#include "ring/topic.h"

static int compare_names(const void *a, const void *b)
{
	const struct subscription *first = a, *second = b;

	return strcmp(first->name, second->name);
}

static struct subscription *find(const struct set *set, const char *name)
{
	struct subscription key = { .name = (char *)(uintptr_t)name };
	struct subscription *const *node = tfind(&key, &set->by_name, compare_names);

	return node ? *node : NULL;
}

/* Makes room for one more; the room doubles. */
static int grow(struct set *set)
{
	size_t n = set->n_all;
	struct subscription **all, **hot;

	if (n & (n - 1) || n == 1)
		return 0;
	n = n ? n * 2 : 2;
	all = realloc(set->all, n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	set->all = all;
	hot = realloc(set->hot, n * sizeof(*hot));
	if (!hot)
		return -ENOMEM;
	set->hot = hot;
	return 0;
}

int set_add(struct set *set, const char *name, struct subscription **subscriptionp)
{
	struct subscription *subscription = find(set, name);

	*subscriptionp = subscription;
	if (subscription)
		return 0;
	if (grow(set))
		return -ENOMEM;
	subscription = subscription_new(name);
	if (!subscription)
		return -ENOMEM;
	if (!tsearch(subscription, &set->by_name, compare_names)) {
		subscription_free(subscription);
		return -ENOMEM;
	}
	set->all[set->n_all++] = subscription;
	*subscriptionp = subscription;
	return 0;
}

static void count(struct set *set, const struct subscription *subscription)
{
	const struct source *source = &subscription->source;

	set->n_attached++;
	set->n_requests += source_needs_request(source);
	set->n_unattended += source_is_unattended(source);
	set->n_exposed += source_is_exposed(source);
	set->n_announcing += source_announces_end(source);
}

int set_attach(struct set *set, struct subscription *subscription, bool appeared)
{
	int r = subscription_attach(subscription, set->directory, &set->options, appeared);

	if (r == -ENOENT)
		return r;
	set_heat(set, subscription);
	if (r)
		return 0;
	subscription->counted = true;
	count(set, subscription);
	return 0;
}

static void count_all(struct set *set)
{
	set->n_attached = set->n_requests = set->n_unattended = 0;
	set->n_exposed = set->n_announcing = 0;
	for (size_t i = 0; i < set->n_all; i++)
		if (set->all[i]->counted)
			count(set, set->all[i]);
}

int set_leave(struct set *set, struct subscription *subscription)
{
	subscription->counted = false;
	count_all(set);
	return subscription->state == SUBSCRIPTION_WAITING && !set_drains(set) ?
		       set_attach(set, subscription, true) :
		       0;
}

/*
 * Topics that appear.
 */

static bool wanted(const struct set *set, const char *name)
{
	return baf_name_valid(name) && patterns_match(&set->included, name) &&
	       !patterns_match(&set->excluded, name);
}

void set_appear(struct set *set, const char *name)
{
	struct subscription *subscription = find(set, name);

	if (set_drains(set))
		return;
	if (!subscription && (!wanted(set, name) || set_add(set, name, &subscription)))
		return;
	switch (subscription->state) {
	case SUBSCRIPTION_WAITING:
	case SUBSCRIPTION_FAILED:
		(void)set_attach(set, subscription, true);
		break;
	case SUBSCRIPTION_ATTACHED:
		if (source_is_superseded(&subscription->source)) {
			subscription->superseded = true;
			set_heat(set, subscription);
		}
		break;
	case SUBSCRIPTION_FINISHED:
		break;
	}
}

int set_scan(struct set *set, bool appeared)
{
	char **names;
	int n = topic_list(set->directory, &names);

	for (int i = 0; i < n; i++) {
		struct subscription *subscription = find(set, names[i]);

		if (subscription && subscription->state != SUBSCRIPTION_WAITING)
			continue;
		if (!subscription &&
		    (!wanted(set, names[i]) || set_add(set, names[i], &subscription)))
			continue;
		(void)set_attach(set, subscription, appeared);
	}
	if (n >= 0)
		free(names);
	return n < 0 ? n : 0;
}

bool set_waits_for_topics(const struct set *set)
{
	if (set_drains(set))
		return false;
	for (size_t i = 0; i < set->n_all; i++)
		if (set->all[i]->state == SUBSCRIPTION_WAITING)
			return true;
	return set->included.n;
}

/*
 * Hot and cold.
 */

void set_heat(struct set *set, struct subscription *subscription)
{
	if (subscription->hot)
		return;
	subscription->hot = true;
	set->hot[set->n_hot++] = subscription;
}

void set_heat_all(struct set *set)
{
	for (size_t i = 0; i < set->n_all; i++)
		set_heat(set, set->all[i]);
}

void set_cool_all(struct set *set)
{
	for (size_t i = 0; i < set->n_hot; i++)
		set->hot[i]->hot = false;
	set->n_hot = 0;
	set->turn = 0;
}

bool set_ready(const struct set *set)
{
	for (size_t i = 0; i < set->n_hot; i++)
		if (subscription_ready(set->hot[i]))
			return true;
	return false;
}

static void forget_names(void *subscription)
{
	(void)subscription;
}

void set_deinit(struct set *set)
{
	tdestroy(set->by_name, forget_names);
	for (size_t i = 0; i < set->n_all; i++)
		subscription_free(set->all[i]);
	patterns_deinit(&set->included);
	patterns_deinit(&set->excluded);
	if (set->directory >= 0)
		close(set->directory);
	free(set->hot);
	free(set->all);
}
