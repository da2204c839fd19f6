// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "promise.h"

char mount_point[] = "/tmp/fanout.XXXXXX";
char path[128];
const char *failed_at;
int failed_line, failed_errno;

/*
 * The linker's names for the ends of the section called promises; weak, since a program may have
 * no promises.
 */
extern const struct promise *const __start_promises[] __attribute__((weak));
extern const struct promise *const __stop_promises[] __attribute__((weak));

static bool is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++)
		if (strstr(name, *wanted))
			return true;
	return false;
}

/* After @seconds, the promise hangs. */
static bool keep(const struct promise *promise, unsigned int seconds)
{
	pid_t child;
	bool kept;

	snprintf(path, sizeof(path), "%s/%.100s", mount_point, promise->name);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(open_topic(O_WRONLY | O_CREAT));
		alarm(seconds);
		kept = promise->keep();
		if (!kept)
			printf("# %s:%d: %s: %s\n", promise->name, failed_line, failed_at,
			       strerror(failed_errno));
		fflush(stdout);
		_exit(kept ? 0 : 1);
	}
	kept = ended(child, 0);
	snprintf(path, sizeof(path), "%s/%.100s", mount_point, promise->name);
	(void)unlink(path);
	printf("%s - %s\n", kept ? "ok" : "not ok", promise->name);
	return kept;
}

int keep_promises(char **wanted, unsigned int seconds)
{
	bool kept = true;
	int n = 0;

	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(mount_point) || mount("none", mount_point, "fanout", 0, "")) {
		perror("mount -t fanout");
		return 1;
	}
	/* They are the ends of one array, which only the linker knows. */
	/* cppcheck-suppress comparePointers */
	for (const struct promise *const *next = __start_promises; next < __stop_promises; next++) {
		if (!is_wanted((*next)->name, wanted))
			continue;
		kept &= keep(*next, seconds);
		n++;
	}
	if (umount(mount_point) || rmdir(mount_point)) {
		perror("umount");
		kept = false;
	}
	printf("1..%d\n", n);
	return kept ? 0 : 1;
}
