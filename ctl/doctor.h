/* SPDX-License-Identifier: MIT */
/*
 * What can be wrong with a machine. Each check is a function that looks at one thing and adds
 * what it found, at least one finding; doctor.c lists the checks.
 */
#ifndef BAF_CTL_DOCTOR_H
#define BAF_CTL_DOCTOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "baf.h"
#include "ctl/topics-conf.h"
#include "util/buffer.h"

enum finding_state {
	FINDING_OK,
	FINDING_NOT_NEEDED, /**< not there, and nobody asks for it */
	FINDING_WRONG,
};

struct finding {
	const char *check; /**< static */
	enum finding_state state;
	char *what; /**< is there, or is wrong */
	char *command; /**< that mends it, or what else is to be done; NULL if nothing is wrong */
};

struct doctor {
	/**
	 * What stands before the paths of the machine's files (/etc, /proc and so on); a test has a
	 * folder of its own.
	 */
	const char *root;
	const char *path; /**< of the topic directory */
	bool is_system; /**< it is the system's */
	int directory; /**< a descriptor of it; -1: there is none */
	int error; /**< why not: a positive errno */
	struct stat status; /**< of it */
	struct baf_directory_info info; /**< of it */
	bool is_kernel; /**< it is a fanout file system */
	char **topics; /**< their names; ends with NULL */
	struct topics_conf conf; /**< what is declared for it: for the system's only */
	struct finding *findings;
	size_t n_findings;
};

void doctor_init(struct doctor *doctor, const char *root, const char *path);
void doctor_deinit(struct doctor *doctor);

/** Adds that something is well, or not needed. */
void doctor_add(struct doctor *doctor, const char *check, enum finding_state state,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Adds that something is wrong; doctor_mend() says what mends it. */
void doctor_add_wrong(struct doctor *doctor, const char *check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** The command that mends what was added last. */
void doctor_mend(struct doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Whether something was found to be wrong. */
bool doctor_found_wrong(const struct doctor *doctor);

/** A path of the machine's; @p path has room for PATH_MAX bytes. Returns it. */
char *doctor_path(const struct doctor *doctor, char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Reads one of the machine's files, and puts a NUL behind it. Whether there is one. */
bool doctor_read(const struct doctor *doctor, const char *file, struct buffer *text);

void check_directory(struct doctor *doctor);
void check_group(struct doctor *doctor);
void check_file_system(struct doctor *doctor);
void check_declarations(struct doctor *doctor);
void check_room(struct doctor *doctor);
void check_logind(struct doctor *doctor);
void check_module(struct doctor *doctor);
void check_topics(struct doctor *doctor);
void check_holders(struct doctor *doctor);
void check_leftovers(struct doctor *doctor);
void check_inotify(struct doctor *doctor);

#endif /* BAF_CTL_DOCTOR_H */
