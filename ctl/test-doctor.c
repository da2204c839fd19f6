// SPDX-License-Identifier: MIT
/*
 * Checks of baf doctor on simulated machines: folders with the files that such a machine would
 * have.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "ctl/doctor.h"
#include "util/test.h"

static char root[] = "/tmp/test-doctor.XXXXXX";
static struct utsname machine;

static int make_machine(void **state)
{
	strcpy(root + strlen(root) - 6, "XXXXXX");
	uname(&machine);
	return mkdtemp(root) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static int remove_machine(void **state)
{
	return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Makes a system file of the simulated machine, with its parent folders. */
static void write_bytes(const char *name, const void *bytes, size_t size)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_return_code(fd, 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

/* The path of a module file for the running kernel. */
static const char *modules(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "/lib/modules/%s/%s", machine.release, name);
	return path;
}

static void assert_found(const struct doctor *doctor, enum finding_state state, const char *what,
			 const char *command)
{
	assert_int_equal(doctor->n_findings, 1);
	assert_contains(doctor->findings[0].what, what);
	assert_int_equal(doctor->findings[0].state, state);
	assert_int_equal(doctor_found_wrong(doctor), state == FINDING_WRONG);
	/* A finding has a command if, and only if, something is wrong. */
	assert_int_equal(doctor->findings[0].command != NULL, state == FINDING_WRONG);
	if (command)
		assert_contains(doctor->findings[0].command, command);
}

/* Such as the maps of a process that is just ending. */
static void test_a_file_that_opens_but_cannot_be_read_leaves_nothing(void **state)
{
	struct buffer text = { 0 };
	struct doctor doctor;

	(void)state;
	doctor_init(&doctor, root, root);
	assert_false(doctor_read(&doctor, "/", &text));
	assert_null(text.data);
	doctor_deinit(&doctor);
}

/*
 * The module.
 */

static void check_module_that_is(bool needed, enum finding_state state, const char *what,
				 const char *command)
{
	static const char text[] = "a transport=kernel\n";
	struct doctor doctor;

	doctor_init(&doctor, root, root);
	if (needed)
		topics_conf_parse(&doctor.conf, "test", text, strlen(text));
	check_module(&doctor);
	assert_found(&doctor, state, what, command);
	doctor_deinit(&doctor);
}

static void check_needed_module(enum finding_state state, const char *what, const char *command)
{
	check_module_that_is(true, state, what, command);
}

static void test_a_module_that_nobody_asks_for_is_not_needed(void **state)
{
	check_module_that_is(false, FINDING_NOT_NEEDED, "no topic is in the kernel", NULL);
}

static void test_a_module_that_is_loaded_is_well(void **state)
{
	write_file("/sys/module/fanout/version", "0.1.0\n");
	check_needed_module(FINDING_OK, "loaded", NULL);
}

static void test_a_kernel_without_modules_is_told(void **state)
{
	check_needed_module(FINDING_WRONG, "cannot load modules", "CONFIG_MODULES");
}

static void test_a_module_that_is_not_built_for_this_kernel_is_told(void **state)
{
	write_file("/proc/modules", "");
	write_file("/lib/modules/0.0.1-other/updates/dkms/fanout.ko", "x");
	check_needed_module(FINDING_WRONG, machine.release, "headers");
	write_file(modules("build/Makefile"), "");
	check_needed_module(FINDING_WRONG, machine.release, "dkms install fanout/");
}

static void test_a_module_that_is_built_and_not_loaded_is_told(void **state)
{
	write_file("/proc/modules", "ext4 1 0 - Live 0x0\n");
	write_file(modules("updates/dkms/fanout.ko"), "x");
	check_needed_module(FINDING_WRONG, "not loaded", "modprobe fanout");
}

static const char efi[] =
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
static const char lockdown[] = "/sys/kernel/security/lockdown";
static const char on[] = { 6, 0, 0, 0, 1 }, off[] = { 6, 0, 0, 0, 0 };

static void make_unsigned_module(void)
{
	write_file("/proc/modules", "");
	write_file(modules("extra/fanout.ko"), "longer than a signature's last line would be");
}

static void test_an_unsigned_module_under_secure_boot_is_told(void **state)
{
	make_unsigned_module();
	write_bytes(efi, on, sizeof(on));
	write_file(lockdown, "none [integrity] confidentiality\n");
	check_needed_module(FINDING_WRONG, "(Secure Boot)", "mokutil --import");
	/* A kernel that does not say whether it is locked down. */
	remove_machine(NULL);
	make_machine(NULL);
	make_unsigned_module();
	write_bytes(efi, on, sizeof(on));
	check_needed_module(FINDING_WRONG, "(Secure Boot)", "mokutil --import");
}

static void test_an_unsigned_module_is_told_where_signatures_are_asked_for(void **state)
{
	make_unsigned_module();
	write_file(lockdown, "none integrity [confidentiality]\n");
	check_needed_module(FINDING_WRONG, "(lockdown)", "mokutil --import");
	write_file(lockdown, "[none] integrity confidentiality\n");
	check_needed_module(FINDING_WRONG, "not loaded", "modprobe");
	write_file("/sys/module/module/parameters/sig_enforce", "Y\n");
	check_needed_module(FINDING_WRONG, "(module.sig_enforce=1)", "mokutil --import");
}

static void test_an_unsigned_module_is_taken_by_a_kernel_that_does_not_care(void **state)
{
	make_unsigned_module();
	write_bytes(efi, on, sizeof(on));
	write_file(lockdown, "[none] integrity confidentiality\n");
	write_file("/sys/module/module/parameters/sig_enforce", "N\n");
	check_needed_module(FINDING_WRONG, "not loaded", "modprobe");
	write_bytes(efi, off, sizeof(off));
	check_needed_module(FINDING_WRONG, "not loaded", "modprobe");
}

