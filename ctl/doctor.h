/* SPDX-License-Identifier: MIT */
/*
 * Checks of a machine. Each check is a function that examines one thing and adds at least one
 * finding; doctor.c lists the checks.
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
	FINDING_NOT_NEEDED, /**< missing, and nothing asks for it */
	FINDING_WRONG,
};

struct finding {
	const char *check; /**< a static string */
	enum finding_state state;
	char *what; /**< what is there, or what is wrong */
	char *command; /**< that mends it, or other advice; NULL if nothing is wrong */
};

struct doctor {
	/**
	 * Prefix of the paths of system files (/etc, /proc and so on). A test uses a folder of its
	 * own.
	 */
	const char *root;
	const char *path; /**< of the topic directory */
	bool is_system; /**< it is the system's directory */
	int directory; /**< its descriptor; -1: it cannot be opened */
	int error; /**< why it cannot be opened: a positive errno */
	struct stat status; /**< of the directory */
	struct baf_directory_info info; /**< of the directory */
	bool is_kernel; /**< it is a fanout file system */
	char **topics; /**< topic names; ends with NULL */
	struct topics_conf conf; /**< declared topics: for the system's directory only */
	struct finding *findings;
	size_t n_findings;
};

void doctor_init(struct doctor *doctor, const char *root, const char *path);
void doctor_deinit(struct doctor *doctor);

/** Adds a finding: something is well, or not needed. */
void doctor_add(struct doctor *doctor, const char *check, enum finding_state state,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Adds a finding: something is wrong. Call doctor_mend() next to say what mends it. */
void doctor_add_wrong(struct doctor *doctor, const char *check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Sets the command that mends the last finding. */
void doctor_mend(struct doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Returns whether any finding is wrong. */
bool doctor_found_wrong(const struct doctor *doctor);

/**
 * Writes the path of a system file to @p path, which has room for PATH_MAX bytes. Returns @p path.
 */
char *doctor_path(const struct doctor *doctor, char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Reads a system file into @p text, and adds a NUL. Returns whether it could be read. */
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
