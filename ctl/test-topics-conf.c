// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>

#include "ctl/topics-conf.h"
#include "util/test.h"

static void parse(struct topics_conf *conf, const char *text)
{
	topics_conf_parse(conf, "topics.conf", text, strlen(text));
}

/* Prints what the parser reports about a text. */
static void parse_in_child(void *text)
{
	struct topics_conf conf = { 0 };

	parse(&conf, text);
	exit(conf.errors.n == 0 ? 0 : 1);
}

static void said_about(struct child *child, const char *text)
{
	child_run(child, parse_in_child, (void *)(uintptr_t)text);
}

static void assert_refused(const char *text, const char *said)
{
	struct child child;

	said_about(&child, text);
	assert_int_equal(child.status, 1);
	assert_contains(child.output, said);
	/* Each error takes a single line. */
	assert_ptr_equal(strchr(child.output, '\n'), strrchr(child.output, '\n'));
}

static void test_a_name_alone_declares_a_topic_with_defaults(void **state)
{
	struct topics_conf conf = { 0 };

	parse(&conf, "a.topic\n");
	assert_int_equal(conf.errors.n, 0);
	assert_int_equal(conf.n_topics, 1);
	assert_string_equal(conf.topics[0]->name, "a.topic");
	assert_int_equal(conf.topics[0]->options.size, sizeof(struct baf_topic_options));
	assert_int_equal(conf.topics[0]->options.capacity, 0);
	assert_int_equal(conf.topics[0]->options.mode, 0);
	assert_int_equal(conf.topics[0]->options.owner, 0);
	assert_int_equal(conf.topics[0]->options.group, 0);
	assert_int_equal(conf.topics[0]->transport, 0);
	topics_conf_free(&conf);
}

static void test_each_setting_is_taken(void **state)
{
	struct topics_conf conf = { 0 };
	const struct declaration *topic;

	parse(&conf, "t size=64K mode=0640 owner=7 group=root transport=device\n");
	assert_int_equal(conf.errors.n, 0);
	topic = topics_conf_find(&conf, "t");
	assert_non_null(topic);
	assert_int_equal(topic->options.capacity, 65536);
	assert_int_equal(topic->options.mode, BAF_MODE(0640));
	assert_int_equal(topic->options.owner, BAF_OWNER(7));
	assert_int_equal(topic->options.group, BAF_GROUP(0));
	assert_int_equal(topic->transport, BAF_TRANSPORT_DEVICE);
	topics_conf_free(&conf);
}

static void test_comments_and_blank_lines_declare_nothing(void **state)
{
	struct topics_conf conf = { 0 };

	parse(&conf, "# one\n\n \t\n\t# two\na # size=1\r\n   b size=1#K\n#");
	assert_int_equal(conf.errors.n, 0);
	assert_int_equal(conf.n_topics, 2);
	assert_string_equal(conf.topics[0]->name, "a");
	assert_int_equal(conf.topics[0]->options.capacity, 0);
	assert_int_equal(conf.topics[1]->options.capacity, 1);
	topics_conf_free(&conf);
}

static void test_the_last_line_needs_no_newline(void **state)
{
	struct topics_conf conf = { 0 };

	parse(&conf, "a\nb mode=600");
	assert_int_equal(conf.n_topics, 2);
	assert_int_equal(conf.topics[1]->options.mode, BAF_MODE(0600));
	topics_conf_free(&conf);
}

static void test_topics_keep_the_order_of_their_lines(void **state)
{
	struct topics_conf conf = { 0 };

	parse(&conf, "z\na\nm\n");
	assert_string_equal(conf.topics[0]->name, "z");
	assert_string_equal(conf.topics[1]->name, "a");
	assert_string_equal(conf.topics[2]->name, "m");
	assert_int_equal(conf.topics[2]->line, 3);
	topics_conf_free(&conf);
}