static void test_a_signed_module_only_has_to_be_loaded(void **state)
{
	write_file("/proc/modules", "");
	write_file(modules("updates/dkms/fanout.ko"), "code~Module signature appended~\n");
	write_bytes(efi, on, sizeof(on));
	write_file(lockdown, "none [integrity] confidentiality\n");
	check_needed_module(FINDING_WRONG, "not loaded", "modprobe");
}

static void test_of_a_compressed_module_nobody_says_that_it_is_unsigned(void **state)
{
	write_file("/proc/modules", "");
	write_file(modules("updates/dkms/fanout.ko.xz"), "compressed, whatever is in it");
	write_file(lockdown, "none [integrity] confidentiality\n");
	check_needed_module(FINDING_WRONG, "not loaded", "modprobe");
}

/* systemd-logind. The user's directory belongs to user number 4000, if we may make it so. */

enum { USER = 4000 };

static void make_user_directory(uid_t user)
{
	char path[PATH_MAX];

	write_file("/run/systemd/users/0", "");
	write_file("/dev/shm/baf-4000/t", "x");
	snprintf(path, sizeof(path), "%s/dev/shm/baf-4000", root);
	assert_return_code(chown(path, user, (gid_t)-1), 0);
}

static void check_logind_here(enum finding_state state, const char *what, const char *command)
{
	struct doctor doctor;

	doctor_init(&doctor, root, root);
	check_logind(&doctor);
	assert_found(&doctor, state, what, command);
	doctor_deinit(&doctor);
}

static void assert_removes(void)
{
	check_logind_here(FINDING_WRONG, "/dev/shm/baf-4000 when", "loginctl enable-linger 4000");
}

static void assert_keeps(void)
{
	check_logind_here(FINDING_OK, "RemoveIPC=no", NULL);
}

static void needs_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void test_without_logind_nobody_removes_topics(void **state)
{
	check_logind_here(FINDING_OK, "does not run", NULL);
}

static void test_logind_removes_topics_of_users_unless_told_otherwise(void **state)
{
	needs_root();
	make_user_directory(USER);
	assert_removes();
	write_file("/etc/systemd/logind.conf", "[Login]\n#RemoveIPC=no\n");
	assert_removes();
	write_file("/etc/systemd/logind.conf", "[Login]\nRemoveIPC=no\n");
	assert_keeps();
	write_file("/etc/systemd/logind.conf",
		   "[Login]\n  RemoveIPC = off \nKillUserProcesses=yes");
	assert_keeps();
	write_file("/etc/systemd/logind.conf", "[Sleep]\nRemoveIPC=no\n");
	assert_removes();
	write_file("/etc/systemd/logind.conf", "[Login]\nRemoveIPC=no\nRemoveIPC=perhaps\n");
	assert_keeps();
	write_file("/etc/systemd/logind.conf", "[Login]\nRemoveIPC=no\nRemoveIPC=TRUE\n");
	assert_removes();
}

static void test_the_last_file_of_logind_conf_d_counts(void **state)
{
	needs_root();
	make_user_directory(USER);
	write_file("/usr/lib/systemd/logind.conf", "[Login]\nRemoveIPC=no\n");
	assert_keeps();
	/* Only the first main file is read. */
	write_file("/etc/systemd/logind.conf", "[Login]\n");
	assert_removes();
	write_file("/usr/lib/systemd/logind.conf.d/50-x.conf", "[Login]\nRemoveIPC=no\n");
	assert_keeps();
	write_file("/etc/systemd/logind.conf.d/60-y.conf", "[Login]\nRemoveIPC=yes\n");
	assert_removes();
	write_file("/run/systemd/logind.conf.d/70-z.conf", "[Login]\nRemoveIPC=no\n");
	write_file("/run/systemd/logind.conf.d/80-z.conf.bak", "[Login]\nRemoveIPC=yes\n");
	assert_keeps();
	/* A file hides files of the same name in later folders. */
	write_file("/etc/systemd/logind.conf.d/70-z.conf", "");
	assert_removes();
}

static void test_system_users_and_those_who_linger_keep_their_topics(void **state)
{
	needs_root();
	make_user_directory(999);
	check_logind_here(FINDING_OK, "removes no topics", NULL);
	make_user_directory(USER);
	assert_removes();
	write_file("/var/lib/systemd/linger/4000", "");
	check_logind_here(FINDING_OK, "removes no topics", NULL);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(test_##function, make_machine, remove_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_opens_but_cannot_be_read_leaves_nothing),
		TEST(a_module_that_nobody_asks_for_is_not_needed),
		TEST(a_module_that_is_loaded_is_well),
		TEST(a_kernel_without_modules_is_told),
		TEST(a_module_that_is_not_built_for_this_kernel_is_told),
		TEST(a_module_that_is_built_and_not_loaded_is_told),
		TEST(an_unsigned_module_under_secure_boot_is_told),
		TEST(an_unsigned_module_is_told_where_signatures_are_asked_for),
		TEST(an_unsigned_module_is_taken_by_a_kernel_that_does_not_care),
		TEST(a_signed_module_only_has_to_be_loaded),
		TEST(of_a_compressed_module_nobody_says_that_it_is_unsigned),
		TEST(without_logind_nobody_removes_topics),
		TEST(logind_removes_topics_of_users_unless_told_otherwise),
		TEST(the_last_file_of_logind_conf_d_counts),
		TEST(system_users_and_those_who_linger_keep_their_topics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
