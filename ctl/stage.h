/* SPDX-License-Identifier: MIT */
/*
 * A process of a pipe, in a process group of its own, with what the shell starts in it.
 */
#ifndef BAF_CTL_STAGE_H
#define BAF_CTL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/fail.h"

/** What a stage that cannot be run ends with, as in sh. */
#define STATUS_NOT_RUN 127

struct stage {
	const char *name;
	char **argv; /**< NULL: the pipe has no such stage */
	int input, output; /**< until it is started; -1: what the pipe itself has */
	pid_t process; /**< 0: not started, or ended */
	bool ready;
	int told; /**< the signal that it was told to end by: to die of that is no failure */
};

/** Lets the stage run @p program with these operands, and --framing if it is not NULL. */
void stage_set_arguments(struct stage *stage, const char *program, const char *framing,
			 char *const *operands, size_t n_operands);
void stage_free(struct stage *stage);

/** Whether the pipe has it. */
bool stage_exists(const struct stage *stage);
bool stage_is_alive(const struct stage *stage);

/** Closes the ends of pipes that it has, or would have had. */
void stage_close_ends(struct stage *stage);

/**
 * Starts it, if the pipe has it. It is ready when it says so at @p ready_socket; NULL: at once. The
 * first one is told to end when the pipe dies. Says what went wrong; returns the status.
 */
enum status stage_start(struct stage *stage, const char *ready_socket, bool is_first);

/** Sends it a signal to end by, if it is alive. */
void stage_signal(struct stage *stage, int number);

/** Whether it ended because it was told to; @p how is of waitpid(2). */
bool stage_ended_as_told(const struct stage *stage, int how);

#endif /* BAF_CTL_STAGE_H */
