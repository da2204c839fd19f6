// SPDX-License-Identifier: MIT
/* io_uring, through its system calls. */
#include "module-test.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct uring {
	int fd;
	struct io_uring_params about;
	char *queues;
	struct io_uring_sqe *entries;
	__kernel_rwf_t flags; /* for the next requests */
};

static bool make_uring(struct uring *uring)
{
	size_t size;

	*uring = (struct uring){ 0 };
	uring->fd = (int)syscall(SYS_io_uring_setup, 4, &uring->about);
	EXPECT(uring->fd >= 0 && uring->about.features & IORING_FEAT_SINGLE_MMAP);
	size = uring->about.cq_off.cqes + uring->about.cq_entries * sizeof(struct io_uring_cqe);
	uring->queues = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, uring->fd, 0);
	uring->entries = mmap(NULL, 4 * sizeof(*uring->entries), PROT_READ | PROT_WRITE, MAP_SHARED,
			      uring->fd, IORING_OFF_SQES);
	return uring->queues != MAP_FAILED && (void *)uring->entries != MAP_FAILED;
}

static unsigned int *queue_word(const struct uring *uring, __u32 offset)
{
	return (unsigned int *)(void *)(uring->queues + offset);
}

/* Submits one request. */
static bool submit(const struct uring *uring, __u8 operation, int fd, void *memory, __u32 size)
{
	unsigned int *tail = queue_word(uring, uring->about.sq_off.tail), index = *tail % 4;

	uring->entries[index] = (struct io_uring_sqe){
		.opcode = operation,
		.fd = fd,
		.addr = (uintptr_t)memory,
		.len = size,
		.off = UINT64_MAX,
		.rw_flags = uring->flags,
		.user_data = operation,
	};
	queue_word(uring, uring->about.sq_off.array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, uring->fd, 1, 0, 0, NULL, 0) == 1;
}

/* Waits until a request is done; returns its result. */
static int result(const struct uring *uring, __u8 operation)
{
	unsigned int *head = queue_word(uring, uring->about.cq_off.head);
	const struct io_uring_cqe *done;

	if (syscall(SYS_io_uring_enter, uring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	done = (const void *)(uring->queues + uring->about.cq_off.cqes);
	done += *head % uring->about.cq_entries;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return done->user_data == operation ? done->res : -EBADMSG;
}

/*
 * A topic of the file system is a regular file. There, io_uring continues a read until the buffer
 * is full, unless it is told not to wait. Then it may return EAGAIN even if there is data: a
 * kernel without a block layer does.
 */
PROMISE(io_uring_reads_and_writes)
{
	int fd = open_topic(O_RDONLY), w = writer();
	char out[] = "by ring", in[16] = "";
	struct uring uring;
	int n = -EAGAIN;

	EXPECT(make_uring(&uring));
	EXPECT(submit(&uring, IORING_OP_WRITE, w, out, 7) && result(&uring, IORING_OP_WRITE) == 7);
	EXPECT(submit(&uring, IORING_OP_READ, fd, in, 7) && result(&uring, IORING_OP_READ) == 7);
	EXPECT(memcmp(in, out, 7) == 0 && put(w, "more"));
	uring.flags = RWF_NOWAIT;
	for (int i = 0; i < 100 && n == -EAGAIN; i++) {
		EXPECT(submit(&uring, IORING_OP_READ, fd, in, 16));
		n = result(&uring, IORING_OP_READ);
	}
	EXPECT(n == -EAGAIN ? gets(fd, "more") : n == 4);
	EXPECT(submit(&uring, IORING_OP_READ, fd, in, 16));
	EXPECT(result(&uring, IORING_OP_READ) == -EAGAIN);
	return true;
}

PROMISE(io_uring_read_of_a_device_waits_for_a_record)
{
	char in[16] = "";
	struct uring uring;
	int fd, w;

	strcpy(path, "/dev/fanout4");
	fd = open_topic(O_RDONLY);
	w = writer();
	EXPECT(make_uring(&uring) && submit(&uring, IORING_OP_READ, fd, in, 16));
	EXPECT(events(uring.fd, POLLIN, 0) == 0);
	EXPECT(put(w, "later") && result(&uring, IORING_OP_READ) == 5);
	EXPECT(memcmp(in, "later", 5) == 0);
	return true;
}

PROMISE(io_uring_read_and_write_are_told_why_not)
{
	int fd = open_topic(O_RDONLY), w = writer();
	struct uring uring;

	EXPECT(make_uring(&uring) && submit(&uring, IORING_OP_WRITE, w, (void *)8, 7));
	EXPECT(result(&uring, IORING_OP_WRITE) == -EFAULT);
	EXPECT(put(w, "kept") && submit(&uring, IORING_OP_READ, fd, (void *)8, 7));
	EXPECT(result(&uring, IORING_OP_READ) == -EFAULT && gets(fd, "kept"));
	EXPECT(unlink(path) == 0 && submit(&uring, IORING_OP_WRITE, w, path, 1));
	EXPECT(result(&uring, IORING_OP_WRITE) == -ESTALE);
	EXPECT(submit(&uring, IORING_OP_READ, fd, path, 1) && result(&uring, IORING_OP_READ) == 0);
	return true;
}
