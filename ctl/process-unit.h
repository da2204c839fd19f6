/* SPDX-License-Identifier: MIT */
/*
 * Processes at the ends of topics: which systemd unit they belong to. What a topic says of a
 * process is what that said of itself, so it is looked at whether the process of that number is the
 * one that has the topic open; in another pid namespace, or after its death, the number may be
 * somebody else's.
 */
#ifndef BAF_CTL_PROCESS_UNIT_H
#define BAF_CTL_PROCESS_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "baf.h"

/** A file, told from all others. */
struct file_identity {
	uint64_t device;
	uint64_t inode;
};

/** Processes that were looked at; all zero to begin with. */
struct processes {
	struct known_process **known;
	size_t n_known;
};

/** Notes which file that is. Returns 0 or a negative errno. */
int file_identify(struct file_identity *file, const char *path);

/**
 * Finds the unit of a process that should have one of these files open.
 *
 * Returns its name, which lives as long as @p processes; NULL: there is none, or it is not that
 * process.
 */
const char *process_unit(struct processes *processes, const struct baf_process *process,
			 const struct file_identity *files, size_t n_files);

void processes_free(struct processes *processes);

/** The longest name of a unit, with its NUL. */
#define UNIT_NAME_SIZE 256

/**
 * Finds the unit in what /proc/PID/cgroup holds: "0::/system.slice/app.service"; "" if there is
 * none.
 */
void unit_of_cgroups(char *unit, const char *cgroups);

#endif /* BAF_CTL_PROCESS_UNIT_H */
