// SPDX-License-Identifier: MIT
/*
 * The file system: topics, mounts, permissions.
 */
#include "module-test.h"

#include <sys/stat.h>
#include <sys/vfs.h>

static bool stat_is(const char *name, off_t size)
{
	struct stat status;

	return stat(name, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == size;
}

PROMISE(truncate_sets_the_capacity_until_memory_is_taken)
{
	int w = writer();

	EXPECT(stat_is(path, 1 << 20));
	EXPECT(truncate(path, 5000) == 0 && stat_is(path, 8192));
	EXPECT(truncate(path, 0) == 0 && stat_is(path, 8192));
	EXPECT_ERRNO(truncate(path, (1L << 30) + 1), EFBIG);
	EXPECT(put(w, "x") && truncate(path, 8192) == 0 && truncate(path, 0) == 0);
	EXPECT_ERRNO(truncate(path, 4096), EBUSY);
	EXPECT(open_topic(O_WRONLY | O_TRUNC) >= 0 && stat_is(path, 8192));
	return true;
}

PROMISE(removed_topic_is_finished_then_at_its_end)
{
	int fd = reader(), w = writer();
	pid_t child = fork();

	if (child == 0)
		_exit(gets(open_topic(O_RDONLY), "") ? 0 : 1);
	EXPECT(is_asleep(child) && unlink(path) == 0 && ended(child, 0));
	EXPECT_ERRNO(write(w, "x", 1), ESTALE);
	EXPECT(gets(fd, "") && events(fd, POLLIN, 0) == (POLLIN | POLLHUP));
	return true;
}

PROMISE(what_was_published_before_the_removal_is_read)
{
	int fd = reader(), w = writer();

	EXPECT(put(w, "last") && unlink(path) == 0 && events(fd, POLLIN, 0) == POLLIN);
	EXPECT(gets(fd, "last") && gets(fd, ""));
	return true;
}

PROMISE(removal_ends_a_publishers_wait)
{
	int fd;
	pid_t child;

	EXPECT(make_topic(4096));
	fd = reader();
	child = fork();
	if (child == 0)
		_exit(!fill(publisher(FANOUT_PATIENCE_INFINITE, 0), 50) && errno == ESTALE ? 0 : 1);
	EXPECT(is_asleep(child) && unlink(path) == 0 && ended(child, 0) && fd >= 0);
	return true;
}

static char *beside(const char *name)
{
	static char other[300];

	snprintf(other, sizeof(other), "%s/%s", mount_point, name);
	return other;
}

PROMISE(rename_over_a_topic_retires_that)
{
	int fd, w = writer(), old;

	EXPECT((old = open(beside("old"), O_RDWR | O_CREAT, 0600)) >= 0 && put(w, "x"));
	fd = open(beside("old"), O_RDONLY);
	EXPECT(rename(path, beside("old")) == 0 && gets(fd, ""));
	EXPECT_ERRNO(write(old, "x", 1), ESTALE);
	EXPECT(put(w, "y"));
	EXPECT_ERRNO(access(path, F_OK), ENOENT);
	EXPECT_ERRNO(rename(beside("old"), "/tmp/elsewhere"), EXDEV);
	EXPECT(unlink(beside("old")) == 0);
	return true;
}

PROMISE(replaced_ring_goes_on_where_the_old_one_ended)
{
	struct fanout_replace wish = { .capacity = 8192 };
	struct fanout_query answer;
	int fd = reader(), w = publisher(0, 0), next;

	EXPECT(put(w, "a") && put(w, "b") && ioctl(w, FANOUT_IOC_REPLACE, &wish) == 0);
	EXPECT_ERRNO(write(w, "c", 1), ESTALE);
	EXPECT_ERRNO(ioctl(w, FANOUT_IOC_REPLACE, &wish), ESTALE);
	EXPECT(gets(fd, "ab") && gets(fd, "") && stat_is(path, 8192));
	next = open_topic(O_RDWR);
	EXPECT(query(next, &answer) && answer.ring.first_sequence == 2);
	EXPECT(answer.ring.capacity == 8192 && answer.ring.retired == 0 && put(next, "c"));
	wish = (struct fanout_replace){ .reserved = { 1 } };
	EXPECT_ERRNO(ioctl(next, FANOUT_IOC_REPLACE, &wish), EINVAL);
	return true;
}

PROMISE(only_topics_can_be_made)
{
	EXPECT_ERRNO(mkdir(beside("folder"), 0700), EPERM);
	EXPECT_ERRNO(symlink("x", beside("link")), EPERM);
	EXPECT_ERRNO(link(path, beside("link")), EPERM);
	EXPECT_ERRNO(mknod(beside("node"), S_IFIFO | 0600, 0), EPERM);
	return true;
}

PROMISE(names_are_checked)
{
	static const char *const bad[] = { "-x", "a b", "a..b", "a.", "a*", "\xc3\xa4" };
	char longest[250];

	for (size_t i = 0; i < LENGTH(bad); i++)
		EXPECT_ERRNO(open(beside(bad[i]), O_WRONLY | O_CREAT, 0600), EINVAL);
	EXPECT_ERRNO(open(beside(".hidden"), O_WRONLY | O_CREAT, 0600), EPERM);
	EXPECT_ERRNO(rename(path, beside("a b")), EINVAL);
	memset(longest, 'n', sizeof(longest));
	longest[201] = '\0';
	EXPECT_ERRNO(open(beside(longest), O_WRONLY | O_CREAT, 0600), ENAMETOOLONG);
	longest[200] = '\0';
	EXPECT(close(open(beside(longest), O_WRONLY | O_CREAT, 0600)) == 0);
	EXPECT(unlink(beside(longest)) == 0);
	EXPECT(close(open(beside("A-z_0.b"), O_WRONLY | O_CREAT, 0600)) == 0);
	EXPECT(unlink(beside("A-z_0.b")) == 0);
	return true;
}

PROMISE(permissions_hold)
{
	pid_t child;

	EXPECT(chmod(mount_point, 0755) == 0 && chmod(path, 0640) == 0 && chown(path, 7, 8) == 0);
	child = fork();
	if (child == 0) {
		bool fine = setgid(8) == 0 && setuid(9) == 0;

		_exit(fine && open_topic(O_RDONLY) >= 0 && open_topic(O_WRONLY) == -1 &&
				      errno == EACCES && unlink(path) == -1 && errno == EACCES ?
			      0 :
			      1);
	}
	EXPECT(ended(child, 0));
	return true;
}

static bool limited_mount(const char *options, char *place)
{
	strcpy(place, "/tmp/limited.XXXXXX");
	return mkdtemp(place) && mount("none", place, "fanout", 0, options) == 0;
}

PROMISE(limits_of_a_mount_hold)
{
	char place[32], name[64];
	struct statfs status;
	int fds[3];

	EXPECT(limited_mount("size=8K,max=2,mode=1777", place));
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/t%d", place, i);
		fds[i] = open(name, O_WRONLY | O_CREAT, 0600);
		EXPECT((fds[i] >= 0) == (i < 2));
	}
	EXPECT_ERRNO(open(name, O_WRONLY | O_CREAT, 0600), ENOSPC);
	EXPECT(ftruncate(fds[0], 8192) == 0 && ftruncate(fds[1], 4096) == 0 && put(fds[0], "x"));
	EXPECT_ERRNO(write(fds[1], "x", 1), ENOSPC);
	EXPECT(statfs(place, &status) == 0 && status.f_type == FANOUT_SUPER_MAGIC);
	EXPECT(status.f_blocks == 2 && status.f_bfree == 0 && status.f_files == 2);
	EXPECT(mount("none", place, "fanout", MS_REMOUNT, "size=1M") == 0 && put(fds[1], "x"));
	EXPECT_ERRNO(umount(place), EBUSY);
	close(fds[0]);
	close(fds[1]);
	EXPECT(umount(place) == 0 && rmdir(place) == 0);
	return true;
}

