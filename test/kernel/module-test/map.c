// SPDX-License-Identifier: MIT
/* Mapped rings and slots. */
#include "module-test.h"

#include <sys/mman.h>

static void *map(int fd, int protection, size_t size, off_t offset)
{
	return mmap(NULL, size, protection, MAP_SHARED, fd, offset);
}

PROMISE(mapping_shows_header_and_data)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = reader(), w = writer();
	const struct fanout_ring *ring = map(fd, PROT_READ, page, 0);
	const char *data = map(fd, PROT_READ, 1 << 20, (off_t)page);
	const struct fanout_record *record = (const void *)data;

	EXPECT((const void *)ring != MAP_FAILED && data != MAP_FAILED && put(w, "seen"));
	EXPECT(ring->magic == FANOUT_MAGIC && ring->header_size == page && ring->head == 32);
	EXPECT(record->length == 4 && memcmp(data + sizeof(*record), "seen", 4) == 0);
	close(fd);
	close(w);
	EXPECT(unlink(path) == 0 && ring->retired == 1 && data[24] == 's');
	return true;
}

PROMISE(mapping_cannot_be_written_or_grown)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open_topic(O_RDWR);
	void *ring = map(fd, PROT_READ, page, 0);

	EXPECT(ring != MAP_FAILED);
	EXPECT_ERRNO((long)map(fd, PROT_READ | PROT_WRITE, page, 0), EACCES);
	EXPECT_ERRNO(mprotect(ring, page, PROT_READ | PROT_WRITE), EACCES);
	EXPECT_ERRNO((long)mremap(ring, page, 2 * page, MREMAP_MAYMOVE), EFAULT);
	EXPECT_ERRNO((long)map(fd, PROT_READ, page, (off_t)page + (1 << 20)), ENXIO);
	EXPECT_ERRNO((long)map(writer(), PROT_READ, page, 0), EACCES);
	return true;
}

static struct fanout_slot *map_slot(int fd)
{
	int slot_fd = ioctl(fd, FANOUT_IOC_SLOT);
	void *slot = map(slot_fd, PROT_READ | PROT_WRITE, (size_t)sysconf(_SC_PAGESIZE), 0);

	close(slot_fd);
	return slot == MAP_FAILED ? NULL : slot;
}

PROMISE(slot_says_where_a_reader_is)
{
	int fd = reader(), w = writer();
	struct fanout_slot *slot = map_slot(fd);

	EXPECT(slot && slot->state == FANOUT_SLOT_ATTACHED && slot->pid == (__u32)getpid());
	EXPECT(put(w, "x") && slot->position == 0 && gets(fd, "x") && slot->position == 32);
	EXPECT(put(w, "y") && events(fd, POLLIN, 0) == POLLIN);
	slot->position = 64;
	EXPECT(events(fd, POLLIN, 0) == 0);
	return true;
}

PROMISE(progress_in_the_slot_lets_a_publisher_go_on)
{
	struct fanout_slot *slot;
	struct fanout_query answer;
	int fd;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	slot = map_slot(fd);
	child = fork();
	if (child == 0)
		_exit(fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 6) ? 0 : 1);
	EXPECT(slot && is_asleep(child) && query(fd, &answer) && answer.ring.wanted);
	slot->position = answer.ring.head;
	EXPECT(ioctl(fd, FANOUT_IOC_PROGRESS) == 0 && ended(child, 0));
	return true;
}

PROMISE(lies_in_the_slot_cost_one_patience_at_most)
{
	struct fanout_slot *slot;
	struct fanout_query answer;
	uint64_t start;
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	slot = map_slot(fd);
	w = publisher(SECOND / 10, 0);
	EXPECT(slot && fill(w, 6) && query(w, &answer) && answer.ring.lapses == 1);
	start = answer.ring.waited;
	for (int i = 0; i < 20; i++) {
		slot->position = i % 3 ? 0 : UINT64_MAX;
		slot->lapsed = 0;
		slot->state = i % 2 ? FANOUT_SLOT_ATTACHED : 12345;
		EXPECT(ioctl(fd, FANOUT_IOC_PROGRESS) == 0 && fill(w, 1));
	}
	EXPECT(query(w, &answer) && answer.ring.waited - start < 20 * SECOND / 10);
	return true;
}

PROMISE(slot_outlives_its_descriptors)
{
	struct fanout_query answer;
	int fd = reader(), w = writer();
	struct fanout_slot *slot = map_slot(fd);

	close(fd);
	EXPECT(slot && query(w, &answer) && answer.n_readers == 1);
	EXPECT(munmap(slot, (size_t)sysconf(_SC_PAGESIZE)) == 0);
	EXPECT(query(w, &answer) && answer.n_readers == 0);
	return true;
}
