/* SPDX-License-Identifier: MIT */
/*
 * Checks the kernel module, if something asks for topics of the kernel: is it loaded? If not, was
 * it built for the running kernel, and would that kernel accept it? A kernel accepts only signed
 * modules when it is locked down, as most are under Secure Boot, or when it was configured to.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ctl/doctor.h"

#define CHECK "module"
#define SIGNATURE "~Module signature appended~\n"
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/*
 * Whether it is asked for.
 */

static bool is_declared(const struct topics_conf *conf)
{
	for (size_t i = 0; i < conf->n_topics; i++)
		if (conf->topics[i]->transport == BAF_TRANSPORT_KERNEL ||
		    conf->topics[i]->transport == BAF_TRANSPORT_DEVICE)
			return true;
	return false;
}

static bool is_linked(const struct doctor *doctor)
{
	char path[sizeof("/dev/fanout") - 1];

	for (char **name = doctor->topics; *name; name++)
		if (readlinkat(doctor->directory, *name, path, sizeof(path)) == sizeof(path) &&
		    memcmp(path, "/dev/fanout", sizeof(path)) == 0)
			return true;
	return false;
}

static bool is_needed(const struct doctor *doctor)
{
	return doctor->is_kernel || is_declared(&doctor->conf) || is_linked(doctor);
}

/*
 * The file.
 */

/* nftw(3) offers no other way to return something. */
static char *found;

static int look_at_file(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	const char *name = path + walk->base;

	if (type != FTW_F || strncmp(name, "fanout.ko", strlen("fanout.ko")) != 0)
		return 0;
	found = strdup(path);
	return 1;
}

/*
 * Returns the path of the module's file for this kernel, which the caller frees; NULL if there is
 * none.
 */
static char *find_file(const struct doctor *doctor, const char *release)
{
	char path[PATH_MAX];

	found = NULL;
	nftw(doctor_path(doctor, path, "/lib/modules/%s", release), look_at_file, 16, FTW_PHYS);
	return found;
}

/* A compressed module was signed before it was compressed: we cannot tell. */
static bool is_unsigned(const char *path)
{
	char end[sizeof(SIGNATURE) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool unsigned_file = false;
	off_t size;

	if (fd < 0 || strcmp(strrchr(path, '.'), ".ko") != 0)
		goto out;
	size = lseek(fd, 0, SEEK_END);
	unsigned_file = size < (off_t)sizeof(end) ||
			pread(fd, end, sizeof(end), size - (off_t)sizeof(end)) != sizeof(end) ||
			memcmp(end, SIGNATURE, sizeof(end)) != 0;
out:
	if (fd >= 0)
		close(fd);
	return unsigned_file;
}

/*
 * The kernel.
 */

static bool file_begins(const struct doctor *doctor, const char *file, const char *text)
{
	struct buffer content = { 0 };
	bool begins = doctor_read(doctor, file, &content) &&
		      strncmp(content.data, text, strlen(text)) == 0;

	buffer_free(&content);
	return begins;
}

static bool has_secure_boot(const struct doctor *doctor)
{
	struct buffer content = { 0 };
	/* Four bytes of attributes, and the value. */
	bool has = doctor_read(doctor, SECURE_BOOT, &content) && content.size == 5 &&
		   content.data[4] == 1;

	buffer_free(&content);
	return has;
}

/* Returns why the kernel requires signatures; NULL if it does not. */
static const char *signature_reason(const struct doctor *doctor)
{
	struct buffer lockdown = { 0 };
	const char *reason = NULL;

	if (file_begins(doctor, "/sys/module/module/parameters/sig_enforce", "Y"))
		reason = "module.sig_enforce=1";
	else if (!doctor_read(doctor, "/sys/kernel/security/lockdown", &lockdown))
		reason = has_secure_boot(doctor) ? "Secure Boot" : NULL;
	else if (!strstr(lockdown.data, "[none]"))
		reason = has_secure_boot(doctor) ? "Secure Boot" : "lockdown";
	buffer_free(&lockdown);
	return reason;
}

/*
 * What is to be done.
 */

static void add_not_built(struct doctor *doctor, const char *release)
{
	char path[PATH_MAX];

	doctor_add_wrong(doctor, CHECK, "fanout is not built for this kernel, %s", release);
	if (access(doctor_path(doctor, path, "/lib/modules/%s/build", release), F_OK))
		doctor_mend(
			doctor,
			"install the headers of this kernel, then dkms install fanout/" BAF_VERSION
			" -k %s",
			release);
	else
		doctor_mend(doctor, "dkms install fanout/" BAF_VERSION " -k %s", release);
}

static void add_not_loaded(struct doctor *doctor, const char *file)
{
	const char *reason = signature_reason(doctor);

	if (reason && is_unsigned(file)) {
		doctor_add_wrong(
			doctor, CHECK,
			"fanout is not signed, and this kernel accepts only signed modules (%s): "
			"%s",
			reason, file);
		doctor_mend(doctor,
			    "mokutil --import /var/lib/dkms/mok.pub, reboot, then dkms install "
			    "--force fanout/" BAF_VERSION);
		return;
	}
	doctor_add_wrong(doctor, CHECK, "fanout is not loaded");
	doctor_mend(doctor, "modprobe fanout");
}

void check_module(struct doctor *doctor)
{
	char path[PATH_MAX];
	struct utsname name;
	char *file;

	if (access(doctor_path(doctor, path, "/sys/module/fanout"), F_OK) == 0) {
		doctor_add(doctor, CHECK, FINDING_OK, "fanout is loaded");
		return;
	}
	if (!is_needed(doctor)) {
		doctor_add(doctor, CHECK, FINDING_NOT_NEEDED, "no topic is in the kernel");
		return;
	}
	if (access(doctor_path(doctor, path, "/proc/modules"), F_OK)) {
		doctor_add_wrong(doctor, CHECK, "this kernel cannot load modules");
		doctor_mend(doctor, "use a kernel that was built with CONFIG_MODULES");
		return;
	}
	uname(&name);
	file = find_file(doctor, name.release);
	if (file)
		add_not_loaded(doctor, file);
	else
		add_not_built(doctor, name.release);
	free(file);
}
