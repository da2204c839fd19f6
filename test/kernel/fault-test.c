// SPDX-License-Identifier: MIT
/*
 * Promises of the module where memory runs out and copies to and from user space fail:
 *
 *	fault-test [NAME]...
 *
 * In each call the kernel lets the first allocation or copy fail, then, in another try, the
 * second, and so on until the call ends before the failure comes (/proc/thread-self/fail-nth). So
 * every error path is taken, and the same ones each time. A failed call must say why, must have
 * changed nothing, and must leave the topic as usable as it was. The guest asks kmemleak whether
 * any memory is lost; the mount counts the memory of rings.
 *
 * Needs a kernel with failslab, fail_page_alloc and fail_usercopy: kernel-config/kasan.config.
 */
#define _GNU_SOURCE
#include "promise.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/**
 * struct failures - tries of one call
 * @n:      which allocation or copy of the call fails
 * @also:   another errno with which the call may fail, besides ENOMEM and EFAULT
 * @over:   the call ended before the failure came
 * @result: result of the call
 * @number: errno of the call
 */
struct failures {
	unsigned int n;
	int also;
	bool over;
	long result;
	int number;
};

static int fail_nth; /* descriptor of this process's file of that name */

static void let_fail(unsigned int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", n);

	/* This write copies as well, so it can fail too. */
	while (pwrite(fail_nth, text, (size_t)length, 0) != length)
		;
}

/* Whether the failure has not come yet. From now on it will not. */
static bool is_to_come(void)
{
	char left[16] = "";
	/* If this read fails, it took the failure that was still to come. */
	bool to_come = pread(fail_nth, left, sizeof(left) - 1, 0) <= 0 || left[0] != '0';

	let_fail(0);
	return to_come;
}

/* Begins one more try, if one is needed. */
static bool another(struct failures *failures)
{
	failures->n++;
	return !failures->over;
}

/* Whether the call succeeded, or failed as it may when memory or a copy fails. */
static bool is_well(struct failures *failures)
{
	failures->over = is_to_come();
	if (failures->result >= 0)
		return true;
	return !failures->over && (failures->number == ENOMEM || failures->number == EFAULT ||
				   failures->number == failures->also);
}

#define TRY(failures, call)                                                                      \
	(let_fail((failures)->n), (failures)->result = (long)(call), (failures)->number = errno, \
	 is_well(failures))

/* Whether at least @n failures came. */
static bool came(const struct failures *failures, unsigned int n)
{
	printf("# %u failures\n", failures->n - 2);
	return failures->n - 2 >= n;
}

/* The state that must not change. */

static bool is_usable(void)
{
	int fd = reader(), w = writer();
	bool usable = fd >= 0 && w >= 0 && put(w, "used") && gets(fd, "used");

	close(fd);
	close(w);
	return usable;
}

struct usage {
	uint64_t topics;
	uint64_t pages;
	int descriptor; /* the next free one */
};

static struct usage usage(void)
{
	struct statfs status;
	int next = dup(0);

	close(next);
	if (statfs(mount_point, &status) < 0)
		return (struct usage){ 0 };
	return (struct usage){
		.topics = status.f_files - status.f_ffree,
		.pages = status.f_blocks - status.f_bfree,
		.descriptor = next,
	};
}

static bool is_still(struct usage before)
{
	struct usage after = usage();

	return after.topics == before.topics && after.pages == before.pages &&
	       after.descriptor == before.descriptor;
}

/* The first call in each promise: prepares this process, with its memory resident. */
static bool begin(uint64_t capacity)
{
	EXPECT(make_topic(capacity));
	EXPECT(mlockall(MCL_CURRENT) == 0);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	EXPECT(fail_nth >= 0);
	return true;
}

static uint64_t head_of(int fd)
{
	struct fanout_query answer;

	return query(fd, &answer) ? answer.ring.head : UINT64_MAX;
}

/*
 * Topics.
 */

