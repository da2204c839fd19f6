/* SPDX-License-Identifier: MIT */
/*
 * baf setup, and what it has to say. For each topic, what is there is compared with its
 * declaration; each difference is a row of the output. Unless only asked to check, the difference
 * is mended first, so that what is printed was done.
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
	int directory; /**< a descriptor of it; -1: it does not exist yet, and we only check */
	enum baf_transport holds; /**< what files that are made in it are */
	bool check; /**< only look */
	struct table table; /**< a row for each difference, or for what was done */
	bool differs; /**< there is a row */
	enum status status; /**< to exit with, so far */
};

void setup_report_init(struct setup *setup, bool json);

/** Notes what to exit with: the first that went wrong counts. */
void setup_note_status(struct setup *setup, enum status status);

/** Says what is wrong with a topic, or with all of them (NULL), and notes that something was. */
void setup_fail(struct setup *setup, const struct declaration *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** The same for @p error, a negative errno. */
void setup_fail_errno(struct setup *setup, const struct declaration *topic, int error);

/** Adds a row: what @p setting of the topic is or was, and what it is to be or has become. */
void setup_add(struct setup *setup, const struct declaration *topic, const char *setting,
	       struct cell from, struct cell to);

/**
 * Compares mode, owner and group with what a file has. What is as declared, or not declared,
 * becomes 0 in @p wish; returns whether something is left.
 */
bool setup_compare_rights(const struct declaration *topic, const struct stat *status,
			  struct baf_topic_options *wish);

/** Adds a row for each of mode, owner and group that @p wish has. */
void setup_add_rights(struct setup *setup, const struct declaration *topic,
		      const struct stat *status, const struct baf_topic_options *wish);

#endif /* BAF_CTL_SETUP_REPORT_H */
