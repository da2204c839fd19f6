// SPDX-License-Identifier: MIT
/* Overrun readers. */
#include "module-test.h"

PROMISE(overrun_reader_gets_epipe_once_and_exact_loss)
{
	char buffer[65536], message[32];
	int fd, w, last = -1, n = 0;
	struct fanout_loss loss;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 1000; i++) {
		snprintf(message, sizeof(message), "%07d", i);
		EXPECT(put(w, message));
	}
	EXPECT_ERRNO(read(fd, buffer, sizeof(buffer)), EPIPE);
	loss = loss_of(fd);
	EXPECT(loss.overruns == 1 && loss.messages > 0 && loss.bytes == loss.messages * 32);
	while (read(fd, buffer, 7) == 7) {
		buffer[7] = '\0';
		EXPECT(last < 0 ? atoi(buffer) == (int)loss.messages : atoi(buffer) == last + 1);
		last = atoi(buffer);
		n++;
	}
	loss = loss_of(fd);
	EXPECT(last == 999 && loss.messages + loss.received == 1000);
	EXPECT(loss.received == (unsigned int)n && n * 32 > 4096 - 4096 / 64 - 64);
	return true;
}

PROMISE(overrun_in_the_middle_of_a_record_goes_on_at_the_oldest)
{
	char data[1000], buffer[65536];
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 10; i++) {
		memset(data, 'a' + i, sizeof(data));
		EXPECT(write(w, data, sizeof(data)) == sizeof(data));
		if (i == 0)
			EXPECT(read(fd, buffer, 10) == 10 && buffer[9] == 'a');
	}
	EXPECT_ERRNO(read(fd, buffer, sizeof(buffer)), EPIPE);
	EXPECT(read(fd, buffer, 1000) == 1000 && buffer[0] == buffer[999] && buffer[0] != 'a');
	EXPECT(loss_of(fd).messages == (__u64)(buffer[0] - 'a'));
	return true;
}

PROMISE(overrun_is_reported_by_poll)
{
	char data[1000] = "";
	int fd, w;

	EXPECT(make_topic(4096));
	fd = reader();
	w = writer();
	for (int i = 0; i < 10; i++)
		EXPECT(write(w, data, sizeof(data)) == sizeof(data));
	EXPECT(events(fd, POLLIN, 0) == POLLIN);
	return true;
}
