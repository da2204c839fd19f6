/* SPDX-License-Identifier: MIT */
/*
 * A benchmark must not call a wrong result fast: each way in which messages can go
 * wrong shows in the account.
 */
#undef NDEBUG
#include <assert.h>

#include "bench/stamp.h"

#define SIZE 64

static struct stamp_account account;
static unsigned char message[SIZE];

static int check(uint64_t number)
{
	stamp_write(message, SIZE, number);
	return stamp_check(&account, message, SIZE);
}

static void start(void)
{
	account = (struct stamp_account){ .size = SIZE };
	assert(check(0) == 0);
	assert(check(1) == 0);
	assert(account.received == 2 && account.lost == 0 && account.wrong == 0);
}

static void test_the_last_message_ends_it(void)
{
	start();
	assert(check(2 | STAMP_LAST) == 1);
	assert(account.received == 3 && account.lost == 0 && account.wrong == 0);
}

static void test_missing_messages_are_lost(void)
{
	start();
	assert(check(5) == 0);
	assert(account.received == 3 && account.lost == 3 && account.wrong == 0);
}

static void test_a_message_that_comes_twice_is_wrong(void)
{
	start();
	assert(check(1) == 0);
	assert(account.received == 2 && account.wrong == 1);
}

static void test_a_message_out_of_order_is_wrong(void)
{
	start();
	assert(check(3) == 0);
	assert(check(2) == 0);
	assert(account.received == 3 && account.lost == 1 && account.wrong == 1);
}

static void test_a_torn_message_is_wrong(void)
{
	start();
	stamp_write(message, SIZE, 2);
	stamp_write(message, SIZE / 2, 3);
	assert(stamp_check(&account, message, SIZE) == 0);
	assert(account.received == 2 && account.wrong == 1);
}

static void test_a_message_of_another_size_is_wrong(void)
{
	start();
	stamp_write(message, SIZE - 1, 2);
	assert(stamp_check(&account, message, SIZE - 1) == 0);
	assert(account.received == 2 && account.wrong == 1);
}

int main(void)
{
	test_the_last_message_ends_it();
	test_missing_messages_are_lost();
	test_a_message_that_comes_twice_is_wrong();
	test_a_message_out_of_order_is_wrong();
	test_a_torn_message_is_wrong();
	test_a_message_of_another_size_is_wrong();
	return 0;
}
