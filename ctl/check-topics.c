/* SPDX-License-Identifier: MIT */
/*
 * Checks the topics of the directory: rings that cannot be read, links that lead to no device, two
 * links to the same device, and files that belong to no topic.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "baf.h"
#include "ctl/doctor.h"

#define CHECK "topics"

static void add_bad_ring(struct doctor *doctor, const char *topic, int error)
{
	if (error == -EPROTONOSUPPORT)
		doctor_add_wrong(doctor, CHECK, "%s was made by another version of baf", topic);
	else
		doctor_add_wrong(doctor, CHECK, "%s is damaged or not a topic", topic);
	doctor_mend(doctor, "baf rm --dir=%s %s", doctor->path, topic);
}

/* Returns whether a topic in shared memory is a valid ring. */
static bool check_ring(struct doctor *doctor, const char *topic)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;
	int r = baf_topic_query(doctor->path, topic, &info, NULL);

	if (r != -EBADMSG && r != -EPROTONOSUPPORT)
		return true;
	add_bad_ring(doctor, topic, r);
	return false;
}

/* Returns an earlier topic that is a link to the same device; NULL if there is none. */
static const char *find_twin(const struct doctor *doctor, const char *topic, dev_t device)
{
	struct stat status;

	for (char **name = doctor->topics; *name != topic; name++)
		if (fstatat(doctor->directory, *name, &status, 0) == 0 && S_ISCHR(status.st_mode) &&
		    status.st_rdev == device)
			return *name;
	return NULL;
}

static bool check_link(struct doctor *doctor, const char *topic)
{
	const char *twin;
	struct stat status;

	if (fstatat(doctor->directory, topic, &status, 0) || !S_ISCHR(status.st_mode)) {
		doctor_add_wrong(doctor, CHECK, "%s is a link to a device that does not exist",
				 topic);
		doctor_mend(doctor, "rm %s/%s, or load the module (modprobe fanout)", doctor->path,
			    topic);
		return false;
	}
	twin = find_twin(doctor, topic, status.st_rdev);
	if (!twin)
		return true;
	doctor_add_wrong(doctor, CHECK, "%s and %s are links to the same device, %u:%u", twin,
			 topic, major(status.st_rdev), minor(status.st_rdev));
	doctor_mend(doctor, "rm %s/%s, or declare both (baf setup)", doctor->path, topic);
	return false;
}

void check_topics(struct doctor *doctor)
{
	struct stat status;
	bool well = true;
	size_t n = 0;

	for (char **name = doctor->topics; *name; name++, n++) {
		if (fstatat(doctor->directory, *name, &status, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISLNK(status.st_mode))
			well &= check_link(doctor, *name);
		/* Do not open topics of the kernel: opening takes memory for them. */
		else if (!doctor->is_kernel)
			well &= check_ring(doctor, *name);
	}
	if (well && doctor->directory >= 0)
		doctor_add(doctor, CHECK, FINDING_OK, "%zu topics, none of them damaged", n);
}

void check_leftovers(struct doctor *doctor)
{
	uint32_t n = doctor->info.n_leftovers;

	if (n > 0) {
		doctor_add_wrong(doctor, "leftovers",
				 "%u files are left over from topics that no longer exist", n);
		doctor_mend(doctor, "baf gc --dir=%s", doctor->path);
	} else if (doctor->directory >= 0) {
		doctor_add(doctor, "leftovers", FINDING_OK, "no leftover files");
	}
}