static bool open_fails_well(int flags)
{
	struct failures failures = { 0 };
	struct usage before;

	EXPECT(begin(8192) && is_usable());
	before = usage();
	while (another(&failures)) {
		EXPECT(TRY(&failures, open_topic(flags)));
		if (failures.result >= 0)
			close((int)failures.result);
		EXPECT(is_still(before) && is_usable());
	}
	EXPECT(came(&failures, 3));
	return true;
}

PROMISE(topic_is_opened_or_not)
{
	return open_fails_well(O_RDONLY) && open_fails_well(O_WRONLY) && open_fails_well(O_RDWR);
}

PROMISE(topic_is_created_or_not)
{
	struct failures failures = { 0 };
	struct usage before;

	EXPECT(begin(8192) && unlink(path) == 0);
	before = usage();
	while (another(&failures)) {
		EXPECT(TRY(&failures, open_topic(O_WRONLY | O_CREAT | O_EXCL)));
		if (failures.result >= 0)
			close((int)failures.result);
		/* The file may exist if only its descriptor failed; then it is whole. */
		if (access(path, F_OK) == 0)
			EXPECT(is_usable() && unlink(path) == 0);
		EXPECT(is_still(before));
	}
	EXPECT(came(&failures, 5));
	return true;
}

PROMISE(topic_is_removed_and_renamed_or_not)
{
	struct failures unlinks = { 0 }, renames = { 0 };
	char other[sizeof(path) + 8];

	EXPECT(begin(8192));
	snprintf(other, sizeof(other), "%s.other", path);
	while (another(&unlinks)) {
		EXPECT(TRY(&unlinks, unlink(path)));
		EXPECT((unlinks.result == 0) == (access(path, F_OK) < 0));
		EXPECT(make_topic(unlinks.result ? 0 : 8192) && is_usable());
	}
	while (another(&renames)) {
		EXPECT(TRY(&renames, rename(path, other)));
		EXPECT((renames.result == 0) == (access(path, F_OK) < 0));
		EXPECT(renames.result || rename(other, path) == 0);
		EXPECT(is_usable());
	}
	EXPECT(came(&unlinks, 1) && came(&renames, 1));
	return true;
}

PROMISE(size_is_set_or_not)
{
	struct failures failures = { 0 };
	struct stat status;

	EXPECT(begin(8192));
	while (another(&failures)) {
		EXPECT(TRY(&failures, truncate(path, 16384)));
		EXPECT(stat(path, &status) == 0);
		EXPECT(status.st_size == (failures.result ? 8192 : 16384));
		EXPECT(truncate(path, 8192) == 0);
	}
	EXPECT(came(&failures, 1) && is_usable());
	return true;
}

/*
 * Writes and reads.
 */

/* A new topic that has no memory yet, opened for both. */
static bool renew(uint64_t capacity, int *fd, int *w)
{
	close(*fd);
	close(*w);
	(void)unlink(path);
	EXPECT(close(open_topic(O_WRONLY | O_CREAT)) == 0 && make_topic(capacity));
	*fd = reader();
	*w = writer();
	return *fd >= 0 && *w >= 0;
}

PROMISE(first_write_takes_all_its_memory_or_none)
{
	struct failures failures = { 0 };
	struct usage before;
	int fd = -1, w = -1;

	EXPECT(begin(65536));
	while (another(&failures)) {
		EXPECT(renew(65536, &fd, &w));
		before = usage();
		EXPECT(TRY(&failures, write(w, "hello", 5)));
		EXPECT(failures.result == 5 || is_still(before));
		EXPECT(failures.result == 5 || put(w, "hello"));
		EXPECT(gets(fd, "hello") && is_usable());
	}
	EXPECT(came(&failures, 17));
	return true;
}

