// SPDX-License-Identifier: MIT
/*
 * Makes the seeds in corpus/ from real rings:
 *
 *   make-corpus DIRECTORY    writes reader/, names/ and batch/ there
 *
 * To be run again when the layout of the ring changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fanout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "baf.h"
#include "test/fault/image.h"
#include "test/fault/promise.h"

static const char *corpus;

static int open_seed(const char *target, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", corpus, target);
	require(mkdir(path, 0777) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%s/%s", corpus, target, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	require(fd >= 0);
	return fd;
}

static void put(int fd, const void *bytes, size_t size)
{
	require(write(fd, bytes, size) == (ssize_t)size);
}

static void seed(const char *target, const char *name, const void *bytes, size_t size)
{
	int fd = open_seed(target, name);

	put(fd, bytes, size);
	close(fd);
}

/* A ring, the size of its file, and steps; see reader.c. */
static void seed_ring(const char *name, const struct image *image, const char *steps, size_t size)
{
	const uint64_t file_size = IMAGE_SIZE;
	int fd = open_seed("reader", name);

	put(fd, &image->ring, sizeof(image->ring));
	put(fd, image->bytes + IMAGE_HEADER, IMAGE_CAPACITY);
	put(fd, &file_size, sizeof(file_size));
	put(fd, steps, size);
	close(fd);
}

#define SEED(target, name, bytes) seed(target, name, bytes, sizeof(bytes) - 1)
#define SEED_RING(name, image, steps) seed_ring(name, image, steps, sizeof(steps) - 1)

static void seed_rings(void)
{
	static struct image image;

	image_make(&image, 0);
	SEED_RING("empty", &image, "\0\4\7\20\0\4\7\377\1\7\377\1\7\377\1\7\377\1\5");
	image_make(&image, 20);
	SEED_RING("first-lap", &image, "\1\5\2\11\5\0\7\1\0\5");
	image_make(&image, 200);
	SEED_RING("laps", &image, "\1\4\7\377\1\5\2\7\4\4\3\0\0\0\0\0\0\0\0\5\0\5");
	SEED_RING("overrun", &image, "\1\4\7\0\7\7\0\7\7\0\7\7\0\7\7\0\7\5\5\5");
	SEED_RING("scribbled", &image, "\1\4\6\0\1\0\20\0\0\0\0\0\0\5\2\3\5");
}

static void seed_names(void)
{
	SEED("names", "name", "a.b_1.c-2\0a.b_1.c-2");
	SEED("names", "one", "a.*.c\0a.b.c");
	SEED("names", "plus", "+.b\0a.b");
	SEED("names", "rest", "a.>\0a.b.c");
	SEED("names", "hash", "a.#\0a.b.c");
	SEED("names", "path", ">\0../x");
}

static void seed_batches(void)
{
	SEED("batch", "one", "\1message");
	SEED("batch", "line", "\2first\n\nlast\n");
	SEED("batch", "nul", "\3first\0\0last\0");
	SEED("batch", "length", "\4\0\0\0\5first\0\0\0\0\0\0\0\4last");
}

static void make_corpus(void)
{
	seed_rings();
	seed_names();
	seed_batches();
}

int main(int argc, char **argv)
{
	const struct promise promises[] = { { "the corpus is made", make_corpus } };

	if (argc != 2) {
		fprintf(stderr, "usage: make-corpus DIRECTORY\n");
		return 2;
	}
	corpus = argv[1];
	return promises_keep(promises, 1);
}
