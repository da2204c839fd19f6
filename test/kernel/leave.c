// SPDX-License-Identifier: MIT
/*
 * leave CODE: ends the virtual machine at once; the emulator then exits with 2 * CODE + 1. For 16
 * that is 33, a status that the emulator never has otherwise: its own errors are 1, and a guest
 * that panics or powers off makes it 0.
 *
 * In an emulator the device isa-debug-exit does this. User Mode Linux is a program: when it is
 * powered off, it exits with the number that was written to /proc/exitcode.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <unistd.h>

#define EXIT_PORT 0xf4

static void leave_program(int fd, int code)
{
	if (dprintf(fd, "%d", 2 * code + 1) < 0)
		perror("leave: /proc/exitcode");
	else
		reboot(RB_POWER_OFF);
}

static void leave_emulator(int code)
{
	if (ioperm(EXIT_PORT, 1, 1) < 0) {
		perror("leave: ioperm");
		return;
	}
	outb(code, EXIT_PORT);
	sleep(5); /* the emulator ends soon, but not at once */
	fputs("leave: there is no such device\n", stderr);
}

int main(int argc, char **argv)
{
	int code = argc == 2 ? atoi(argv[1]) : 0;
	int fd = open("/proc/exitcode", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		leave_program(fd, code);
	else
		leave_emulator(code);
	return 1;
}
