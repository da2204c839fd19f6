// SPDX-License-Identifier: MIT
/*
 * Devices.
 */
#include "module-test.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

PROMISE(device_is_a_topic)
{
	struct fanout_replace wish = { 0 };
	struct fanout_query answer;
	int w, fd;

	strcpy(path, "/dev/fanout1");
	w = writer();
	fd = reader();
	EXPECT(put(w, "device") && gets(fd, "device") && query(fd, &answer));
	EXPECT(answer.ring.capacity == 16384);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_REPLACE, &wish), EPERM);
	return true;
}

static long counter(const char *name)
{
	char file[64], buffer[32] = "";
	int fd;

	snprintf(file, sizeof(file), "/sys/class/fanout/fanout2/%s", name);
	fd = open(file, O_RDONLY);
	if (read(fd, buffer, sizeof(buffer) - 1) <= 0)
		return -1;
	close(fd);
	return atol(buffer);
}

PROMISE(devices_have_counters)
{
	int w, fd;

	EXPECT(counter("capacity") == 16384 && counter("messages") == 0);
	strcpy(path, "/dev/fanout2");
	fd = reader();
	w = writer();
	EXPECT(fill(w, 100) && counter("messages") == 100 && counter("bytes") == 100000);
	EXPECT(counter("readers") == 1 && counter("publishers") == 1 && counter("lapses") == 0);
	EXPECT_ERRNO(read(fd, path, 1), EPIPE);
	EXPECT(counter("overruns") == 1);
	return true;
}

static bool minor_is(dev_t device, unsigned int number)
{
	return minor(device) == number;
}

PROMISE(nodes_made_by_hand_work)
{
	struct stat status;
	char buffer[64];
	int fd;

	EXPECT(stat("/dev/fanout", &status) == 0 && minor_is(status.st_rdev, 0));
	EXPECT((status.st_mode & 07777) == 0660 && stat("/dev/fanout7", &status) == 0);
	strcpy(path, "/tmp/fanout7");
	EXPECT(mknod(path, S_IFCHR | 0600, status.st_rdev) == 0 && (fd = reader()) >= 0);
	EXPECT(put(writer(), "by hand") && read(fd, buffer, sizeof(buffer)) == 7);
	EXPECT(mknod("/tmp/fanout8", S_IFCHR | 0600, status.st_rdev + 1) == 0);
	EXPECT_ERRNO(open("/tmp/fanout8", O_RDONLY), ENXIO);
	EXPECT(unlink(path) == 0 && unlink("/tmp/fanout8") == 0);
	return true;
}
