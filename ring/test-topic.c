// SPDX-License-Identifier: MIT
/* Topics as a whole, through the public header only: how they are made and changed. */
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
#include "ring/test-directory.h"

/* Ids that no real user or group has. */
enum { ALICE = 1234567891, FRIENDS = 1234567892 };

static void create(const struct baf_topic_options *options)
{
	assert_int_equal(baf_topic_create(test_directory, "t", options), 0);
}

static int set(const struct baf_topic_options *options)
{
	return baf_topic_set(test_directory, "t", options);
}

/* The only file of the directory that matches. */
static struct stat status_of(const char *pattern)
{
	struct stat status;
	char path[128];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", test_directory, pattern);
	assert_int_equal(glob(path, GLOB_PERIOD, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	assert_return_code(stat(found.gl_pathv[0], &status), 0);
	globfree(&found);
	return status;
}

static void assert_rights(const char *pattern, mode_t mode, uid_t owner, gid_t group)
{
	struct stat status = status_of(pattern);

	assert_int_equal(status.st_mode & 07777, mode);
	assert_int_equal(status.st_uid, owner);
	assert_int_equal(status.st_gid, group);
}

static struct baf_topic_info query(void)
{
	struct baf_topic_info info = BAF_TOPIC_INFO_INIT;

	assert_int_equal(baf_topic_query(test_directory, "t", &info, NULL), 0);
	return info;
}

static void publish(const char *text)
{
	struct baf_publisher *publisher;

	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", NULL), 0);
	assert_int_equal(baf_publisher_publish(publisher, text, strlen(text)), 0);
	baf_publisher_close(publisher);
}

static void needs_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void test_a_topic_that_root_makes_for_somebody_is_his_with_all_its_files(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	needs_root();
	options.owner = BAF_OWNER(ALICE);
	options.group = BAF_GROUP(FRIENDS);
	options.mode = BAF_MODE(0640);
	create(&options);
	assert_rights("t", 0640, ALICE, FRIENDS);
	assert_rights(".t.*.subscribers", 0660, ALICE, FRIENDS);
	assert_rights(".t.publisher", 0600, ALICE, FRIENDS);
}

static void test_a_replaced_topic_keeps_its_owner(void **state)
{
	struct baf_publisher_options larger = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct baf_publisher *publisher;

	needs_root();
	options.owner = BAF_OWNER(ALICE);
	options.capacity = 4096;
	create(&options);
	larger.capacity = 8192;
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", &larger), 0);
	baf_publisher_close(publisher);
	assert_int_equal(query().capacity, 8192);
	assert_int_equal(status_of("t").st_uid, ALICE);
	assert_int_equal(status_of(".t.*.subscribers").st_uid, ALICE);
	assert_int_equal(status_of(".t.publisher").st_uid, ALICE);
}

static void test_what_is_not_in_the_options_is_not_changed(void **state)
{
	const struct baf_topic_options nothing = BAF_TOPIC_OPTIONS_INIT;
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct stat before, after;

	options.mode = BAF_MODE(0640);
	options.capacity = 8192;
	create(&options);
	publish("x");
	before = status_of("t");
	assert_int_equal(set(&nothing), 0);
	assert_int_equal(set(NULL), 0);
	after = status_of("t");
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(query().history_messages, 1);
}

static void test_a_mode_is_set_on_all_files_and_the_messages_stay(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	create(NULL);
	publish("x");
	options.mode = BAF_MODE(0666);
	assert_int_equal(set(&options), 0);
	assert_rights("t", 0666, geteuid(), status_of("t").st_gid);
	assert_rights(".t.*.subscribers", 0666, geteuid(), status_of("t").st_gid);
	assert_rights(".t.publisher", 0666, geteuid(), status_of("t").st_gid);
	options.mode = BAF_MODE(0400);
	assert_int_equal(set(&options), 0);
	assert_rights("t", 0400, geteuid(), status_of("t").st_gid);
	assert_rights(".t.*.subscribers", 0600, geteuid(), status_of("t").st_gid);
	assert_rights(".t.publisher", 0600, geteuid(), status_of("t").st_gid);
	assert_int_equal(query().history_messages, 1);
}

static void test_an_owner_and_a_group_are_set_on_all_files(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	needs_root();
	create(NULL);
	publish("x");
	options.owner = BAF_OWNER(ALICE);
	assert_int_equal(set(&options), 0);
	options.owner = 0;
	options.group = BAF_GROUP(FRIENDS);
	assert_int_equal(set(&options), 0);
	assert_int_equal(status_of("t").st_uid, ALICE);
	assert_int_equal(status_of("t").st_gid, FRIENDS);
	assert_int_equal(status_of(".t.*.subscribers").st_uid, ALICE);
	assert_int_equal(status_of(".t.*.subscribers").st_gid, FRIENDS);
	assert_int_equal(status_of(".t.publisher").st_uid, ALICE);
	assert_int_equal(status_of(".t.publisher").st_gid, FRIENDS);
	publish("root still may");
	assert_int_equal(query().history_messages, 2);
}

static void test_rights_are_set_while_a_publisher_has_the_topic(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct baf_publisher *publisher;

	options.mode = BAF_MODE(0604);
	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", NULL), 0);
	assert_int_equal(set(&options), 0);
	assert_int_equal(baf_publisher_publish(publisher, "x", 1), 0);
	assert_int_equal(status_of("t").st_mode & 0777, 0604);
	baf_publisher_close(publisher);
}

static void test_another_capacity_replaces_the_topic_and_its_subscribers_follow(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct baf_subscriber *subscriber;
	struct baf_event event;
	char buffer[16];
	int n = 0;

	create(NULL);
	assert_int_equal(baf_subscriber_open(&subscriber, test_directory, NULL), 0);
	assert_int_equal(baf_subscriber_add(subscriber, "t"), 0);
	publish("a");
	options.capacity = 5000;
	assert_int_equal(set(&options), 0);
	assert_int_equal(query().capacity, 8192);
	assert_int_equal(query().history_messages, 0);
	publish("b");
	while (baf_subscriber_read(subscriber, buffer, sizeof(buffer), &event) == 1)
		if (event.type == BAF_EVENT_MESSAGES)
			assert_int_equal(buffer[0], "ab"[n++]);
	assert_int_equal(n, 2);
	baf_subscriber_close(subscriber);
}

static void test_the_same_capacity_keeps_the_messages(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	options.capacity = 8192;
	create(&options);
	publish("x");
	options.capacity = 4097;
	assert_int_equal(set(&options), 0);
	assert_int_equal(query().history_messages, 1);
}

static void test_a_capacity_is_busy_while_a_publisher_has_the_topic_but_rights_are_set(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	struct baf_publisher *publisher;

	assert_int_equal(baf_publisher_open(&publisher, test_directory, "t", NULL), 0);
	options.mode = BAF_MODE(0604);
	options.capacity = 8192;
	assert_int_equal(set(&options), -EBUSY);
	assert_int_equal(query().capacity, BAF_CAPACITY_DEFAULT);
	assert_int_equal(status_of("t").st_mode & 0777, 0604);
	baf_publisher_close(publisher);
}

static void test_wrong_arguments_change_nothing(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	assert_int_equal(set(&options), -ENOENT);
	options.capacity = 8192;
	assert_int_equal(set(&options), -ENOENT);
	create(NULL);
	assert_int_equal(baf_topic_set(test_directory, "../t", &options), -EINVAL);
	options.capacity = UINT64_MAX;
	assert_int_equal(set(&options), -EINVAL);
	options.capacity = 0;
	options.owner = UINT64_MAX;
	assert_int_equal(set(&options), -EINVAL);
	options.owner = 0;
	options.mode = BAF_MODE(01777);
	assert_int_equal(set(&options), -EINVAL);
}

static void test_an_older_caller_without_an_owner_is_understood(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;

	options.size = offsetof(struct baf_topic_options, owner);
	options.owner = BAF_OWNER(ALICE);
	create(&options);
	assert_int_equal(status_of("t").st_uid, geteuid());
}

static void test_a_link_to_something_else_is_not_followed(void **state)
{
	struct baf_topic_options options = BAF_TOPIC_OPTIONS_INIT;
	char path[128], victim[128];
	struct stat status;
	int fd;

	snprintf(path, sizeof(path), "%s/t", test_directory);
	snprintf(victim, sizeof(victim), "%s/.victim", test_directory);
	fd = open(victim, O_CREAT | O_WRONLY, 0600);
	assert_return_code(fd, 0);
	close(fd);
	assert_return_code(symlink(victim, path), 0);
	options.mode = BAF_MODE(0666);
	assert_int_equal(set(&options), -EBADMSG);
	assert_return_code(stat(victim, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(test_##function, make_test_directory, remove_test_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_topic_that_root_makes_for_somebody_is_his_with_all_its_files),
		TEST(a_replaced_topic_keeps_its_owner),
		TEST(what_is_not_in_the_options_is_not_changed),
		TEST(a_mode_is_set_on_all_files_and_the_messages_stay),
		TEST(an_owner_and_a_group_are_set_on_all_files),
		TEST(rights_are_set_while_a_publisher_has_the_topic),
		TEST(another_capacity_replaces_the_topic_and_its_subscribers_follow),
		TEST(the_same_capacity_keeps_the_messages),
		TEST(a_capacity_is_busy_while_a_publisher_has_the_topic_but_rights_are_set),
		TEST(wrong_arguments_change_nothing),
		TEST(an_older_caller_without_an_owner_is_understood),
		TEST(a_link_to_something_else_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
