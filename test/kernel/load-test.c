// SPDX-License-Identifier: MIT
/*
 * Loads and unloads the module while others use it:
 *
 *	load-test MODULE [ROUNDS]
 *
 * One process opens, writes and reads devices, one mounts and uses topics, and one reads
 * counters. They do so at any moment: while the module comes, is there, goes, and is gone. A
 * process that holds the module keeps it loaded; one that comes too late is refused. The kernel's
 * log shows the rest.
 *
 * The module is loaded when this test begins, and when it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX 600

static char place[] = "/tmp/load.XXXXXX";

/* In memory that all processes share: a test that does nothing shows. */
static struct counts {
	unsigned long devices, mounts, counters; /* uses that succeeded */
	unsigned long in_use; /* attempts to unload that were refused */
} * counts;

/*
 * Users. Any error is fine while the module comes or goes; but each user must read the bytes
 * that it wrote.
 */

static bool use_device(void)
{
	char byte = 0;
	int fd = open("/dev/fanout3", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "d", 1) == 1 && read(fd, &byte, 1) == 1 && byte == 'd';

	if (fd >= 0 && !good)
		fprintf(stderr, "# a device: %s\n", strerror(errno));
	close(fd);
	counts->devices += good;
	return good || fd < 0;
}

static bool use_topic(void)
{
	char name[64], byte = 0;
	bool good;
	int fd;

	snprintf(name, sizeof(name), "%s/t", place);
	fd = open(name, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, "t", 1) == 1 && read(fd, &byte, 1) == 1 && byte == 't';
	close(fd);
	return good;
}

static bool use_mount(void)
{
	bool good;

	if (mount("none", place, "fanout", 0, ""))
		return true;
	good = use_topic();
	good = umount(place) == 0 && good;
	counts->mounts += good;
	return good;
}

static bool use_counter(void)
{
	char number[32];
	int fd = open("/sys/class/fanout/fanout3/messages", O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && read(fd, number, sizeof(number)) > 0;

	close(fd);
	counts->counters += good;
	return true;
}

static pid_t start(bool (*use)(void))
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Another process takes hold of it, too. */
	while (use())
		usleep(1000);
	_exit(1);
}

/* Ends a user. Returns whether all went well for it until now. */
static bool stop(pid_t pid)
{
	int how;

	return kill(pid, SIGKILL) == 0 && waitpid(pid, &how, 0) == pid && WIFSIGNALED(how);
}

/*
 * The module.
 */

static bool unload(time_t deadline)
{
	while (syscall(SYS_delete_module, "fanout", O_NONBLOCK)) {
		if ((errno != EAGAIN && errno != EBUSY) || time(NULL) > deadline)
			return false;
		counts->in_use++;
		sched_yield();
	}
	return true;
}

static bool load(int module)
{
	return syscall(SYS_finit_module, module, "", 0) == 0;
}

/* Waits until each user had a turn with the module. */
static bool wait_for_users(time_t deadline)
{
	struct counts before = *counts;
	volatile struct counts *now = counts;

	while (now->devices == before.devices || now->mounts == before.mounts ||
	       now->counters == before.counters) {
		if (time(NULL) > deadline)
			return false;
		sched_yield();
	}
	return true;
}

static bool go_round(int module, int rounds)
{
	time_t deadline = time(NULL) + SECONDS_MAX;

	for (int i = 0; i < rounds; i++) {
		if (!unload(deadline) || !load(module)) {
			printf("# round %d: %s\n", i, strerror(errno));
			return false;
		}
		if (i % 100 == 0 && !wait_for_users(deadline)) {
			printf("# round %d: the module is not used\n", i);
			return false;
		}
	}
	return counts->in_use > 0;
}

int main(int argc, char **argv)
{
	int module = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	int rounds = argc > 2 ? atoi(argv[2]) : 100;
	bool (*const uses[])(void) = { use_device, use_mount, use_counter };
	pid_t users[3];
	bool good;

	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (module < 0 || counts == MAP_FAILED || !mkdtemp(place)) {
		perror("load-test");
		return 2;
	}
	for (int i = 0; i < 3; i++)
		users[i] = start(uses[i]);
	good = go_round(module, rounds);
	for (int i = 0; i < 3; i++)
		good = stop(users[i]) && good;
	umount(place);
	printf("# %d rounds; used %lu devices, %lu mounts, %lu counters; %lu times in use\n",
	       rounds, counts->devices, counts->mounts, counts->counters, counts->in_use);
	printf("%sok - the module comes and goes while it is used\n1..1\n", good ? "" : "not ");
	return !good;
}
