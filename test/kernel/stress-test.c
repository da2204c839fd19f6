// SPDX-License-Identifier: MIT
/*
 * Does everything with topics at once, at random, for some time:
 *
 *	stress-test [-s SEED] [-t SECONDS]
 *
 * Processes publish, read with read(2) and through mmap(2), subscribe anew, seek, poll, replace,
 * truncate, rename and remove topics, mount, remount and unmount, query counters, share
 * descriptors between threads, and are killed at any moment. Readers check each byte they get,
 * and count: no message is torn, and every loss is known. The rest is up to a kernel that looks
 * for errors while it runs.
 *
 * A message describes itself: a number, its length, then bytes that follow from the number.
 */
#define _GNU_SOURCE
#include "promise.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "../../ring/ring.c"

#define N_WORKERS 12
#define N_TOPICS 3
#define LENGTH_MAX 6000

/* Until it is mounted, nothing can be created here. */
static char second_mount[] = "/tmp/second.XXXXXX";
static __thread uint64_t state; /* this thread's random state */

/* Counts of what was done, in memory that all processes share: a test that does nothing shows. */
static struct counts {
	unsigned long published, read, lost, mapped, replaced, renamed, removed, mounted, killed;
	unsigned long shared, remounted;
	unsigned long refused; /* publishes that had no room, or whose topic went */
} * counts;

#define COUNT(what, n) __atomic_fetch_add(&counts->what, (unsigned long)(n), __ATOMIC_RELAXED)

