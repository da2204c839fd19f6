// SPDX-License-Identifier: MIT
/*
 * Checks the fanout module's promises, as root in a machine that may be damaged:
 *
 *	module-test [-r RECORDS] [NAME]...
 *
 * With NAMEs, checks only the promises whose names contain one of them. Streams are RECORDS long.
 *
 * The module is loaded, with its default parameters. Each test makes a topic of its own on one
 * mount of its own. TAP on stdout; exit status 1 if a promise was broken.
 */
#include "module-test.h"

uint64_t stream_records = 20000;

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:")) != -1) {
		if (option != 'r')
			return 2;
		stream_records = strtoull(optarg, NULL, 10);
	}
	return keep_promises(argv + optind, (unsigned int)(300 + stream_records / 1000));
}
