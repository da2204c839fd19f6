#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf rm

load helper

@test "a topic that is removed is gone with all its files" {
	pubmsg -m hello a
	baf rm a
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "a subscriber reads a topic that is removed to its end, and goes on with its successor" {
	subscriber a
	pubmsg -m one a
	baf rm a
	pubmsg -m two a
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'one\ntwo\n' out
}

@test "a topic that a publisher has is not removed" {
	publisher a
	say one
	holds a 1
	fails 7 baf rm a
	says '^baf rm: a: a publisher has the topic .*: stop it'
	finish
	[[ $(submsg --drain a) == one ]]
	baf rm a
}

@test "a topic that does not exist is told, and the others are removed" {
	baf create a b
	fails 4 baf rm a c b
	says '^baf rm: c: there is no such topic .*: see .baf ls.'
	never test -e "$BAF_DIR/a"
	never test -e "$BAF_DIR/b"
}

@test "a file that is no topic is removed" {
	of_shared_memory
	echo 'no ring' >"$BAF_DIR/a"
	baf rm a
	never test -e "$BAF_DIR/a"
}
