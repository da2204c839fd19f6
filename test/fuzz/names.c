// SPDX-License-Identifier: MIT
/*
 * Fuzzes names and patterns (libFuzzer). The input is a pattern, a NUL, and a name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ring/name.c"

/* A string in memory of just its size. */
static char *string_of(const uint8_t *bytes, size_t size)
{
	char *string = malloc(size + 1);

	memcpy(string, bytes, size);
	string[size] = '\0';
	return string;
}

static void check(const char *pattern, const char *name)
{
	int valid = baf_name_valid(name), matches = baf_pattern_match(pattern, name);

	if (valid && (!baf_pattern_valid(name) || !baf_pattern_match(name, name) ||
		      !baf_pattern_match(">", name)))
		abort();
	if (matches && (!valid || !baf_pattern_valid(pattern)))
		abort();
	if (matches && baf_name_valid(pattern) && strcmp(pattern, name) != 0)
		abort();
	/* A name is a file's name: it leads nowhere else. */
	if (valid && (strchr(name, '/') || name[0] == '.' || strlen(name) > BAF_NAME_MAX))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size ? memchr(bytes, '\0', size) : NULL;
	size_t first = end ? (size_t)(end - bytes) : size;
	char *pattern = string_of(bytes, first);
	char *name = string_of(bytes + first + (end != NULL), size - first - (end != NULL));

	check(pattern, name);
	check(name, pattern);
	free(pattern);
	free(name);
	return 0;
}
