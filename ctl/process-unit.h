/* SPDX-License-Identifier: MIT */
/*
 * Finds the systemd units of the publishers and subscribers of topics. A topic knows only what a
 * process said about itself. So we check that the process with that number has the topic open: in
 * another pid namespace, or after the process died, the number may belong to another process.
 */
#ifndef BAF_CTL_PROCESS_UNIT_H
#define BAF_CTL_PROCESS_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "baf.h"

/** Identifies a file. */
struct file_identity {
	uint64_t device;
	uint64_t inode;
};

/** Processes that were examined already. Initialise with zeros. */
struct processes {
	struct known_process **known;
	size_t n_known;
};

/** Stores the identity of the file at @p path. Returns 0 or a negative errno. */
int file_identify(struct file_identity *file, const char *path);

/**
 * Finds the unit of a process that should have one of these files open.
 *
 * Returns its name, which lives as long as @p processes. NULL: it has no unit, or the process with
 * that number does not have the files open.
 */
const char *process_unit(struct processes *processes, const struct baf_process *process,
			 const struct file_identity *files, size_t n_files);

void processes_free(struct processes *processes);

/** Size of the longest unit name, with its NUL. */
#define UNIT_NAME_SIZE 256

/**
 * Finds the unit in the content of /proc/PID/cgroup, such as "0::/system.slice/app.service"; stores
 * "" if there is none.
 */
void unit_of_cgroups(char *unit, const char *cgroups);

#endif /* BAF_CTL_PROCESS_UNIT_H */