PROMISE(first_read_takes_all_its_memory_or_none)
{
	struct failures failures = { 0 };
	char buffer[8];
	struct usage before;
	int fd = -1, w = -1;

	EXPECT(begin(65536));
	while (another(&failures)) {
		EXPECT(renew(65536, &fd, &w));
		before = usage();
		/* There is nothing to read: this is how it succeeds. */
		EXPECT(TRY(&failures,
			   read(fd, buffer, sizeof(buffer)) < 0 && errno == EAGAIN ? 0 : -1));
		EXPECT(failures.result == 0 || is_still(before));
		EXPECT(put(w, "hello") && gets(fd, "hello") && is_usable());
	}
	EXPECT(came(&failures, 17));
	return true;
}

PROMISE(write_that_fails_publishes_nothing)
{
	static char data[20000], back[65536];
	struct failures failures = { 0 };
	int fd, w;

	memset(data, 'd', sizeof(data));
	EXPECT(begin(65536) && is_usable());
	fd = reader();
	w = writer();
	while (another(&failures)) {
		uint64_t head = head_of(w);

		EXPECT(TRY(&failures, write(w, data, sizeof(data))));
		if (failures.result >= 0)
			EXPECT(read(fd, back, sizeof(back)) == sizeof(data));
		EXPECT(failures.result == sizeof(data) || head_of(w) == head);
	}
	EXPECT(came(&failures, 1) && is_usable());
	return true;
}

PROMISE(read_that_fails_loses_nothing)
{
	struct failures failures = { 0 };
	char buffer[64];
	int fd, w;

	EXPECT(begin(8192) && is_usable());
	fd = reader();
	w = writer();
	while (another(&failures)) {
		size_t got = 0;

		EXPECT(put(w, "one") && put(w, "two") && put(w, "three"));
		EXPECT(TRY(&failures, read(fd, buffer, sizeof(buffer))));
		if (failures.result > 0)
			got = (size_t)failures.result;
		if (got < 11)
			EXPECT(read(fd, buffer + got, sizeof(buffer) - got) == (long)(11 - got));
		EXPECT(memcmp(buffer, "onetwothree", 11) == 0);
	}
	EXPECT(came(&failures, 3) && loss_of(fd).messages == 0 && is_usable());
	return true;
}

PROMISE(records_that_are_not_copied_are_read_again)
{
	struct failures failures = { 0 };
	char buffer[128];
	int fd, w;

	EXPECT(begin(8192) && is_usable());
	fd = reader();
	w = writer();
	EXPECT(subscribe(fd, FANOUT_SUBSCRIBE_RECORDS, FANOUT_START_NEWEST, 0) == 0);
	while (another(&failures)) {
		uint64_t received = loss_of(fd).received;

		EXPECT(put(w, "one") && put(w, "two"));
		EXPECT(TRY(&failures, read(fd, buffer, sizeof(buffer))));
		EXPECT(failures.result == 64 || read(fd, buffer, sizeof(buffer)) == 64);
		EXPECT(loss_of(fd).received == received + 2);
	}
	EXPECT(came(&failures, 1));
	return true;
}

PROMISE(splice_that_fails_loses_nothing)
{
	/* The kernel's own error if a copy into the pipe's pages fails. */
	struct failures in = { 0 }, out = { .also = EAGAIN };
	int pipes[2], fd, w;

	EXPECT(begin(8192) && is_usable() && pipe2(pipes, O_NONBLOCK) == 0);
	fd = reader();
	w = writer();
	while (another(&out)) {
		EXPECT(put(w, "through"));
		EXPECT(TRY(&out, splice(fd, NULL, pipes[1], NULL, 100, 0)));
		EXPECT(out.result == 7 || splice(fd, NULL, pipes[1], NULL, 100, 0) == 7);
		EXPECT(gets(pipes[0], "through"));
	}
	while (another(&in)) {
		EXPECT(put(pipes[1], "through"));
		EXPECT(TRY(&in, splice(pipes[0], NULL, w, NULL, 100, 0)));
		EXPECT(in.result == 7 || splice(pipes[0], NULL, w, NULL, 100, 0) == 7);
		EXPECT(gets(fd, "through"));
	}
	EXPECT(came(&out, 1) && came(&in, 1));
	return true;
}

