// SPDX-License-Identifier: MIT
/* Where a reader starts: lseek(2), and requests with a start. */
#include "module-test.h"

#include <sys/uio.h>

PROMISE(lseek_goes_to_the_oldest_and_to_the_newest)
{
	int w = writer(), fd;

	EXPECT(put(w, "a") && put(w, "b"));
	fd = reader();
	EXPECT(lseek(fd, 0, SEEK_SET) == 0 && gets(fd, "ab"));
	EXPECT(lseek(fd, 0, SEEK_SET) == 0 && lseek(fd, 0, SEEK_END) == 0);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	EXPECT_ERRNO(lseek(fd, 1, SEEK_SET), ESPIPE);
	EXPECT_ERRNO(lseek(fd, 0, SEEK_CUR), ESPIPE);
	EXPECT_ERRNO(lseek(fd, -1, SEEK_END), ESPIPE);
	return true;
}

PROMISE(subscriber_starts_at_the_last_messages)
{
	int w = writer(), fd;

	EXPECT(put(w, "a") && put(w, "b") && put(w, "c"));
	fd = reader();
	EXPECT(subscribe(fd, 0, FANOUT_START_LAST, 2) == 0 && gets(fd, "bc"));
	EXPECT(subscribe(fd, 0, FANOUT_START_LAST, 99) == 0 && gets(fd, "abc"));
	EXPECT(subscribe(fd, 0, FANOUT_START_OLDEST, 0) == 0 && gets(fd, "abc"));
	EXPECT(subscribe(fd, 0, FANOUT_START_NEWEST, 0) == 0);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	return true;
}

PROMISE(subscriber_starts_at_a_time)
{
	struct timespec before, time;
	int w = writer(), fd;

	EXPECT(put(w, "a"));
	/* Some clocks stand still for milliseconds. */
	clock_gettime(CLOCK_REALTIME, &before);
	do
		clock_gettime(CLOCK_REALTIME, &time);
	while (time.tv_sec == before.tv_sec && time.tv_nsec == before.tv_nsec);
	EXPECT(put(w, "b"));
	fd = reader();
	EXPECT(subscribe(fd, 0, FANOUT_START_SINCE,
			 (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec) == 0);
	EXPECT(gets(fd, "b"));
	return true;
}

PROMISE(subscriber_reads_records)
{
	struct {
		struct fanout_record record;
		char payload[8];
	} got[2];
	int w = publisher(0, FANOUT_PUBLISH_RECORDS), fd = reader();

	EXPECT(subscribe(fd, FANOUT_SUBSCRIBE_RECORDS, FANOUT_START_NEWEST, 0) == 0);
	EXPECT(put_record(w, FANOUT_FRAMING_LINE, 2, "a\nb\n", 4) == 28);
	EXPECT(put_record(w, FANOUT_FRAMING_ONE, 1, "12345678", 8) == 32);
	EXPECT_ERRNO(read(fd, got, 31), EMSGSIZE);
	EXPECT(read(fd, got, sizeof(got)) == 64);
	EXPECT(got[0].record.length == 4 && got[0].record.sequence == 0 && got[0].record.time);
	EXPECT(got[0].record.content == (FANOUT_FRAMING_LINE << 24 | 2));
	EXPECT(memcmp(got[0].payload, "a\nb\n", 4) == 0);
	EXPECT(got[1].record.sequence == 2 && memcmp(got[1].payload, "12345678", 8) == 0);
	EXPECT(loss_of(fd).received == 3);
	return true;
}

PROMISE(requests_refuse_what_they_do_not_know)
{
	struct fanout_publish terms = { .flags = 1U << 31 };
	struct fanout_subscribe where = { .start = 99 };
	struct fanout_readers readers = { .reserved = 1 };
	int fd = reader(), w = writer();

	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_PUBLISH, &terms), EINVAL);
	terms = (struct fanout_publish){ .reserved = { [4] = 1 } };
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_PUBLISH, &terms), EINVAL);
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where), EINVAL);
	where = (struct fanout_subscribe){ .flags = 4 };
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where), EINVAL);
	where = (struct fanout_subscribe){ .reserved = { 0, 1 } };
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_SUBSCRIBE, &where), EINVAL);
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_READERS, &readers), EINVAL);
	EXPECT_ERRNO(ioctl(fd, _IO(0xfb, 99), 0), ENOTTY);
	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_QUERY, NULL), EFAULT);
	return true;
}

PROMISE(requests_need_the_right_descriptor)
{
	struct fanout_publish terms = { 0 };
	struct fanout_loss loss;
	int fd = reader(), w = writer();

	EXPECT_ERRNO(ioctl(fd, FANOUT_IOC_PUBLISH, &terms), EBADF);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_LOSS, &loss), EBADF);
	EXPECT_ERRNO(subscribe(w, 0, 0, 0), EBADF);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_SLOT), EBADF);
	return true;
}

PROMISE(records_must_be_what_they_say)
{
	struct fanout_record record = { .length = 1,
					.content = FANOUT_FRAMING_ONE << 24 | 1,
					.sequence = 1 };
	struct iovec parts[] = { { &record, sizeof(record) }, { "x", 1 } };
	int w = publisher(0, FANOUT_PUBLISH_RECORDS), fd = reader();

	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_ONE, 2, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, 9, 1, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_LINE, 2, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_LINE, 1, "x", 1), EINVAL);
	EXPECT_ERRNO(put_record(w, FANOUT_FRAMING_LENGTH, 1, "x", 1), EINVAL);
	EXPECT_ERRNO(writev(w, parts, 2), EINVAL);
	record = (struct fanout_record){ .length = 2, .content = FANOUT_FRAMING_ONE << 24 | 1 };
	EXPECT_ERRNO(writev(w, parts, 2), EINVAL);
	EXPECT_ERRNO(write(w, "short", 5), EINVAL);
	EXPECT_ERRNO(read(fd, path, 1), EAGAIN);
	return true;
}
