/* SPDX-License-Identifier: MIT */
/*
 * From stdin to a topic and back: compares the messages of the topic with what a plain loop makes
 * of the same bytes.
 */
#include <sched.h>
#include <time.h>

#include "pub/input.h"
#include "util/buffer.h"
#include "util/fail.h"
#include "util/signals.h"
#include "util/test.h"

struct fixture {
	struct pub_settings settings;
	char directory[64];
	enum status status; /* what the publishing function returned */
};

static unsigned int random_below(unsigned int limit)
{
	return (unsigned int)random() % limit;
}

static int set_up(void **state)
{
	const struct baf_publisher_options defaults = BAF_PUBLISHER_OPTIONS_INIT;
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->directory, "/dev/shm/baf-test.XXXXXX");
	if (!mkdtemp(fixture->directory)) {
		free(fixture);
		return -1;
	}
	strcpy(fixture->settings.directory.path, fixture->directory);
	fixture->settings.topic = "t";
	fixture->settings.publisher = defaults;
	fixture->settings.quiet = true;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	baf_topic_remove(fixture->directory, "t");
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

/*
 * Writes in pieces of all sizes, with and without pauses, so that reads return all kinds of sizes.
 */
static void write_in_pieces(int fd, const struct buffer *data)
{
	size_t done = 0;

	while (done < data->size) {
		size_t piece = 1 + random_below(random_below(3) ? 300 : 150000);
		ssize_t n;

		if (piece > data->size - done)
			piece = data->size - done;
		n = write(fd, data->data + done, piece);
		if (n < 0)
			_exit(1);
		done += (size_t)n;
		if (random_below(2))
			sched_yield();
	}
	_exit(0);
}