static void test_a_bad_line_is_told_with_file_and_number(void **state)
{
	assert_refused("a\n\n-b\n", "topics.conf:3: '-b' is not a topic name");
	assert_refused("x/../y", "topics.conf:1: 'x/../y' is not a topic name");
	assert_refused("a\nt length=4K\n", "topics.conf:2: unknown setting 'length'");
	assert_refused("t 4K\n", "topics.conf:1: '4K' is not a setting");
	assert_refused("t =4K\n", "topics.conf:1: unknown setting ''");
	assert_refused("t size=\n", "topics.conf:1: size=: give a number of bytes");
	assert_refused("t size=0\n", "size=0: give a number of bytes");
	assert_refused("t size=-1\n", "size=-1: give a number of bytes");
	assert_refused("t size=1025G\n", "size=1025G: give a number of bytes");
	assert_refused("t size=4k\n", "size=4k: give a number of bytes");
	assert_refused("t mode=888\n", "mode=888: give octal digits");
	assert_refused("t mode=1777\n", "mode=1777: give octal digits");
	assert_refused("t owner=no-such-user\n", "owner=no-such-user: give the name or number");
	assert_refused("t group=no-such-group\n", "group=no-such-group: give the name or number");
	assert_refused("t transport=tcp\n", "transport=tcp: give shared-memory, kernel or device");
	assert_refused("t mode=600 mode=600\n", "mode is given twice");
	assert_refused("t transport=\n", "transport=: give shared-memory");
}

static void test_a_topic_that_is_declared_twice_is_told_with_both_places(void **state)
{
	assert_refused("a\nb\na\n", "topics.conf:3: 'a' is already declared in topics.conf:1");
}

static void test_a_topic_is_declared_once_in_all_files(void **state)
{
	struct topics_conf conf = { .errors.quiet = true };

	topics_conf_parse(&conf, "one", "a\n", 2);
	topics_conf_parse(&conf, "two", "b\na\n", 4);
	assert_int_equal(conf.errors.n, 1);
	assert_int_equal(conf.n_topics, 2);
	assert_int_equal(conf.n_files, 2);
	topics_conf_free(&conf);
}

static void test_all_bad_lines_are_told(void **state)
{
	struct child child;

	said_about(&child, "-a\nb\nc size=x mode=9\n\nd x=1\n");
	assert_int_equal(child.status, 1);
	assert_contains(child.output, "topics.conf:1: ");
	assert_contains(child.output, "topics.conf:3: size=x");
	assert_contains(child.output, "topics.conf:3: mode=9");
	assert_contains(child.output, "topics.conf:5: ");
}

static void test_bytes_that_are_no_text_are_told_and_do_not_end_the_file(void **state)
{
	static const char text[] = "a\0b\nc\n-d\n";
	struct topics_conf conf = { .errors.quiet = true };

	topics_conf_parse(&conf, "x", text, sizeof(text) - 1);
	assert_int_equal(conf.errors.n, 2);
	assert_non_null(topics_conf_find(&conf, "c"));
	topics_conf_free(&conf);
	assert_refused("\xff\xfe\n", "is not a topic name");
}

static void test_an_empty_text_declares_nothing(void **state)
{
	struct topics_conf conf = { 0 };

	topics_conf_parse(&conf, "x", NULL, 0);
	assert_int_equal(conf.errors.n, 0);
	assert_int_equal(conf.n_topics, 0);
	assert_null(topics_conf_find(&conf, "x"));
	topics_conf_free(&conf);
}

/*
 * Folders.
 */

static char folder[] = "/tmp/test-topics-conf.XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_return_code(fd, 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void remove_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_return_code(unlink(path), 0);
}

static void make_folder(bool with_files)
{
	char path[256];

	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	if (!with_files)
		return;
	snprintf(path, sizeof(path), "%s/topics.conf.d", folder);
	assert_return_code(mkdir(path, 0700), 0);
}

static void test_a_folder_without_files_has_none(void **state)
{
	struct topics_conf conf = { 0 };

	make_folder(false);
	topics_conf_read_folder(&conf, folder);
	assert_int_equal(conf.n_files, 0);
	assert_int_equal(conf.errors.n, 0);
	topics_conf_free(&conf);
	rmdir(folder);
	topics_conf_read_folder(&conf, folder);
	assert_int_equal(conf.n_files, 0);
	assert_int_equal(conf.errors.n, 0);
	topics_conf_free(&conf);
}

