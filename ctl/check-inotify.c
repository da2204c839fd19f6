/* SPDX-License-Identifier: MIT */
/*
 * What a user has of inotify(7): sleeping subscribers take an instance each, and a watch for each
 * topic. Whether there are any left only the kernel knows, so one of each is taken.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/doctor.h"

#define CHECK "inotify"

/* The command that doubles a limit, or what it is where nobody can read it. */
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
