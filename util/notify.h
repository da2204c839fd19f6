/* SPDX-License-Identifier: MIT */
/*
 * Tells the service manager how far the program is, as sd_notify(3) does.
 */
#ifndef BAF_UTIL_NOTIFY_H
#define BAF_UTIL_NOTIFY_H

/** Sends @p state, such as "READY=1", if the manager wants to know. */
void notify(const char *state);

#endif /* BAF_UTIL_NOTIFY_H */
