/* SPDX-License-Identifier: MIT */
/*
 * What a ring holds, and how fast it is published to, seen from outside: without a subscription,
 * a lock or a write, and with nothing that a publisher could wait for.
 */
#ifndef BAF_HISTORY_H
#define BAF_HISTORY_H

#include <linux/fanout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baf.h"

/**
 * struct history_source - where the bytes of a ring come from
 * @header:     copies the header and checks it. 0 or a negative errno.
 * @read:       copies @size bytes of the file from @offset on. Returns whether it could.
 * @one_moment: the copy of a header is consistent, and says which record is the oldest;
 *              otherwise a publisher may write the header while it is copied
 * @fd:         the file
 * @file_size:  its size, if the header has to fit it
 */
struct history_source {
	int (*header)(const struct history_source *source, struct fanout_query *query);
	bool (*read)(const struct history_source *source, uint64_t offset, void *to, size_t size);
	bool one_moment;
	int fd;
	uint64_t file_size;
};

/*
 * Examines a ring, and fills in totals, history and the recent amounts. @query gets the header on
 * which they are based. 0; -EBADMSG: the ring is damaged; or an error of @source.
 */
int history_look(const struct history_source *source, struct fanout_query *query,
		 struct baf_topic_info *info);

#endif /* BAF_HISTORY_H */
