/* SPDX-License-Identifier: MIT */
/*
 * State of a process rather than of a topic: its name, for people to read, and whether it is
 * still the process that opened a handle.
 */
#ifndef BAF_PROCESS_H
#define BAF_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Writes the process's name, at most @size bytes with the final NUL. */
void process_command(char *command, unsigned int size);

/* A page that the kernel clears in a child: checking it is far cheaper than getpid(). */
struct process_guard {
	volatile uint32_t *alive;
};

/* 0 or a negative errno. */
int process_guard_init(struct process_guard *guard);
void process_guard_deinit(struct process_guard *guard);

static inline bool process_is_ours(const struct process_guard *guard)
{
	return *guard->alive;
}

#endif /* BAF_PROCESS_H */
