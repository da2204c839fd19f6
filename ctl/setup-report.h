/* SPDX-License-Identifier: MIT */
/*
 * baf setup: its output. Each topic is compared with its declaration; each difference is a row of
 * the output. Unless the user asked for a check only, the difference is mended before its row is
 * added, so that the output lists what was done.
 */
#ifndef BAF_CTL_SETUP_REPORT_H
#define BAF_CTL_SETUP_REPORT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "ctl/table.h"
#include "ctl/topics-conf.h"
#include "util/fail.h"

struct setup {
	const char *path; /**< of the topic directory */
	int directory; /**< its descriptor; -1: it does not exist yet, and this is only a check */
	enum baf_transport holds; /**< the transport of new topics in it */
	bool check; /**< check only */
	struct table table; /**< a row for each difference, or for each change made */
	bool differs; /**< there is at least one row */
	enum status status; /**< the status to exit with, so far */
};

void setup_report_init(struct setup *setup, bool json);

/** Notes a status to exit with: the first failure counts. */
void setup_note_status(struct setup *setup, enum status status);

/** Reports an error of a topic, or of all topics (NULL), and notes the failure. */
void setup_fail(struct setup *setup, const struct declaration *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Like setup_fail(), for @p error, a negative errno. */
void setup_fail_errno(struct setup *setup, const struct declaration *topic, int error);

/** Adds a row: a setting, its value so far, and its declared or new value. */
void setup_add(struct setup *setup, const struct declaration *topic, const char *setting,
	       struct cell from, struct cell to);

/**
 * Compares the declared mode, owner and group with those of a file. Clears in @p wish what is as
 * declared or not declared. Returns whether a difference is left.
 */
bool setup_compare_rights(const struct declaration *topic, const struct stat *status,
			  struct baf_topic_options *wish);

/** Adds a row for each of mode, owner and group that @p wish has. */
void setup_add_rights(struct setup *setup, const struct declaration *topic,
		      const struct stat *status, const struct baf_topic_options *wish);

#endif /* BAF_CTL_SETUP_REPORT_H */
