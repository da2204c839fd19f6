/* SPDX-License-Identifier: MIT */
/*
 * A process of a pipe. It has a process group of its own, which includes everything that its shell
 * starts.
 */
#ifndef BAF_CTL_STAGE_H
#define BAF_CTL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/fail.h"

/** Exit status of a stage that cannot be run, as in sh. */
#define STATUS_NOT_RUN 127

struct stage {
	const char *name;
	char **argv; /**< NULL: the pipe has no such stage */
	int input, output; /**< its ends, until it is started; -1: inherited from the pipe itself */
	pid_t process; /**< 0: not started yet, or ended */
	bool ready;
	int told; /**< the signal that we sent to end it: dying by it is no failure */
};

/** Sets the command line: @p program, --framing if it is not NULL, and the operands. */
void stage_set_arguments(struct stage *stage, const char *program, const char *framing,
			 char *const *operands, size_t n_operands);
void stage_free(struct stage *stage);

/** Returns whether the pipe has this stage. */
bool stage_exists(const struct stage *stage);
bool stage_is_alive(const struct stage *stage);

/** Closes the stage's pipe ends; also those of a stage that the pipe does not have. */
void stage_close_ends(struct stage *stage);

/**
 * Starts the stage, if the pipe has it. It reports at @p ready_socket when it is ready; NULL: it is
 * ready at once. The first stage is told to end when the pipe dies. Reports errors. Returns
 * STATUS_DONE or the status to exit with.
 */
enum status stage_start(struct stage *stage, const char *ready_socket, bool is_first);

/** Sends the stage a signal that ends it, if it is alive. */
void stage_signal(struct stage *stage, int number);

/** Returns whether it ended because it was told to; @p how is the status of waitpid(2). */
bool stage_ended_as_told(const struct stage *stage, int how);

#endif /* BAF_CTL_STAGE_H */
