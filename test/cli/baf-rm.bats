#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf rm

load helper

@test "a topic that is removed is gone with all its files" {
	pubmsg -m hello a
	baf rm a
	[[ -z $(ls -A "$BAF_DIR") ]]
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
