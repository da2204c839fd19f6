#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf wait

load helper

@test "without options it waits until there is the topic" {
	waiter a
	pubmsg -m one other
	alive "$waiter"
	pubmsg -m one a
	ends "$waiter"
	baf wait a
}

@test "a topic in a directory that is made later is seen" {
	of_shared_memory
	waiter --dir="$shm/later" a
	pubmsg --dir="$shm/later" -m one a
	ends "$waiter"
}

@test "publisher and subscribers may both be waited for" {
	spawn submsg a >out
	waiter --publisher --subscribers=1 a
	publisher a
	ends "$waiter"
	say one
	finish
}

@test "a time-out without the topic is told" {
	fails 124 baf wait --timeout=0.01s a
	says '^baf wait: a: timed out: no such topic .*: publish to it, or wait longer'
}

@test "to wait takes no processor time" {
	baf create a
	waiter --publisher a
	# It looks several times before it sleeps.
	sleep 1
	sleeps "$waiter"
	end "$waiter"
}

@test "a topic that is damaged, or not for us, ends the wait" {
	of_shared_memory
	echo 'no ring' >"$BAF_DIR/a"
	fails 1 baf wait a
	says '^baf wait: a: the file is damaged or not a topic'
	as_root
	chmod 755 "$BAF_DIR"
	baf create --mode=600 b
	fails 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v baf)" wait b
}

@test "a signal ends the wait" {
	waiter a
	kill -INT "$waiter" || :
	kill -TERM "$waiter"
	ends "$waiter" 143
}

@test "wrong arguments are told" {
	usage_error 'topic is missing' baf wait
	usage_error "unexpected argument 'b': give one topic" baf wait a b
	usage_error '--subscribers' baf wait --subscribers=x a
	usage_error '--subscribers' baf wait --subscribers=9000 a
	usage_error '--timeout' baf wait --timeout=soon a
}
