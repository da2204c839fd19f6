/* SPDX-License-Identifier: MIT */
/*
 * Promises, each kept or broken by a process of its own: what crashes or hangs breaks its own
 * promise and no other. The results are printed as TAP.
 */
#ifndef TEST_FAULT_PROMISE_H
#define TEST_FAULT_PROMISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct promise - something that holds
 * @name: what
 * @keep: returns if it holds, see require()
 */
struct promise {
	const char *name;
	void (*keep)(void);
};

/* Tries them all. What main() returns. */
int promises_keep(const struct promise *promises, size_t n_promises);

/* Says which of many cases is being tried: told if it breaks the promise. */
void trying(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds a line to what is printed. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Breaks the promise unless the condition holds. */
#define require(condition)                                      \
	do {                                                    \
		if (!(condition))                               \
			broken(__FILE__, __LINE__, #condition); \
	} while (0)

/* The same for "a == b", and says what the numbers are. */
#define require_equal(a, b)                                                \
	do {                                                               \
		long long a_ = (long long)(a), b_ = (long long)(b);        \
		if (a_ != b_)                                              \
			unequal(__FILE__, __LINE__, #a " == " #b, a_, b_); \
	} while (0)

void broken(const char *file, int line, const char *condition) __attribute__((noreturn));
void unequal(const char *file, int line, const char *condition, long long a, long long b)
	__attribute__((noreturn));

/* A directory in shared memory that is empty when the promise is tried, and removed after. */
const char *scratch_directory(void);

/*
 * The path of the file in it whose name fits this pattern; requires that there is one. Valid until
 * the next call.
 */
const char *scratch_file(const char *pattern);

/* Takes all files in it away. How many there were. */
unsigned int scratch_clear(void);

/* Starts a process that does this and ends well. It dies with us. */
pid_t spawn(void (*act)(void *context), void *context);

/* Waits until it ends; whether it ended well, which is required unless it was killed by SIGKILL. */
bool reap(pid_t pid);

/* Kills it by SIGKILL, and waits until it is gone. */
void kill_and_reap(pid_t pid);

/* Waits until it is so; requires that it comes to that. */
void await(bool (*is_so)(void *context), void *context);

/* Lets some nanoseconds pass. */
void pass_time(uint64_t time);

/* Memory that the processes of a promise share; zeros at first. */
void *shared_memory(size_t size);

/* Nanoseconds of a clock that only goes forward. */
uint64_t nanoseconds(void);

/* How long something may take that has to happen: far longer than it does. */
#define DEADLINE_NANOSECONDS UINT64_C(20000000000)

/* Random numbers that come again if the seed is set, see seed(). */
struct random {
	uint64_t state;
};

uint64_t random_next(struct random *random);

/* One of 0 ... n - 1. */
uint64_t random_below(struct random *random, uint64_t n);

/*
 * How often something is tried: @everyday, or as the arguments say, which are the counts of make
 * check-slow and, with BAF_TEST_FULL in the environment, of make check-long.
 */
unsigned int choose_count(int argc, char **argv, unsigned int everyday);

/* The seed: BAF_TEST_SEED if that is set. Says which it is. */
uint64_t choose_seed(void);

#endif /* TEST_FAULT_PROMISE_H */
