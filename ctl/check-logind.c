/* SPDX-License-Identifier: MIT */
/*
 * When a user's last session ends, systemd-logind removes their files in /dev/shm, unless its
 * configuration says RemoveIPC=no. Users without a session directory (XDG_RUNTIME_DIR) have their
 * topics there. System users and users who linger are not affected.
 *
 * The configuration is the first logind.conf in a list of folders, and then all files of
 * logind.conf.d, sorted by name, where a file hides files of the same name in later folders. The
 * last setting wins.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/doctor.h"

#define CHECK "removeipc"
#define SHARED_MEMORY "/dev/shm"
#define SYSTEM_USER_MAX 999 /* the default that systemd is built with */

static const char *const folders[] = {
	"/etc/systemd",
	"/run/systemd",
	"/usr/local/lib/systemd",
	"/usr/lib/systemd",
};

enum { N_FOLDERS = sizeof(folders) / sizeof(folders[0]) };

/* 1, 0, or -1 for a text that systemd ignores. */
static int parse_boolean(const char *text)
{
	static const char *const words[][6] = {
		{ "0", "no", "n", "false", "f", "off" },
		{ "1", "yes", "y", "true", "t", "on" },
	};

	for (int value = 0; value < 2; value++)
		for (size_t i = 0; i < 6; i++)
			if (strcasecmp(text, words[value][i]) == 0)
				return value;
	return -1;
}

static char *trim(char *text)
{
	static const char spaces[] = " \t\r\n";
	char *end;

	text += strspn(text, spaces);
	end = text + strlen(text);
	while (end > text && strchr(spaces, end[-1]))
		*--end = '\0';
	return text;
}

static void take_line(char *line, bool *in_section, bool *removes)
{
	char *equals;
	int value;

	line = trim(line);
	if (*line == '[')
		*in_section = strcmp(line, "[Login]") == 0;
	equals = strchr(line, '=');
	if (!*in_section || !equals)
		return;
	*equals = '\0';
	if (strcmp(trim(line), "RemoveIPC") != 0)
		return;
	value = parse_boolean(trim(equals + 1));
	if (value >= 0)
		*removes = value;
}

static bool take_file(const struct doctor *doctor, const char *file, bool *removes)
{
	struct buffer text = { 0 };
	bool in_section = false;
	char *rest, *line;

	if (!doctor_read(doctor, file, &text))
		return false;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(line, &in_section, removes);
	buffer_free(&text);
	return true;
}

static bool folder_has(const struct doctor *doctor, const char *folder, const char *name)
{
	char path[PATH_MAX];

	return access(doctor_path(doctor, path, "%s/logind.conf.d/%s", folder, name), F_OK) == 0;
}

/* Finds the next name after @name in any folder. Returns false if there is none. */
static bool next_name(const struct doctor *doctor, char name[NAME_MAX + 1])
{
	char best[NAME_MAX + 1] = "", path[PATH_MAX];

	for (size_t i = 0; i < N_FOLDERS; i++) {
		const struct dirent *entry;
		DIR *stream = opendir(doctor_path(doctor, path, "%s/logind.conf.d", folders[i]));

		while (stream && (entry = readdir(stream))) {
			const char *dot = strrchr(entry->d_name, '.');

			if (dot && strcmp(dot, ".conf") == 0 && strcmp(entry->d_name, name) > 0 &&
			    (!*best || strcmp(entry->d_name, best) < 0))
				strcpy(best, entry->d_name);
		}
		if (stream)
			closedir(stream);
	}
	strcpy(name, best);
	return *best;
}

static bool logind_removes(const struct doctor *doctor)
{
	char name[NAME_MAX + 1] = "", file[PATH_MAX];
	bool removes = true;

	for (size_t i = 0; i < N_FOLDERS; i++) {
		snprintf(file, sizeof(file), "%s/logind.conf", folders[i]);
		if (take_file(doctor, file, &removes))
			break;
	}
	while (next_name(doctor, name)) {
		size_t i = 0;

		while (i < N_FOLDERS - 1 && !folder_has(doctor, folders[i], name))
			i++;
		snprintf(file, sizeof(file), "%s/logind.conf.d/%s", folders[i], name);
		take_file(doctor, file, &removes);
	}
	return removes;
}

static bool lingers(const struct doctor *doctor, const char *user)
{
	char path[PATH_MAX];

	return access(doctor_path(doctor, path, "/var/lib/systemd/linger/%s", user), F_OK) == 0;
}

/* Returns whether logind would remove a user's topics, and adds a finding if so. */
static bool loses_topics(struct doctor *doctor, const char *directory, uid_t owner)
{
	char user[ACCOUNT_NAME_SIZE];

	account_name_user(user, owner);
	if (owner <= SYSTEM_USER_MAX || lingers(doctor, user))
		return false;
	doctor_add_wrong(
		doctor, CHECK,
		"systemd-logind removes %s when the last session of %s ends (RemoveIPC=yes)",
		directory, user);
	doctor_mend(doctor, "loginctl enable-linger %s", user);
	return true;
}

/* Checks the directories of all users, for an administrator. */
static bool anybody_loses_topics(struct doctor *doctor)
{
	char path[PATH_MAX], directory[PATH_MAX];
	const struct dirent *entry;
	struct stat status;
	bool lost = false;
	DIR *stream = opendir(doctor_path(doctor, path, SHARED_MEMORY));

	while (stream && (entry = readdir(stream))) {
		if (strncmp(entry->d_name, "baf-", 4) != 0 ||
		    fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISDIR(status.st_mode))
			continue;
		snprintf(directory, sizeof(directory), SHARED_MEMORY "/%s", entry->d_name);
		lost |= loses_topics(doctor, directory, status.st_uid);
	}
	if (stream)
		closedir(stream);
	return lost;
}

static bool is_in_shared_memory(const char *path)
{
	return strncmp(path, SHARED_MEMORY "/", strlen(SHARED_MEMORY "/")) == 0;
}

void check_logind(struct doctor *doctor)
{
	char path[PATH_MAX];
	bool lost;

	if (access(doctor_path(doctor, path, "/run/systemd/users"), F_OK)) {
		doctor_add(doctor, CHECK, FINDING_OK, "systemd-logind does not run here");
		return;
	}
	if (!logind_removes(doctor)) {
		doctor_add(doctor, CHECK, FINDING_OK, "systemd-logind has RemoveIPC=no");
		return;
	}
	if (geteuid() == 0)
		lost = anybody_loses_topics(doctor);
	else
		lost = doctor->directory >= 0 && is_in_shared_memory(doctor->path) &&
		       loses_topics(doctor, doctor->path, doctor->status.st_uid);
	if (!lost)
		doctor_add(doctor, CHECK, FINDING_OK, "systemd-logind removes no topics");
}