PROMISE(bad_mount_options_are_refused_with_a_reason)
{
	static const char *const bad[][2] = {
		{ "size", "0" },    { "size", "x" }, { "mode", "9" },
		{ "mode", "7777" }, { "what", "1" },
	};

	/* Not by mount(2), which puts the reason into the kernel's log. */
	for (size_t i = 0; i < LENGTH(bad); i++) {
		int context = fsopen("fanout", FSOPEN_CLOEXEC);
		char reason[256] = "";

		EXPECT(context >= 0);
		EXPECT_ERRNO(fsconfig(context, FSCONFIG_SET_STRING, bad[i][0], bad[i][1], 0),
			     EINVAL);
		EXPECT(read(context, reason, sizeof(reason) - 1) > 0 && strstr(reason, bad[i][0]));
		close(context);
	}
	return true;
}

PROMISE(mounting_in_a_user_namespace_is_refused)
{
	pid_t child = fork();

	if (child == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
				      mount("none", "/tmp", "fanout", 0, "") == -1 &&
				      errno == EPERM ?
			      0 :
			      1);
	EXPECT(ended(child, 0));
	return true;
}

PROMISE(mounts_are_separate)
{
	char place[32], name[64];
	int fd;

	EXPECT(limited_mount("", place));
	snprintf(name, sizeof(name), "%s%s", place, strrchr(path, '/'));
	EXPECT_ERRNO(open(name, O_RDONLY), ENOENT);
	EXPECT((fd = open(name, O_WRONLY | O_CREAT, 0600)) >= 0 && put(fd, "x"));
	EXPECT_ERRNO(read(reader(), path, 1), EAGAIN);
	close(fd);
	EXPECT(umount(place) == 0 && rmdir(place) == 0);
	return true;
}
