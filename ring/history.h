/* SPDX-License-Identifier: MIT */
/*
 * What a ring holds and how fast it is published to, seen from outside: no subscription, no lock, no
 * write, and nothing that a publisher could wait for.
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
 * @read:       copies @size bytes of the file from @offset on. Whether it could.
 * @one_moment: the copy of a header is of one moment, and says which record is the oldest;
 *              otherwise a publisher may write the header while it is copied
 * @fd:         the file
 * @file_size:  its size, where the header has to fit it
 */
struct history_source {
	int (*header)(const struct history_source *source, struct fanout_query *query);
	bool (*read)(const struct history_source *source, uint64_t offset, void *to, size_t size);
	bool one_moment;
	int fd;
	uint64_t file_size;
};

/*
 * Looks at a ring, and fills in totals, history and what is recent. @query gets the header that they
 * are taken from. 0; -EBADMSG: it is damaged; or what @source gives.
 */
int history_look(const struct history_source *source, struct fanout_query *query,
		 struct baf_topic_info *info);

#endif /* BAF_HISTORY_H */
