/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Where the tests of the pure ring run: in a process, under cmocka; or in the kernel, as a module
 * with the small part of cmocka that they use. In the kernel, a test goes on after a failed
 * assertion; the first failure is reported.
 *
 *	place_map()	zeroed memory: a header, then data that is mapped twice, back to back
 *	place_seed()	a seed for random numbers
 *	PLACE_RUN()	the function that runs all tests
 */
#ifndef FANOUT_TEST_PLACE_H
#define FANOUT_TEST_PLACE_H

#ifdef __KERNEL__

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define PLACE_NAME "fanout-selftest: "
#define print_message(...) pr_info(PLACE_NAME __VA_ARGS__)

static unsigned int place_broken; /* failed assertions of the current test */

static inline void place_assert(bool holds, const char *what, int line)
{
	if (!holds && !place_broken++)
		pr_err(PLACE_NAME "line %d: %s\n", line, what);
}

#define assert_true(condition) place_assert(condition, #condition, __LINE__)
#define assert_false(condition) place_assert(!(condition), "not " #condition, __LINE__)
#define assert_int_equal(a, b) place_assert((u64)(a) == (u64)(b), #a " == " #b, __LINE__)

struct CMUnitTest {
	const char *name;
	void (*test)(void **state);
	int (*setup)(void **state);
	int (*teardown)(void **state);
};

#define cmocka_unit_test_setup_teardown(test, setup, teardown) \
	{                                                      \
#test, test, setup, teardown                   \
	}

static inline bool place_keep(const struct CMUnitTest *test, int number)
{
	void *state;

	place_broken = 0;
	if (test->setup(&state))
		place_broken = 1;
	else {
		test->test(&state);
		test->teardown(&state);
	}
	pr_info(PLACE_NAME "%s %d - %s\n", place_broken ? "not ok" : "ok", number, test->name);
	cond_resched();
	return !place_broken;
}

static inline int place_keep_all(const struct CMUnitTest *tests, int n)
{
	int failed = 0, i;

	for (i = 0; i < n; i++)
		failed += !place_keep(&tests[i], i + 1);
	return failed;
}

#define cmocka_run_group_tests(tests, ...) place_keep_all(tests, ARRAY_SIZE(tests))

static inline size_t place_page_size(void)
{
	return PAGE_SIZE;
}

/* Works only for one page of header and one page of data. */
static inline void *place_map(size_t header, size_t capacity)
{
	struct page *pages[] = { alloc_page(GFP_KERNEL | __GFP_ZERO),
				 alloc_page(GFP_KERNEL | __GFP_ZERO), NULL };
	void *at = NULL;

	pages[2] = pages[1];
	if (pages[0] && pages[1] && header == PAGE_SIZE && capacity == PAGE_SIZE)
		at = vmap(pages, 3, VM_MAP, PAGE_KERNEL);
	/* The mapping keeps the references to the pages, see place_unmap(). */
	if (!at && pages[0])
		__free_page(pages[0]);
	if (!at && pages[1])
		__free_page(pages[1]);
	return at;
}

static inline void place_unmap(void *at, size_t header, size_t capacity)
{
	struct page *first = vmalloc_to_page(at), *second = vmalloc_to_page(at + header);

	vunmap(at);
	__free_page(first);
	__free_page(second);
}

static inline unsigned int place_seed(void)
{
	return get_random_u32() | 1;
}

#define PLACE_RUN(run)                                                \
	static int __init place_run(void)                             \
	{                                                             \
		return run() ? -EINVAL : 0;                           \
	}                                                             \
	static void __exit place_exit(void)                           \
	{                                                             \
	}                                                             \
	module_init(place_run);                                       \
	module_exit(place_exit);                                      \
	MODULE_DESCRIPTION("Tests of the ring of the module fanout"); \
	MODULE_LICENSE("Dual MIT/GPL");

#else

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static inline size_t place_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static inline void *place_map(size_t header, size_t capacity)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	char *at = mmap(NULL, header + 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int protection = PROT_READ | PROT_WRITE;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(header + capacity)), 0);
	assert_ptr_equal(mmap(at, header + capacity, protection, MAP_SHARED | MAP_FIXED, fd, 0),
			 at);
	assert_ptr_equal(mmap(at + header + capacity, capacity, protection, MAP_SHARED | MAP_FIXED,
			      fd, (off_t)header),
			 at + header + capacity);
	close(fd);
	return at;
}

static inline void place_unmap(void *at, size_t header, size_t capacity)
{
	munmap(at, header + 2 * capacity);
}

static inline unsigned int place_seed(void)
{
	return (unsigned int)time(NULL) | 1;
}

#define PLACE_RUN(run)        \
	int main(void)        \
	{                     \
		return run(); \
	}

#endif

#endif /* FANOUT_TEST_PLACE_H */
