/* SPDX-License-Identifier: MIT */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "ctl/account.h"

void account_name_user(char name[ACCOUNT_NAME_SIZE], uid_t user)
{
	const struct passwd *entry = getpwuid(user);

	if (entry)
		snprintf(name, ACCOUNT_NAME_SIZE, "%s", entry->pw_name);
	else
		snprintf(name, ACCOUNT_NAME_SIZE, "%u", user);
}

void account_name_group(char name[ACCOUNT_NAME_SIZE], gid_t group)
{
	const struct group *entry = getgrgid(group);

	if (entry)
		snprintf(name, ACCOUNT_NAME_SIZE, "%s", entry->gr_name);
	else
		snprintf(name, ACCOUNT_NAME_SIZE, "%u", group);
}
