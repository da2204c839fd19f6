/* SPDX-License-Identifier: MIT */
/* How the programs end by a signal, and how they survive a bus error. */
#ifndef BAF_UTIL_SIGNALS_H
#define BAF_UTIL_SIGNALS_H

#include <stdbool.h>

/** Repairs the mapping at @p address. Returns 1 if it is one of ours, else 0. Async-signal-safe. */
typedef int signals_mend_function(const void *address);

/** Handles SIGBUS with @p mend, and SIGTERM, SIGINT and SIGHUP unless they are ignored. */
void signals_init(signals_mend_function *mend);

/** Returns whether the program was asked to stop. */
bool signals_stopping(void);

/**
 * Reports progress: as long as it is called, a program that was asked to stop may finish its work.
 */
void signals_progress(void);

/**
 * Returns whether the program was asked to stop and has made no progress for so long that it should
 * give up.
 */
bool signals_urgent(void);

/** Dies by the signal that asked the program to stop; returns if there was none. */
void signals_die_if_stopped(void);

/** Dies by signal @p number, so that the parent process sees it. */
_Noreturn void signals_die(int number);

#endif /* BAF_UTIL_SIGNALS_H */
