// SPDX-License-Identifier: MIT
/* Slow memory: nobody else waits for it. */
#include "module-test.h"

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int slow_memory(char **memory)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range.len = 4096, .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	*memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)*memory;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return -1;
	return fd;
}

static bool give_memory(int uffd, char *memory)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)memory, 4096 } };

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero) == 0;
}

struct transfer {
	int fd;
	char *memory;
	ssize_t result;
};

static void *read_slowly(void *data)
{
	struct transfer *transfer = data;

	transfer->result = read(transfer->fd, transfer->memory, 4096);
	return NULL;
}

static void *write_slowly(void *data)
{
	struct transfer *transfer = data;

	transfer->result = write(transfer->fd, transfer->memory, 3);
	return NULL;
}

/* Whether a process touched the memory, and waits for it. */
static bool is_touched(int uffd)
{
	struct uffd_msg message;

	return events(uffd, POLLIN, 20000) == POLLIN &&
	       read(uffd, &message, sizeof(message)) == sizeof(message);
}

PROMISE(reader_in_slow_memory_holds_up_nobody)
{
	struct transfer transfer = { .fd = open_topic(O_RDONLY) };
	int uffd = slow_memory(&transfer.memory), other = reader(), w = writer();
	pthread_t thread;

	EXPECT(uffd >= 0 && put(w, "abc"));
	EXPECT(pthread_create(&thread, NULL, read_slowly, &transfer) == 0 && is_touched(uffd));
	EXPECT(put(w, "def") && gets(other, "abcdef") && reader() >= 0);
	EXPECT(give_memory(uffd, transfer.memory) && pthread_join(thread, NULL) == 0);
	EXPECT(transfer.result == 6 && memcmp(transfer.memory, "abcdef", 6) == 0);
	return true;
}

PROMISE(writer_from_slow_memory_holds_up_nobody)
{
	struct transfer transfer = { .fd = writer() };
	int uffd = slow_memory(&transfer.memory), fd = reader(), w = writer();
	pthread_t thread;

	EXPECT(uffd >= 0);
	EXPECT(pthread_create(&thread, NULL, write_slowly, &transfer) == 0 && is_touched(uffd));
	EXPECT(put(w, "quick") && gets(fd, "quick"));
	EXPECT(give_memory(uffd, transfer.memory) && pthread_join(thread, NULL) == 0);
	EXPECT(transfer.result == 3 && read(fd, path, 99) == 3);
	return true;
}

static void *write_large_slowly(void *data)
{
	static char first[4096 - 24];
	struct transfer *transfer = data;
	struct iovec parts[] = { { first, sizeof(first) }, { transfer->memory, 100 } };

	transfer->result = writev(transfer->fd, parts, 2);
	return NULL;
}

PROMISE(first_half_of_a_large_write_does_not_wait_for_slow_memory)
{
	struct transfer transfer = { 0 };
	int uffd = slow_memory(&transfer.memory);
	pthread_t thread;
	pid_t child;

	EXPECT(uffd >= 0 && make_topic(8192));
	transfer.fd = writer();
	child = fork();
	if (child == 0)
		_exit(read(open_topic(O_RDONLY), path, 1) == 1 ? 0 : 1);
	EXPECT(is_asleep(child));
	EXPECT(pthread_create(&thread, NULL, write_large_slowly, &transfer) == 0);
	EXPECT(is_touched(uffd) && ended(child, 0));
	EXPECT(give_memory(uffd, transfer.memory) && pthread_join(thread, NULL) == 0);
	EXPECT(transfer.result == 4096 - 24 + 100);
	return true;
}

PROMISE(reader_that_was_overrun_in_its_copy_gets_nothing_torn)
{
	struct transfer transfer = { 0 };
	char data[1000];
	int uffd = slow_memory(&transfer.memory), w;
	pthread_t thread;

	EXPECT(uffd >= 0 && make_topic(4096));
	transfer.fd = open_topic(O_RDONLY);
	w = writer();
	memset(data, 'a', sizeof(data));
	EXPECT(write(w, data, sizeof(data)) == sizeof(data));
	EXPECT(pthread_create(&thread, NULL, read_slowly, &transfer) == 0 && is_touched(uffd));
	EXPECT(fill(w, 10) && give_memory(uffd, transfer.memory));
	EXPECT(pthread_join(thread, NULL) == 0 && transfer.result == -1);
	EXPECT(loss_of(transfer.fd).overruns == 1);
	return true;
}

/* Whether a process can be killed while its read or write waits for memory. */
static bool is_killed_in_its_copy(void *(*transfer_slowly)(void *), int flags)
{
	pid_t child = fork();
	int how;

	if (child == 0) {
		struct transfer transfer = { .fd = open_topic(flags) };
		int uffd = slow_memory(&transfer.memory);
		pthread_t thread;

		lseek(transfer.fd, 0, SEEK_SET);
		if (uffd >= 0 && !pthread_create(&thread, NULL, transfer_slowly, &transfer) &&
		    is_touched(uffd))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	return waitpid(child, &how, 0) == child && WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
}

PROMISE(reader_that_is_killed_in_its_copy_is_gone)
{
	struct fanout_query answer;
	int w = writer();

	EXPECT(put(w, "abc") && is_killed_in_its_copy(read_slowly, O_RDONLY));
	EXPECT(query(w, &answer) && answer.n_readers == 0 && put(w, "def"));
	return true;
}

PROMISE(writer_that_is_killed_in_its_copy_has_published_nothing)
{
	struct fanout_query answer;
	int fd = reader(), w;

	EXPECT(is_killed_in_its_copy(write_slowly, O_WRONLY));
	EXPECT(query(fd, &answer) && answer.ring.head == 0 && answer.n_writers == 0);
	EXPECT((w = writer()) >= 0 && put(w, "next") && gets(fd, "next"));
	return true;
}
