/* SPDX-License-Identifier: MIT */
/*
 * Publishes its arguments, each as a message:
 *
 *     publish greetings hello 'good morning'
 *
 * Nobody needs to be there: the ring keeps the messages, and who subscribes
 * later with BAF_START_OLDEST, or with `submsg --from=oldest`, still gets them.
 *
 *     cc publish.c $(pkg-config --cflags --libs baf) -o publish
 */
#include <baf.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "publish: %s: %s\n", what, strerror(-error));
	return 1;
}

int main(int argc, char **argv)
{
	struct baf_publisher_options options = BAF_PUBLISHER_OPTIONS_INIT;
	struct baf_publisher *publisher;
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: publish TOPIC MESSAGE...\n");
		return 2;
	}

	/* A slow subscriber may hold each message up for a second; then it is
	 * passed over, and told what it lost. BAF_INFINITE would lose nothing. */
	options.patience = UINT64_C(1000000000);

	r = baf_publisher_open(&publisher, NULL, argv[1], &options);
	if (r < 0)
		return fail(argv[1], r);

	for (int i = 2; i < argc; i++) {
		r = baf_publisher_publish(publisher, argv[i], strlen(argv[i]));
		if (r < 0)
			break;
	}

	baf_publisher_close(publisher);
	return r < 0 ? fail(argv[1], r) : 0;
}