static void test_files_of_the_folder_are_read_by_name_after_topics_conf(void **state)
{
	static const char *const order[] = { "a", "b", "c", "d" };
	struct topics_conf conf = { 0 };
	char path[256];

	make_folder(true);
	write_file("topics.conf", "a\n");
	write_file("topics.conf.d/Z.conf", "b\n");
	write_file("topics.conf.d/a.conf", "c\n");
	write_file("topics.conf.d/b.conf", "d\n");
	write_file("topics.conf.d/ignored", "e\n");
	write_file("topics.conf.d/.hidden.conf", "f\n");
	write_file("topics.conf.d/old.conf~", "g\n");
	topics_conf_read_folder(&conf, folder);
	assert_int_equal(conf.errors.n, 0);
	assert_int_equal(conf.n_files, 4);
	assert_int_equal(conf.n_topics, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(conf.topics[i]->name, order[i]);
	topics_conf_free(&conf);

	remove_file("topics.conf");
	topics_conf_read_folder(&conf, folder);
	assert_int_equal(conf.errors.n, 0);
	assert_int_equal(conf.n_files, 3);
	topics_conf_free(&conf);
	remove_file("topics.conf.d/Z.conf");
	remove_file("topics.conf.d/a.conf");
	remove_file("topics.conf.d/b.conf");
	remove_file("topics.conf.d/ignored");
	remove_file("topics.conf.d/.hidden.conf");
	remove_file("topics.conf.d/old.conf~");
	snprintf(path, sizeof(path), "%s/topics.conf.d", folder);
	rmdir(path);
	rmdir(folder);
}

static void test_what_cannot_be_read_is_an_error(void **state)
{
	struct topics_conf conf = { .errors.quiet = true };

	topics_conf_read(&conf, "/no/such/file");
	assert_int_equal(conf.errors.n, 1);
	topics_conf_read(&conf, "/");
	assert_int_equal(conf.errors.n, 2);
	topics_conf_free(&conf);
}

static void test_ten_thousand_topics_are_no_burden(void **state)
{
	enum { TOPICS = 10000, LINE = 16 };
	char *text = malloc(TOPICS * LINE + 1);
	struct topics_conf conf = { 0 };
	size_t size = 0;

	assert_non_null(text);
	for (int i = 0; i < TOPICS; i++)
		size += (size_t)snprintf(text + size, LINE, "topic.%d\n", i);
	topics_conf_parse(&conf, "x", text, size);
	assert_int_equal(conf.n_topics, TOPICS);
	assert_int_equal(topics_conf_find(&conf, "topic.9999")->line, TOPICS);
	topics_conf_free(&conf);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_alone_declares_a_topic_with_defaults),
		cmocka_unit_test(test_each_setting_is_taken),
		cmocka_unit_test(test_comments_and_blank_lines_declare_nothing),
		cmocka_unit_test(test_the_last_line_needs_no_newline),
		cmocka_unit_test(test_topics_keep_the_order_of_their_lines),
		cmocka_unit_test(test_a_bad_line_is_told_with_file_and_number),
		cmocka_unit_test(test_a_topic_that_is_declared_twice_is_told_with_both_places),
		cmocka_unit_test(test_a_topic_is_declared_once_in_all_files),
		cmocka_unit_test(test_all_bad_lines_are_told),
		cmocka_unit_test(test_bytes_that_are_no_text_are_told_and_do_not_end_the_file),
		cmocka_unit_test(test_an_empty_text_declares_nothing),
		cmocka_unit_test(test_a_folder_without_files_has_none),
		cmocka_unit_test(test_files_of_the_folder_are_read_by_name_after_topics_conf),
		cmocka_unit_test(test_what_cannot_be_read_is_an_error),
		cmocka_unit_test(test_ten_thousand_topics_are_no_burden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