/* Feeds the data to stdin from a child process. */
static pid_t feed(const struct buffer *data)
{
	int fds[2];
	pid_t pid;

	assert_return_code(pipe(fds), 0);
	pid = fork();
	assert_return_code(pid, 0);
	if (pid == 0) {
		close(fds[0]);
		write_in_pieces(fds[1], data);
	}
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void publish(struct fixture *fixture, const struct buffer *data)
{
	struct source source = { .tick_due = UINT64_MAX };
	struct sink sink;
	pid_t pid = feed(data);

	assert_int_equal(sink_open(&sink, &fixture->settings), STATUS_DONE);
	fixture->status = input_publish(&source, &sink);
	sink_close(&sink);
	assert_non_null(freopen("/dev/null", "r", stdin)); /* ends a writer that is still there */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Returns all messages of the topic, each with its length in front. */
static struct buffer read_topic(const struct fixture *fixture)
{
	struct baf_subscriber_options options = BAF_SUBSCRIBER_OPTIONS_INIT;
	struct baf_subscriber *subscriber;
	struct buffer found = { 0 };
	struct baf_event event;

	options.start = BAF_START_OLDEST;
	options.flags = BAF_SUBSCRIBER_DRAIN;
	assert_int_equal(baf_subscriber_open(&subscriber, fixture->directory, &options), 0);
	assert_int_equal(baf_subscriber_add(subscriber, "t"), 0);
	while (baf_subscriber_next(subscriber, &event) == 1) {
		if (event.type != BAF_EVENT_MESSAGES)
			continue;
		framing_write_length(buffer_reserve(&found, FRAMING_LENGTH_SIZE),
				     (uint32_t)event.size);
		found.size += FRAMING_LENGTH_SIZE;
		buffer_append(&found, event.data, event.size);
	}
	baf_subscriber_close(subscriber);
	return found;
}

static void append_message(struct buffer *to, const void *data, size_t size)
{
	framing_write_length(buffer_reserve(to, FRAMING_LENGTH_SIZE), (uint32_t)size);
	to->size += FRAMING_LENGTH_SIZE;
	buffer_append(to, data, size);
}

/* Splits the data into messages in the simplest way. */
static struct buffer split(const struct buffer *data, char delimiter)
{
	struct buffer expected = { 0 };
	size_t start = 0;

	for (size_t i = 0; i < data->size; i++) {
		if (data->data[i] != delimiter)
			continue;
		append_message(&expected, data->data + start, i - start);
		start = i + 1;
	}
	if (start < data->size)
		append_message(&expected, data->data + start, data->size - start);
	return expected;
}

static void assert_same(const struct buffer *found, const struct buffer *expected)
{
	assert_int_equal(found->size, expected->size);
	if (found->size > 0)
		assert_memory_equal(found->data, expected->data, found->size);
}

static void assert_topic_holds(const struct fixture *fixture, struct buffer *expected)
{
	struct buffer found = read_topic(fixture);

	assert_same(&found, expected);
	buffer_free(&found);
	buffer_free(expected);
}

/* Random bytes with delimiters at all distances up to @largest. */
static struct buffer random_data(size_t size, char delimiter, unsigned int largest)
{
	struct buffer data = { 0 };

	while (data.size < size) {
		unsigned int length = random_below(random_below(20) ? 120 : largest);

		for (unsigned int i = 0; i < length; i++)
			buffer_append_byte(&data, (char)(1 + random_below(255)));
		buffer_append_byte(&data, delimiter);
	}
	data.size = size; /* may cut off the last message */
	return data;
}

static void check_random(struct fixture *fixture, enum framing framing, unsigned int largest)
{
	struct buffer data, expected;
	char delimiter = framing == FRAMING_NUL ? '\0' : '\n';

	fixture->settings.framing = framing;
	for (int round = 0; round < 20; round++) {
		fixture->settings.publisher.capacity = 8 << 20;
		data = random_data(1 + random_below(1000000), delimiter, largest);
		expected = split(&data, delimiter);
		publish(fixture, &data);
		assert_int_equal(fixture->status, STATUS_DONE);
		assert_topic_holds(fixture, &expected);
		buffer_free(&data);
		baf_topic_remove(fixture->directory, "t");
	}
}

static void test_lines_come_through_however_they_are_cut(void **state)
{
	check_random(*state, FRAMING_LINE, 3000);
}

static void test_long_lines_come_through(void **state)
{
	check_random(*state, FRAMING_LINE, 400000);
}

static void test_nul_messages_come_through(void **state)
{
	check_random(*state, FRAMING_NUL, 100000);
}

static void test_messages_with_lengths_come_through(void **state)
{
	struct fixture *fixture = *state;
	struct buffer data, expected;

	fixture->settings.framing = FRAMING_LEN;
	fixture->settings.publisher.capacity = 8 << 20;
	for (int round = 0; round < 20; round++) {
		struct buffer bytes = random_data(1 + random_below(1000000), '\n', 200000);

		data = split(&bytes,
			     '\n'); /* lengths and messages: a stream of that framing itself */
		expected = split(&bytes, '\n');
		publish(fixture, &data);
		assert_int_equal(fixture->status, STATUS_DONE);
		assert_topic_holds(fixture, &expected);
		buffer_free(&bytes);
		buffer_free(&data);
		baf_topic_remove(fixture->directory, "t");
	}
}

static void publish_text(struct fixture *fixture, const char *text, size_t size)
{
	struct buffer data = { 0 };

	buffer_append(&data, text, size);
	publish(fixture, &data);
	buffer_free(&data);
}

#define PUBLISH_TEXT(fixture, text) publish_text(fixture, text, sizeof(text) - 1)

static void assert_messages(const struct fixture *fixture, const char *expected, size_t size)
{
	struct buffer buffer = { 0 };

	buffer_append(&buffer, expected, size);
	assert_topic_holds(fixture, &buffer);
}

#define ASSERT_MESSAGES(fixture, expected) assert_messages(fixture, expected, sizeof(expected) - 1)

static void test_empty_input_is_no_message(void **state)
{
	static const enum framing framings[] = { FRAMING_LINE, FRAMING_NUL, FRAMING_LEN,
						 FRAMING_RAW, FRAMING_ONE };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++) {
		fixture->settings.framing = framings[i];
		PUBLISH_TEXT(fixture, "");
		assert_int_equal(fixture->status, STATUS_DONE);
		ASSERT_MESSAGES(fixture, "");
	}
}

static void test_empty_lines_and_a_last_line_without_newline_are_messages(void **state)
{
	struct fixture *fixture = *state;

	PUBLISH_TEXT(fixture, "\n\na\n\nb");
	ASSERT_MESSAGES(fixture, "\0\0\0\0\0\0\0\0\0\0\0\1a\0\0\0\0\0\0\0\1b");
}

static void test_one_keeps_newlines_and_is_one_message(void **state)
{
	struct fixture *fixture = *state;

	fixture->settings.framing = FRAMING_ONE;
	PUBLISH_TEXT(fixture, "a\nb\n");
	ASSERT_MESSAGES(fixture, "\0\0\0\4a\nb\n");
}

static void test_a_length_without_its_message_is_a_failure(void **state)
{
	struct fixture *fixture = *state;

	fixture->settings.framing = FRAMING_LEN;
	PUBLISH_TEXT(fixture, "\0\0\0\1a\0\0\0\3bc");
	assert_int_equal(fixture->status, STATUS_FAILED);
	ASSERT_MESSAGES(fixture, "\0\0\0\1a");
	PUBLISH_TEXT(fixture, "\0\0\0");
	assert_int_equal(fixture->status, STATUS_FAILED);
	ASSERT_MESSAGES(fixture, "\0\0\0\1a");
}

/* A ring of one page takes messages of half a page, minus a header. */
#define SMALL_LIMIT 2024

/* Publishes a short, a long and a short line with a policy. */
static void publish_long_line(struct fixture *fixture, enum large_policy policy, size_t size)
{
	struct buffer data = { 0 };

	fixture->settings.on_large = policy;
	fixture->settings.publisher.capacity = 4096;
	buffer_append(&data, "a\n", 2);
	memset(buffer_reserve(&data, size), 'x', size);
	data.size += size;
	buffer_append(&data, "\nb\n", 3);
	baf_topic_remove(fixture->directory, "t");
	publish(fixture, &data);
	buffer_free(&data);
}

/* Compares the sizes of the messages. */
static void assert_sizes(const struct fixture *fixture, const size_t *sizes, size_t n_sizes)
{
	struct buffer found = read_topic(fixture);
	size_t at = 0;

	for (size_t i = 0; i < n_sizes; i++) {
		assert_true(at < found.size);
		assert_int_equal(framing_read_length(found.data + at), sizes[i]);
		at += FRAMING_LENGTH_SIZE + sizes[i];
	}
	assert_int_equal(at, found.size);
	buffer_free(&found);
}

#define ASSERT_SIZES(fixture, ...)                                            \
	do {                                                                  \
		const size_t sizes[] = { __VA_ARGS__ };                       \
		assert_sizes(fixture, sizes, sizeof(sizes) / sizeof(*sizes)); \
	} while (0)

static void test_a_line_as_large_as_the_limit_is_published(void **state)
{
	struct fixture *fixture = *state;

	for (int policy = LARGE_FAIL; policy <= LARGE_SKIP; policy++) {
		publish_long_line(fixture, (enum large_policy)policy, SMALL_LIMIT);
		assert_int_equal(fixture->status, STATUS_DONE);
		ASSERT_SIZES(fixture, 1, SMALL_LIMIT, 1);
	}
}

static void test_a_larger_line_is_treated_as_the_policy_says(void **state)
{
	struct fixture *fixture = *state;

	publish_long_line(fixture, LARGE_FAIL, SMALL_LIMIT + 1);
	assert_int_equal(fixture->status, STATUS_TOO_LARGE);
	ASSERT_SIZES(fixture, 1);
	publish_long_line(fixture, LARGE_TRUNCATE, SMALL_LIMIT + 1);
	assert_int_equal(fixture->status, STATUS_DONE);
	ASSERT_SIZES(fixture, 1, SMALL_LIMIT, 1);
	publish_long_line(fixture, LARGE_SKIP, SMALL_LIMIT + 20000);
	assert_int_equal(fixture->status, STATUS_DONE);
	ASSERT_SIZES(fixture, 1, 1);
	publish_long_line(fixture, LARGE_SPLIT, SMALL_LIMIT + 7);
	assert_int_equal(fixture->status, STATUS_DONE);
	ASSERT_SIZES(fixture, 1, SMALL_LIMIT, 7, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines_come_through_however_they_are_cut,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_lines_come_through, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nul_messages_come_through, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_messages_with_lengths_come_through, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_empty_input_is_no_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_empty_lines_and_a_last_line_without_newline_are_messages, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_one_keeps_newlines_and_is_one_message, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_length_without_its_message_is_a_failure,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_line_as_large_as_the_limit_is_published,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_larger_line_is_treated_as_the_policy_says,
						set_up, tear_down),
	};
	const char *seed = getenv("BAF_TEST_SEED");
	unsigned int number = seed ? (unsigned int)strtoul(seed, NULL, 10) :
				     (unsigned int)time(NULL);

	print_message("seed %u, to be repeated with BAF_TEST_SEED=%u\n", number, number);
	srandom(number);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
