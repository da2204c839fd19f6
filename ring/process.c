// SPDX-License-Identifier: MIT
#include "ring/process.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "ring/capacity.h"

void process_command(char *command, unsigned int size)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	memset(command, 0, size);
	memcpy(command, name, strnlen(name, size - 1 < sizeof(name) ? size - 1 : sizeof(name)));
}

int process_guard_init(struct process_guard *guard)
{
	void *page =
		mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -errno;
	/* Kernels older than 4.14 do not know it; there a child is not detected. */
	(void)madvise(page, page_size(), MADV_WIPEONFORK);
	guard->alive = page;
	*guard->alive = 1;
	return 0;
}

void process_guard_deinit(struct process_guard *guard)
{
	if (guard->alive)
		munmap((void *)(uintptr_t)guard->alive, page_size());
	guard->alive = NULL;
}