static uint64_t any(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

static bool once_in(uint64_t n)
{
	return any(n) == 0;
}

/* Ends a process that saw something that must not happen. */
__attribute__((format(printf, 1, 2), noreturn)) static void wrong(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

static const char *some_topic(void)
{
	static char name[128];
	uint64_t which = any(2 * N_TOPICS + 1);

	if (which == 2 * N_TOPICS)
		return "/dev/fanout3";
	snprintf(name, sizeof(name), "%s/t%d", which % 2 ? second_mount : mount_point,
		 (int)which / 2);
	return name;
}

/*
 * Messages.
 */

struct message {
	uint64_t number;
	uint32_t length; /* of @bytes */
	unsigned char bytes[LENGTH_MAX];
};

#define HEADER offsetof(struct message, bytes)

static size_t make_message(struct message *message)
{
	message->number = any(UINT64_MAX);
	message->length = (uint32_t)any(once_in(8) ? LENGTH_MAX : 200);
	for (uint32_t i = 0; i < message->length; i++)
		message->bytes[i] = (unsigned char)(message->number + i);
	return HEADER + message->length;
}

/* Bytes that the message at @data takes; ends the process if it is not whole. */
static size_t check_message(const unsigned char *data, size_t size)
{
	struct message message;

	if (size < HEADER)
		wrong("a message of %zu bytes", size);
	memcpy(&message, data, HEADER);
	if (message.length > size - HEADER || message.length > LENGTH_MAX)
		wrong("a message of %u bytes, %zu of which there are", message.length, size);
	for (uint32_t i = 0; i < message.length; i++)
		if (data[HEADER + i] != (unsigned char)(message.number + i))
			wrong("byte %u of %u is another", i, message.length);
	return HEADER + message.length;
}

/*
 * Publishers.
 */

static uint64_t some_patience(void)
{
	switch (any(4)) {
	case 0:
		return FANOUT_PATIENCE_INFINITE;
	case 1:
		return any(5000000);
	default:
		return 0;
	}
}

static void publish_once(int fd)
{
	static __thread struct message message;
	size_t size = make_message(&message), first = any(size + 1);
	struct iovec parts[] = { { &message, first }, { (char *)&message + first, size - first } };
	ssize_t n = writev(fd, parts, 2);

	if (n == (ssize_t)size)
		COUNT(published, 1);
	else if (n >= 0)
		wrong("published %zd of %zu bytes", n, size);
	else if (errno == EAGAIN || errno == EBUSY || errno == ESTALE || errno == ENOSPC)
		COUNT(refused, 1);
	else
		wrong("publish: %s", strerror(errno));
}

static void publisher_works(void)
{
	struct fanout_publish terms = {
		.patience = some_patience(),
		.flags = once_in(4) ? FANOUT_PUBLISH_EXCLUSIVE : 0,
	};
	struct fanout_replace wish = { .capacity = 16384U << any(3) };
	int fd = open(some_topic(), O_WRONLY | O_CREAT | O_CLOEXEC | (once_in(3) ? O_NONBLOCK : 0),
		      0600);

	if (fd < 0)
		return;
	/* The smallest ring that takes the largest message whole. */
	(void)ftruncate(fd, (off_t)wish.capacity);
	(void)ioctl(fd, FANOUT_IOC_PUBLISH, &terms);
	for (uint64_t i = any(300); i; i--) {
		publish_once(fd);
		if (once_in(50))
			(void)events(fd, POLLOUT, (int)any(5));
	}
	if (once_in(3) && ioctl(fd, FANOUT_IOC_REPLACE, &wish) == 0)
		COUNT(replaced, 1);
	close(fd);
}

/*
 * Readers by read(2).
 */

/* Checks the records of one read: each is whole, and their numbers are in order. */
static void check_records(const unsigned char *data, size_t size, uint64_t *next, uint64_t *lost)
{
	for (size_t at = 0; at < size;) {
		struct fanout_record record;

		memcpy(&record, data + at, sizeof(record));
		if (*next > record.sequence)
			wrong("record %llu after %llu", (unsigned long long)record.sequence,
			      (unsigned long long)*next);
		if (*next)
			*lost += record.sequence - *next;
		*next = record.sequence + 1;
		if (check_message(data + at + sizeof(record), record.length) != record.length)
			wrong("a record of %u bytes is longer than its message", record.length);
		at += fanout_record_size(record.length);
		COUNT(read, 1);
	}
}

static void check_payload(const unsigned char *data, size_t size)
{
	for (size_t at = 0; at < size; COUNT(read, 1))
		at += check_message(data + at, size - at);
}

static void look_around(int fd)
{
	struct fanout_slot slots[8];
	struct fanout_readers readers = { .slots = (uintptr_t)slots, .n_slots = 8 };
	struct fanout_query answer;
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)ioctl(fd, FANOUT_IOC_READERS, &readers);
	if (query(fd, &answer) && answer.ring.tail > answer.ring.head)
		wrong("the tail is before the head");
	(void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	(void)epoll_wait(epoll, &event, 1, (int)any(5));
	close(epoll);
}

static void read_some(int fd, bool records)
{
	static unsigned char data[1 << 17];
	uint64_t next = 0, lost = 0, before = loss_of(fd).messages;

	for (uint64_t i = any(200); i; i--) {
		ssize_t n;

		if (events(fd, POLLIN, 5) != POLLIN && once_in(2))
			continue;
		n = read(fd, data, sizeof(data));
		if (n < 0 && errno != EAGAIN && errno != EPIPE && errno != ENOSPC)
			wrong("read: %s", strerror(errno));
		if (n == 0)
			break;
		if (n > 0 && records)
			check_records(data, (size_t)n, &next, &lost);
		else if (n > 0)
			check_payload(data, (size_t)n);
		if (once_in(20))
			look_around(fd);
	}
	/* Only the kernel knows the loss before the first record that was read. */
	if (lost > loss_of(fd).messages - before)
		wrong("%llu messages lost, %llu counted", (unsigned long long)lost,
		      (unsigned long long)loss_of(fd).messages);
	COUNT(lost, loss_of(fd).messages - before);
}

static void reader_works(void)
{
	int fd = open(some_topic(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	for (uint64_t i = any(4); i; i--) {
		bool records = once_in(2);
		uint32_t flags = (records ? FANOUT_SUBSCRIBE_RECORDS : 0) |
				 (once_in(4) ? FANOUT_SUBSCRIBE_OBSERVE : 0);

		if (subscribe(fd, flags, (uint32_t)any(4), any(100))) {
			if (errno != ENOSPC)
				wrong("subscribe: %s", strerror(errno));
			break;
		}
		read_some(fd, records);
		(void)lseek(fd, 0, once_in(2) ? SEEK_END : SEEK_SET);
	}
	close(fd);
}

/*
 * Readers through mmap(2): the ring's own reader, on the kernel's pages.
 */

struct view {
	const struct fanout_ring *ring;
	struct fanout_slot *slot;
	size_t size;
	struct fanout_reader reader;
};

/* Header and data, and the data again behind it. */
static bool map_view(struct view *view, int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct fanout_query answer;
	unsigned char *at;
	int slot;

	if (!query(fd, &answer))
		return false;
	view->size = page + 2 * answer.ring.capacity;
	at = mmap(NULL, view->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mmap(at, page + answer.ring.capacity, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED ||
	    mmap(at + page + answer.ring.capacity, answer.ring.capacity, PROT_READ,
		 MAP_SHARED | MAP_FIXED, fd, (off_t)page) == MAP_FAILED)
		wrong("a ring that cannot be mapped: %s", strerror(errno));
	slot = ioctl(fd, FANOUT_IOC_SLOT);
	view->slot = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, slot, 0);
	if (view->slot == MAP_FAILED)
		wrong("a slot that cannot be mapped: %s", strerror(errno));
	close(slot);
	view->ring = (void *)at;
	fanout_reader_init(&view->reader, view->ring, at + page, answer.ring.capacity);
	return true;
}

/* 1; 0: there is nothing; a negative errno. */
static int view_next(struct view *view)
{
	static unsigned char copy[sizeof(struct message)];
	struct fanout_record record;
	const void *payload;
	int r = fanout_reader_peek(&view->reader, &record, &payload);

	if (r != 1)
		return r;
	if (record.length > sizeof(copy))
		wrong("a record of %u bytes in the mapping", record.length);
	memcpy(copy, payload, record.length);
	if (!fanout_reader_intact(&view->reader))
		return -EPIPE;
	check_message(copy, record.length);
	fanout_reader_take(&view->reader, &record);
	COUNT(mapped, 1);
	return 1;
}

static void view_some(struct view *view, int fd)
{
	for (uint64_t i = any(2000); i; i--) {
		int r = view_next(view);

		if (r == -EPIPE)
			r = fanout_reader_recover(&view->reader);
		if (r < 0)
			wrong("the ring in the mapping is damaged: %s", strerror(-r));
		fanout_store_release(&view->slot->position, view->reader.position);
		if (once_in(20))
			(void)ioctl(fd, FANOUT_IOC_PROGRESS);
		if (r == 0 && (fanout_load(&view->ring->retired) || !events(fd, POLLIN, 5)))
			break;
	}
}

static void viewer_works(void)
{
	int fd = open(some_topic(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct view view;

	if (fd < 0)
		return;
	if (map_view(&view, fd)) {
		if (fanout_reader_seek_oldest(&view.reader))
			wrong("no oldest record in the mapping");
		fanout_store(&view.slot->state, FANOUT_SLOT_ATTACHED);
		view_some(&view, fd);
		/* Lies about its position. */
		if (once_in(4))
			view.slot->position = any(UINT64_MAX);
		munmap((void *)view.ring, view.size);
		munmap(view.slot, (size_t)sysconf(_SC_PAGESIZE));
	}
	close(fd);
}

/*
 * Threads that share a descriptor: they change each other's settings and position. So nobody checks
 * the data that they read.
 */

static void read_anything(int fd)
{
	static __thread unsigned char data[1 << 14];

	if (events(fd, POLLIN, 1) != POLLIN)
		return;
	if (read(fd, data, sizeof(data)) < 0 && errno != EAGAIN && errno != EPIPE &&
	    errno != EMSGSIZE && errno != ENOSPC)
		wrong("read of what is shared: %s", strerror(errno));
}

static void share_once(int fd)
{
	struct fanout_publish terms = { .patience = some_patience(), .flags = (uint32_t)any(2) };
	struct fanout_replace wish = { .capacity = 16384U << any(3) };

	switch (any(20)) {
	case 0:
		(void)ioctl(fd, FANOUT_IOC_PUBLISH, &terms);
		break;
	case 1:
		(void)subscribe(fd, (uint32_t)any(4), (uint32_t)any(4), any(100));
		break;
	case 2:
		(void)lseek(fd, 0, once_in(2) ? SEEK_END : SEEK_SET);
		break;
	case 3:
		(void)ioctl(fd, FANOUT_IOC_PROGRESS);
		(void)loss_of(fd);
		break;
	case 4:
		look_around(fd);
		break;
	case 5:
		if (once_in(20))
			(void)ioctl(fd, FANOUT_IOC_REPLACE, &wish);
		break;
	case 6:
		(void)events(fd, POLLOUT, 1);
		break;
	default:
		if (once_in(2))
			publish_once(fd);
		else
			read_anything(fd);
	}
	COUNT(shared, 1);
}

struct share {
	int fd;
	uint64_t seed;
};

static void *share(void *argument)
{
	const struct share *mine = argument;

	state = mine->seed + 1;
	for (uint64_t i = any(300); i; i--)
		share_once(mine->fd);
	return NULL;
}

static void sharer_works(void)
{
	struct share shares[3];
	pthread_t threads[LENGTH(shares)];
	int fd = open(some_topic(), O_RDWR | O_CLOEXEC | (once_in(2) ? O_NONBLOCK : 0));

	if (fd < 0)
		return;
	for (size_t i = 0; i < LENGTH(shares); i++) {
		shares[i] = (struct share){ .fd = fd, .seed = any(UINT64_MAX - 1) };
		if (pthread_create(&threads[i], NULL, share, &shares[i]))
			wrong("no thread");
	}
	for (size_t i = 0; i < LENGTH(shares); i++)
		(void)pthread_join(threads[i], NULL);
	close(fd);
}

/*
 * Names and mounts.
 */

static void namer_works(void)
{
	char from[128], to[128];
	struct stat status;

	strcpy(from, some_topic());
	strcpy(to, some_topic());
	if (strncmp(from, "/dev/", 5) == 0 || strncmp(to, "/dev/", 5) == 0)
		return;
	switch (any(6)) {
	case 0:
		COUNT(removed, unlink(from) == 0);
		break;
	case 1:
		COUNT(renamed, rename(from, to) == 0);
		break;
	case 2:
		(void)!truncate(from, (off_t)(16384U << any(4)));
		break;
	case 3:
		(void)chmod(from, 0600 | (mode_t)any(0100));
		break;
	default:
		(void)stat(from, &status);
	}
	usleep((useconds_t)any(20000));
}

static bool is_mounted(const char *place)
{
	struct statfs status;

	return statfs(place, &status) == 0 && status.f_type == FANOUT_SUPER_MAGIC;
}

/*
 * The second mount goes away while it is in use: its topics stay with the processes that have
 * them open.
 */
static void mounter_works(void)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%dK,max=%d", 64 << any(6), (int)any(6));
	if (mount("none", second_mount, "fanout", 0, options) == 0)
		COUNT(mounted, 1);
	usleep((useconds_t)any(100000));
	while (is_mounted(second_mount) && once_in(3))
		(void)umount2(second_mount, once_in(2) ? MNT_DETACH : 0);
}

static void read_file(const char *name)
{
	char data[4096];
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	while (read(fd, data, sizeof(data)) > 0)
		;
	close(fd);
}

/* Limits change while others query them, and there is always enough for one topic. */
static void administrator_works(void)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%dK,max=%d", 256 + (int)any(768), 4 + (int)any(9));
	if (mount("none", mount_point, "fanout", MS_REMOUNT, options) == 0)
		COUNT(remounted, 1);
	read_file("/proc/self/mounts");
	read_file("/sys/class/fanout/fanout3/messages");
	read_file("/sys/class/fanout/fanout3/readers");
	usleep((useconds_t)any(20000));
}

/* All processes. */

static void (*const work[])(void) = {
	publisher_works, publisher_works, publisher_works, reader_works,
	reader_works,    viewer_works,    viewer_works,    namer_works,
	mounter_works,   reader_works,    sharer_works,    administrator_works,
};

_Static_assert(LENGTH(work) == N_WORKERS, "one for each worker");

static pid_t start(unsigned int worker, uint64_t seed)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	any(2);
	for (;;)
		work[worker]();
}

/* False: the process had ended by itself, and said why. */
static bool stop(pid_t child)
{
	int how;

	kill(child, SIGKILL);
	COUNT(killed, 1);
	return waitpid(child, &how, 0) == child && WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
}

static bool run(uint64_t seed, unsigned int seconds)
{
	uint64_t deadline = now() + seconds * SECOND;
	pid_t workers[N_WORKERS];
	bool fine = true;

	fflush(stdout);
	for (unsigned int i = 0; i < N_WORKERS; i++)
		workers[i] = start(i, seed++);
	while (fine && now() < deadline) {
		unsigned int which = (unsigned int)any(N_WORKERS);

		usleep((useconds_t)any(60000));
		fine = stop(workers[which]);
		workers[which] = start(which, seed++);
	}
	for (unsigned int i = 0; i < N_WORKERS; i++)
		fine &= stop(workers[i]);
	return fine;
}

/* Nothing is left of the open topics: a new one can have all the memory that topics may take. */
static bool is_sound(void)
{
	int fd, w;

	for (int i = 0; i < N_TOPICS; i++) {
		snprintf(path, sizeof(path), "%s/t%d", mount_point, i);
		(void)unlink(path);
	}
	EXPECT(mount("none", mount_point, "fanout", MS_REMOUNT, "size=1M") == 0);
	w = open_topic(O_WRONLY | O_CREAT);
	fd = reader();
	EXPECT(put(w, "after") && gets(fd, "after") && close(w) == 0 && close(fd) == 0);
	EXPECT(umount(mount_point) == 0 && rmdir(mount_point) == 0);
	while (is_mounted(second_mount))
		EXPECT(umount(second_mount) == 0);
	EXPECT(umount(second_mount) == 0 && rmdir(second_mount) == 0);
	return true;
}

static bool everything_was_done(void)
{
	printf("# published %lu, refused %lu, read %lu, lost %lu, read in mappings %lu\n",
	       counts->published, counts->refused, counts->read, counts->lost, counts->mapped);
	printf("# replaced %lu, renamed %lu, removed %lu, mounted %lu, remounted %lu, killed %lu\n",
	       counts->replaced, counts->renamed, counts->removed, counts->mounted,
	       counts->remounted, counts->killed);
	printf("# with shared descriptors %lu\n", counts->shared);
	return counts->published && counts->read && counts->mapped && counts->replaced &&
	       counts->renamed && counts->removed && counts->mounted && counts->remounted &&
	       counts->shared && counts->killed > N_WORKERS;
}

static bool promise(bool kept, const char *what)
{
	printf("%s - %s\n", kept ? "ok" : "not ok", what);
	return kept;
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL);
	unsigned int seconds = 20;
	bool kept;
	int option;

	while ((option = getopt(argc, argv, "s:t:")) != -1) {
		if (option == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (option == 't')
			seconds = (unsigned int)atoi(optarg);
		else
			return 2;
	}
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!mkdtemp(mount_point) || !mkdtemp(second_mount) ||
	    mount("none", mount_point, "fanout", 0, "size=1M") ||
	    mount("none", second_mount, "tmpfs", MS_RDONLY, "size=4K")) {
		perror("stress-test");
		return 1;
	}
	printf("# seed %llu\n", (unsigned long long)seed);
	state = seed + 1; /* a state of 0 would stay 0 */
	kept = promise(run(seed, seconds),
		       "under stress nothing is torn, and what is lost is known");
	kept &= promise(is_sound(), "what is killed leaves nothing behind");
	if (failed_at)
		printf("# %d: %s: %s\n", failed_line, failed_at, strerror(failed_errno));
	kept &= promise(everything_was_done(), "everything was done");
	printf("1..3\n");
	return kept ? 0 : 1;
}