PROMISE(epoll_watches_or_not)
{
	struct failures failures = { 0 };
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd, w;

	EXPECT(begin(8192) && is_usable());
	fd = reader();
	w = writer();
	while (another(&failures)) {
		EXPECT(TRY(&failures, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)));
		EXPECT(failures.result == 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
		EXPECT(put(w, "x") && epoll_wait(epoll, &event, 1, 0) == 1 && gets(fd, "x"));
		EXPECT(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) == 0);
	}
	EXPECT(came(&failures, 2));
	return true;
}

/*
 * Requests.
 */

PROMISE(questions_are_answered_or_not)
{
	struct failures queries = { 0 }, lists = { 0 }, losses = { 0 };
	struct fanout_slot slots[4];
	struct fanout_query answer;
	struct fanout_loss loss;
	int fd, other;

	EXPECT(begin(8192) && is_usable());
	fd = reader();
	other = reader();
	while (another(&queries)) {
		EXPECT(TRY(&queries, ioctl(fd, FANOUT_IOC_QUERY, &answer)));
		EXPECT(query(fd, &answer) && answer.n_readers == 1);
	}
	while (another(&lists)) {
		struct fanout_readers readers = { .slots = (uintptr_t)slots, .n_slots = 4 };

		EXPECT(TRY(&lists, ioctl(fd, FANOUT_IOC_READERS, &readers)));
		EXPECT(lists.result || readers.n_slots == 1);
	}
	while (another(&losses))
		EXPECT(TRY(&losses, ioctl(other, FANOUT_IOC_LOSS, &loss)));
	EXPECT(came(&queries, 2) && came(&lists, 4) && came(&losses, 1) && is_usable());
	return true;
}

/* A topic without memory takes it for the first query. */
PROMISE(first_question_takes_all_its_memory_or_none)
{
	struct failures failures = { 0 };
	struct fanout_query answer;
	struct usage before;
	int fd = -1, w = -1;

	EXPECT(begin(65536));
	while (another(&failures)) {
		EXPECT(renew(65536, &fd, &w));
		before = usage();
		EXPECT(TRY(&failures, ioctl(fd, FANOUT_IOC_QUERY, &answer)));
		/* Perhaps only the copy of the answer failed; the memory is there then. */
		EXPECT(failures.result == 0 || failures.number == EFAULT || is_still(before));
		EXPECT(put(w, "hello") && gets(fd, "hello") && is_usable());
	}
	EXPECT(came(&failures, 17));
	return true;
}

PROMISE(publisher_is_one_or_not)
{
	struct failures failures = { 0 };
	struct fanout_publish terms = { .flags = FANOUT_PUBLISH_EXCLUSIVE };
	struct fanout_query answer;

	EXPECT(begin(8192) && is_usable());
	while (another(&failures)) {
		int w = writer();

		EXPECT(TRY(&failures, ioctl(w, FANOUT_IOC_PUBLISH, &terms)));
		EXPECT(query(w, &answer) && answer.exclusive == (failures.result == 0));
		EXPECT(answer.n_publishers == (failures.result == 0) && close(w) == 0);
		EXPECT(is_usable());
	}
	EXPECT(came(&failures, 1));
	return true;
}

PROMISE(subscriber_is_moved_or_stays)
{
	struct failures failures = { 0 };
	struct fanout_subscribe oldest = { .start = FANOUT_START_OLDEST };
	int w, fd;

	EXPECT(begin(8192));
	w = writer();
	EXPECT(put(w, "x"));
	fd = reader();
	while (another(&failures)) {
		EXPECT(TRY(&failures, ioctl(fd, FANOUT_IOC_SUBSCRIBE, &oldest)));
		if (failures.result)
			EXPECT_ERRNO(read(fd, path + 100, 1), EAGAIN);
		else
			EXPECT(gets(fd, "x"));
	}
	EXPECT(came(&failures, 1));
	return true;
}

