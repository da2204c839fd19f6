// SPDX-License-Identifier: MIT
/* Files that topics left behind. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "baf.h"
#include "ring/clean.h"
#include "ring/test-directory.h"

static void path_of(char *path, size_t size, const char *name)
{
	assert_true(snprintf(path, size, "%s/%s", test_directory, name) < (int)size);
}

static void touch(const char *name)
{
	char path[512];
	int fd;

	path_of(path, sizeof(path), name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_return_code(fd, errno);
	close(fd);
}

static void rm(const char *name)
{
	char path[512];

	path_of(path, sizeof(path), name);
	assert_return_code(unlink(path), errno);
}

static unsigned int count_files(void)
{
	char path[512];
	unsigned int n;
	glob_t found;

	path_of(path, sizeof(path), "{*,.[a-z]*}");
	if (glob(path, GLOB_BRACE, NULL, &found))
		return 0;
	n = (unsigned int)found.gl_pathc;
	globfree(&found);
	return n;
}

/* Cleans up, and checks how many files that removes; a query counts as many. */
static void assert_cleans(int expected)
{
	int directory = open(test_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int seen = directory_count_leftovers(directory);
	char **names;
	int n = baf_directory_clean(test_directory, &names);

	close(directory);
	assert_int_equal(seen, expected);
	assert_int_equal(n, expected);
	for (int i = 0; i < n; i++)
		assert_non_null(names[i]);
	assert_null(names[n]);
	free(names);
}

static struct baf_publisher *open_publisher(uint32_t flags)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher = NULL;

	options.flags = flags;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &options), 0);
	return publisher;
}

static void topics_in_use_or_not_are_left_alone(void **state)
{
	struct baf_publisher *publisher = open_publisher(0);
	unsigned int n;

	(void)state;
	assert_int_equal(baf_topic_create(test_directory, "idle", NULL), 0);
	n = count_files();
	assert_true(n >= 6);
	assert_cleans(0);
	assert_int_equal(count_files(), n);
	assert_int_equal(baf_publisher_publish(publisher, "x", 1), 0);
	baf_publisher_close(publisher);
	assert_cleans(0);
	assert_int_equal(count_files(), n);
}

static void what_a_removed_ring_left_goes(void **state)
{
	(void)state;
	baf_publisher_close(open_publisher(0));
	rm("t");
	assert_cleans(2);
	assert_int_equal(count_files(), 0);
	assert_cleans(0);
}

static void what_a_live_publisher_holds_stays_though_its_ring_was_removed(void **state)
{
	struct baf_publisher *publisher = open_publisher(0);

	(void)state;
	rm("t");
	assert_cleans(0);
	assert_int_equal(count_files(), 2);
	baf_publisher_close(publisher);
	assert_cleans(2);
	publisher = open_publisher(BAF_PUBLISHER_SHARED);
	rm("t");
	assert_cleans(0);
	baf_publisher_close(publisher);
	assert_cleans(2);
}

static void the_roster_of_another_ring_goes_and_that_of_the_ring_stays(void **state)
{
	unsigned int n;

	(void)state;
	baf_publisher_close(open_publisher(0));
	n = count_files();
	touch(".t.0123456789abcdef.subscribers");
	touch(".t.new");
	assert_cleans(2);
	assert_int_equal(count_files(), n);
}

static void a_damaged_ring_keeps_its_files(void **state)
{
	char path[512];

	(void)state;
	baf_publisher_close(open_publisher(0));
	path_of(path, sizeof(path), "t");
	assert_return_code(truncate(path, 100), errno);
	assert_cleans(0);
	assert_int_equal(count_files(), 3);
}

static void files_of_others_are_left_alone(void **state)
{
	static const char *const names[] = {
		".publisher",
		".profile",
		".t.subscribers",
		".t.123.subscribers",
		".t.0123456789ABCDEF.subscribers",
		".a..b.publisher",
		"t.new",
		".new",
	};
	enum { N = sizeof(names) / sizeof(names[0]) };

	(void)state;
	for (int i = 0; i < N; i++)
		touch(names[i]);
	assert_cleans(0);
	for (int i = 0; i < N; i++)
		rm(names[i]);
}

static void a_lone_roster_goes_and_leaves_no_lock_behind(void **state)
{
	(void)state;
	touch(".t.0123456789abcdef.subscribers");
	assert_cleans(1);
	assert_int_equal(count_files(), 0);
}

static void a_directory_that_does_not_exist_is_an_error(void **state)
{
	char **names;

	(void)state;
	assert_int_equal(baf_directory_clean("/dev/shm/baf-test-none/none", &names), -ENOENT);
	assert_null(names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_directory, remove_test_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(topics_in_use_or_not_are_left_alone),
		TEST(what_a_removed_ring_left_goes),
		TEST(what_a_live_publisher_holds_stays_though_its_ring_was_removed),
		TEST(the_roster_of_another_ring_goes_and_that_of_the_ring_stays),
		TEST(a_damaged_ring_keeps_its_files),
		TEST(files_of_others_are_left_alone),
		TEST(a_lone_roster_goes_and_leaves_no_lock_behind),
		TEST(a_directory_that_does_not_exist_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
