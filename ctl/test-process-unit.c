/* SPDX-License-Identifier: MIT */
#include <fcntl.h>

#include "ctl/process-unit.h"
#include "util/clock.h"
#include "util/test.h"

static void assert_unit(const char *cgroups, const char *expected)
{
	char unit[UNIT_NAME_SIZE];

	unit_of_cgroups(unit, cgroups);
	assert_string_equal(unit, expected);
}

static void test_the_unit_is_the_innermost_one_of_the_cgroup(void **state)
{
	assert_unit("0::/system.slice/app.service\n", "app.service");
	assert_unit("0::/user.slice/user-1000.slice/user@1000.service/app.slice/my.service\n",
		    "my.service");
	assert_unit("0::/user.slice/user-1000.slice/session-2.scope", "session-2.scope");
	assert_unit("0::/system.slice/app.service/worker\n", "app.service");
	assert_unit("0::/system.slice/system-baf\\x2dpipe.slice/baf-pipe@a.service\n",
		    "baf-pipe@a.service");
}

static void test_both_versions_of_cgroups_tell_the_unit(void **state)
{
	assert_unit("4:memory:/other.service\n1:name=systemd:/system.slice/app.service\n0::/\n",
		    "app.service");
}

static void test_what_is_no_unit_is_none(void **state)
{
	assert_unit("", "");
	assert_unit("0::/\n", "");
	assert_unit("0::/init.slice\n", "");
	assert_unit("0::/.service/x.slice\n", "");
	assert_unit("nonsense", "");
	assert_unit("0::/a\033[31m.service\n", "a?[31m.service");
}

static void test_names_that_were_escaped_are_as_they_were(void **state)
{
	assert_unit("0::/_cpu.service\n", "cpu.service");
}

/* This process is in some unit or in none; the answer must be that unit or NULL. */
static void test_only_who_has_the_file_open_is_that_process(void **state)
{
	const struct baf_process process = { .pid = getpid(), .since = clock_realtime() };
	struct file_identity file, other = { 0 };
	struct processes processes = { 0 };
	char cgroups[4096] = "", unit[UNIT_NAME_SIZE];
	int fd = open("/proc/self/cgroup", O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, cgroups, sizeof(cgroups) - 1) >= 0);
	unit_of_cgroups(unit, cgroups);
	assert_int_equal(file_identify(&file, "/proc/self/cgroup"), 0);
	if (*unit)
		assert_string_equal(process_unit(&processes, &process, &file, 1), unit);
	else
		assert_null(process_unit(&processes, &process, &file, 1));
	assert_null(process_unit(&processes, &process, &other, 1));
	processes_free(&processes);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_unit_is_the_innermost_one_of_the_cgroup),
		cmocka_unit_test(test_both_versions_of_cgroups_tell_the_unit),
		cmocka_unit_test(test_what_is_no_unit_is_none),
		cmocka_unit_test(test_names_that_were_escaped_are_as_they_were),
		cmocka_unit_test(test_only_who_has_the_file_open_is_that_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
