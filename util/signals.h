/* SPDX-License-Identifier: MIT */
/*
 * How the programs end by a signal, and survive a bus error.
 */
#ifndef BAF_UTIL_SIGNALS_H
#define BAF_UTIL_SIGNALS_H

#include <stdbool.h>

/** Mends a bus error at @p address: returns 1 if it was one of ours, else 0. Async-signal-safe. */
typedef int signals_mend_function(const void *address);

/** Catches SIGTERM, SIGINT and SIGHUP, unless they are ignored, and SIGBUS. */
void signals_init(signals_mend_function *mend);

/** Says whether the program was asked to stop. */
bool signals_stopping(void);

/** Says that work goes on: what is left of it after a signal may take its time. */
void signals_progress(void);

/**
 * Says whether a program that was asked to stop has come no further for so long that it should give
 * up.
 */
bool signals_urgent(void);

/** Dies by the signal that asked the program to stop, if one did. */
void signals_die_if_stopped(void);

/** Dies by signal @p number, so that whoever waits for the program sees it. */
_Noreturn void signals_die(int number);

#endif /* BAF_UTIL_SIGNALS_H */