PROMISE(topic_is_replaced_or_stays)
{
	struct failures failures = { 0 };
	struct fanout_replace wish = { .capacity = 16384 };
	struct usage before;

	EXPECT(begin(8192) && is_usable());
	before = usage();
	while (another(&failures)) {
		int w = publisher(0, 0), fd = reader();

		EXPECT(TRY(&failures, ioctl(w, FANOUT_IOC_REPLACE, &wish)));
		if (failures.result)
			EXPECT(put(w, "stays") && gets(fd, "stays"));
		else
			EXPECT(gets(fd, ""));
		EXPECT(close(w) == 0 && close(fd) == 0 && is_usable());
	}
	EXPECT(came(&failures, 2));
	/* The new ring is twice as large. */
	EXPECT(usage().pages == before.pages * 2 && usage().topics == before.topics);
	return true;
}

PROMISE(slot_is_had_or_not)
{
	struct failures failures = { 0 };
	struct fanout_query answer;
	struct usage before;
	int w;

	EXPECT(begin(8192) && is_usable());
	w = writer();
	before = usage();
	while (another(&failures)) {
		int fd = reader();

		EXPECT(TRY(&failures, ioctl(fd, FANOUT_IOC_SLOT)));
		close(fd);
		EXPECT(query(w, &answer) && answer.n_readers == (failures.result >= 0));
		if (failures.result >= 0)
			close((int)failures.result);
		EXPECT(query(w, &answer) && answer.n_readers == 0 && is_still(before));
	}
	EXPECT(came(&failures, 3));
	return true;
}

/*
 * Mappings.
 */

static bool mapping_fails_well(int fd, int protection, size_t size, unsigned int least)
{
	struct failures failures = { 0 };

	while (another(&failures)) {
		EXPECT(TRY(&failures, mmap(NULL, size, protection, MAP_SHARED, fd, 0)));
		if (failures.result >= 0)
			EXPECT(munmap((void *)failures.result, size) == 0);
		EXPECT(is_usable());
	}
	EXPECT(came(&failures, least));
	return true;
}

PROMISE(ring_and_slot_are_mapped_or_not)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd;

	/* Large enough to need page tables of its own. */
	EXPECT(begin(4 << 20) && is_usable());
	fd = reader();
	EXPECT(mapping_fails_well(fd, PROT_READ, page + (4 << 20), 3));
	EXPECT(mapping_fails_well(ioctl(fd, FANOUT_IOC_SLOT), PROT_READ | PROT_WRITE, page, 1));
	return true;
}

PROMISE(first_mapping_takes_all_its_memory_or_none)
{
	struct failures failures = { 0 };
	struct usage before;
	int fd = -1, w = -1;

	EXPECT(begin(65536));
	while (another(&failures)) {
		EXPECT(renew(65536, &fd, &w));
		before = usage();
		EXPECT(TRY(&failures, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)));
		if (failures.result >= 0)
			EXPECT(munmap((void *)failures.result, 4096) == 0);
		else if (usage().pages == before.pages)
			EXPECT(is_still(before));
		EXPECT(put(w, "hello") && gets(fd, "hello") && is_usable());
	}
	EXPECT(came(&failures, 18));
	return true;
}

/* The module as a whole. */

PROMISE(it_is_mounted_or_not)
{
	struct failures mounts = { 0 }, remounts = { 0 };
	char place[] = "/tmp/fault.XXXXXX";

	EXPECT(begin(8192) && mkdtemp(place));
	while (another(&mounts)) {
		EXPECT(TRY(&mounts, mount("none", place, "fanout", 0, "size=1M,max=3,mode=700")));
		if (mounts.result)
			EXPECT_ERRNO(umount(place), EINVAL);
		else
			EXPECT(umount(place) == 0);
	}
	EXPECT(mount("none", place, "fanout", 0, "size=1M") == 0);
	while (another(&remounts)) {
		struct statfs status;

		EXPECT(mount("none", place, "fanout", MS_REMOUNT, "size=1M") == 0);
		EXPECT(TRY(&remounts, mount("none", place, "fanout", MS_REMOUNT, "size=2M")));
		EXPECT(statfs(place, &status) == 0);
		EXPECT(status.f_blocks == (remounts.result ? 256 : 512));
	}
	EXPECT(came(&mounts, 10) && came(&remounts, 3));
	EXPECT(umount(place) == 0 && rmdir(place) == 0 && is_usable());
	return true;
}

