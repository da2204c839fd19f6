/* SPDX-License-Identifier: MIT */
/* Names of users and groups; the number where there is no name. */
#ifndef BAF_CTL_ACCOUNT_H
#define BAF_CTL_ACCOUNT_H

#include <sys/types.h>

enum { ACCOUNT_NAME_SIZE = 256 };

void account_name_user(char name[ACCOUNT_NAME_SIZE], uid_t user);
void account_name_group(char name[ACCOUNT_NAME_SIZE], gid_t group);

#endif /* BAF_CTL_ACCOUNT_H */
