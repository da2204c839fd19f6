/* SPDX-License-Identifier: MIT */
/*
 * Processes that are made to die at a chosen point of what they do: a tracer (ptrace(2)) lets them
 * go one step at a time, and kills them after so many.
 */
#ifndef TEST_FAULT_STEP_H
#define TEST_FAULT_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What is a step. */
enum step {
	STEP_INSTRUCTION,
	STEP_STORE, /* instructions until something has changed in the files of a topic */
	STEP_SYSTEM_CALL, /* into a system call, or out of it */
};

/**
 * struct victim - a process that is going to die
 * @pid:     it
 * @watched: the files in which a store is looked for: NULL, or as many as n_watched
 */
struct victim {
	pid_t pid;
	struct watched {
		const unsigned char *now;
		unsigned char *before;
		size_t size;
	} watched[2];
	size_t n_watched;
};

/*
 * Starts a process that prepares, and stops it before it acts.
 */
void victim_start(struct victim *victim, void (*prepare)(void *), void (*act)(void *),
		  void *context);

/* Looks for stores in the first @size bytes of this file. */
void victim_watch(struct victim *victim, const char *path, size_t size);

/* Lets it act for @n_steps. False: it has acted to the end before. */
bool victim_act(struct victim *victim, enum step step, unsigned int n_steps);

/* Kills it, wherever it stands. */
void victim_kill(struct victim *victim);

/* Spares it: it acts on, and is untraced. To be followed by victim_end(). */
void victim_spare(struct victim *victim);

/* Waits until a victim that was spared has acted to the end, and lets it go. */
void victim_end(struct victim *victim);

/*
 * Has @stop_after() set the scene anew and stop the victim after 0, 1, 2 ... steps, until it
 * says that the victim acted to the end before.
 */
void step_everywhere(bool (*stop_after)(const void *scene, enum step step, unsigned int n_steps),
		     const void *scene, enum step step);

#endif /* TEST_FAULT_STEP_H */
