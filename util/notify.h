/* SPDX-License-Identifier: MIT */
/* Reports the state of the program to the service manager, as sd_notify(3) does. */
#ifndef BAF_UTIL_NOTIFY_H
#define BAF_UTIL_NOTIFY_H

/** Sends @p state, such as "READY=1". Does nothing if no manager listens. */
void notify(const char *state);

#endif /* BAF_UTIL_NOTIFY_H */