static uint64_t free_memory(void)
{
	char text[4096] = "";
	int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	const char *line = n > 0 ? strstr(text, "MemFree:") : NULL;

	close(fd);
	return line ? strtoull(line + 8, NULL, 10) << 10 : 0;
}

/* The pages of a ring are in no cache, and kmemleak does not see them. */
PROMISE(ring_that_gets_no_more_memory_gives_back_what_it_has)
{
	uint64_t before;
	int fd = -1, w = -1;

	EXPECT(begin(8 << 20));
	before = free_memory();
	for (int i = 0; i < 100; i++) {
		struct failures failures = { .n = 2000 };

		EXPECT(renew(8 << 20, &fd, &w));
		EXPECT(TRY(&failures, write(w, "x", 1)) && failures.result == -1);
		EXPECT(failures.number == ENOMEM);
	}
	/* A leak would be 800 MB. */
	EXPECT(before < free_memory() + (64 << 20));
	return true;
}

static bool names_fanout(const char *file)
{
	char text[8192] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 && strstr(text, "fanout");
}

static bool nothing_is_left(void)
{
	return !names_fanout("/proc/modules") && !names_fanout("/proc/devices") &&
	       !names_fanout("/proc/filesystems") && access("/sys/class/fanout", F_OK) < 0 &&
	       access("/dev/fanout", F_OK) < 0;
}

static int load(int file, const char *parameters)
{
	return (int)syscall(SYS_finit_module, file, parameters, 0);
}

/*
 * How many allocations and copies the kernel makes before it calls the module, together with
 * those that undo them. They are not ours, and current kernels warn when some of them fail.
 */
static unsigned int count_before_module(int file)
{
	const unsigned int many = 1000000;
	char left[16] = "";
	ssize_t n;

	let_fail(many);
	if (load(file, "numberofdevs=0") == 0)
		return 0;
	n = pread(fail_nth, left, sizeof(left) - 1, 0);
	let_fail(0);
	return n > 0 ? many - (unsigned int)atoi(left) : 0;
}

/* This must be the last promise, since it unloads the module. */
PROMISE(module_is_loaded_or_not)
{
	const unsigned int undoing = 10;
	struct failures failures = { 0 };
	unsigned int before;
	int file = open("/baf/fanout.ko", O_RDONLY | O_CLOEXEC);

	EXPECT(begin(8192) && file >= 0);
	EXPECT(umount(mount_point) == 0 && syscall(SYS_delete_module, "fanout", 0) == 0);
	before = count_before_module(file);
	EXPECT(before > undoing);
	failures.n = before - undoing;
	while (another(&failures)) {
		EXPECT(TRY(&failures, load(file, "numberofdevs=2")));
		EXPECT(failures.result || syscall(SYS_delete_module, "fanout", 0) == 0);
		EXPECT(nothing_is_left());
	}
	EXPECT(came(&failures, before + 30));
	EXPECT(load(file, "") == 0 && mount("none", mount_point, "fanout", 0, "") == 0);
	return true;
}

/* Lets every allocation and copy fail, and keeps those failures out of the log. */
static bool set_up(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },        { "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" }, { "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },         { "fail_usercopy/verbose", "0" },
	};

	for (size_t i = 0; i < LENGTH(settings); i++) {
		char file[128];
		int fd;

		snprintf(file, sizeof(file), "/sys/kernel/debug/%s", settings[i][0]);
		fd = open(file, O_WRONLY | O_CLOEXEC);
		if (write(fd, settings[i][1], 1) != 1) {
			perror(file);
			return false;
		}
		close(fd);
	}
	return true;
}

int main(int argc, char **argv)
{
	(void)argc;
	if (!set_up())
		return 1;
	return keep_promises(argv + 1, 300);
}
