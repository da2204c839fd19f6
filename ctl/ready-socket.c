/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/ready-socket.h"

static int fail_open(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	return -error;
}

/* An abstract address that the kernel chooses: there is no file to remove. */
int ready_socket_open(char address_text[READY_SOCKET_ADDRESS_SIZE])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		return fail_open(fd);
	size -= (socklen_t)offsetof(struct sockaddr_un, sun_path);
	snprintf(address_text, READY_SOCKET_ADDRESS_SIZE, "@%.*s", (int)size - 1,
		 address.sun_path + 1);
	return fd;
}

static bool says_ready(const char *text)
{
	static const char ready[] = "READY=1";
	size_t length = strlen(ready);

	for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
		if (strncmp(text, ready, length) == 0 && (!text[length] || text[length] == '\n'))
			return true;
	return false;
}

/*
 * Returns the process that sent a message, as the kernel reports it; -1 if it is unknown, or
 * outside of our pid namespace.
 */
static pid_t sender(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
		return -1;
	memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
	return credentials.pid > 0 ? credentials.pid : -1;
}

pid_t ready_socket_next(int fd)
{
	char text[1024];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec vector = { .iov_base = text, .iov_len = sizeof(text) - 1 };

	for (;;) {
		struct msghdr message = { .msg_iov = &vector,
					  .msg_iovlen = 1,
					  .msg_control = &control,
					  .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

		if (n < 0)
			return 0;
		text[n] = '\0';
		if (says_ready(text))
			return sender(&message);
	}
}
