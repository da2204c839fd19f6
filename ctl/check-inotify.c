/* SPDX-License-Identifier: MIT */
/*
 * Checks a user's share of inotify(7): each sleeping subscriber takes an instance, and a watch for
 * each topic. Only the kernel knows whether any are left, so we try to take one of each.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/doctor.h"

#define CHECK "inotify"

/* Suggests the command that doubles a limit, or sets it to 1024 if it cannot be read. */
static void mend_limit(struct doctor *doctor, const char *limit)
{
	struct buffer text = { 0 };
	char file[64] = "/proc/sys/fs/inotify/";
	unsigned long now = 0;

	if (doctor_read(doctor, strcat(file, limit), &text))
		now = strtoul(text.data, NULL, 10);
	doctor_mend(doctor, "sysctl -w fs.inotify.%s=%lu", limit, now ? 2 * now : 1024);
	buffer_free(&text);
}

void check_inotify(struct doctor *doctor)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char user[ACCOUNT_NAME_SIZE];

	account_name_user(user, getuid());
	if (fd < 0) {
		doctor_add_wrong(
			doctor, CHECK,
			"%s has no inotify instance left: submsg polls for new topics instead",
			user);
		mend_limit(doctor, "max_user_instances");
		return;
	}
	if (inotify_add_watch(fd, "/", IN_CREATE) < 0) {
		doctor_add_wrong(doctor, CHECK, "%s has no inotify watch left", user);
		mend_limit(doctor, "max_user_watches");
	} else {
		doctor_add(doctor, CHECK, FINDING_OK, "%s has inotify instances and watches left",
			   user);
	}
	close(fd);
}
