#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf create

load helper

@test "a topic that was created has no publisher, and no messages" {
	baf create a
	submsg --drain a | nothing
	submsg --eof --drain a | nothing
	[[ $(capacity a) == $((4 << 20)) ]]
}

@test "sizes are rounded up to a power of two" {
	baf create -s 100K a
	[[ $(capacity a) == 131072 ]]
}

@test "several topics are created at once, also behind one that fails" {
	baf create b
	fails 1 baf create -s 64K a b c
	says '^baf create: b: the topic already exists .*: remove it first'
	[[ $(capacity a) == 65536 && $(capacity c) == 65536 ]]
	[[ $(capacity b) == $((4 << 20)) ]]
}

@test "the group is that of --group" {
	as_root
	baf create --group=12345 --mode=660 a
	[[ $(stat -c %g "$BAF_DIR/a") == 12345 ]]
	usage_error '--group' baf create --group=no-such-group b
	never test -e "$BAF_DIR/b"
}

@test "wrong sizes and modes make nothing" {
	usage_error '--size' baf create --size=0 a
	usage_error '--size' baf create --size=-1 a
	usage_error '--size' baf create --size=2000G a
	usage_error '--mode' baf create --mode=888 a
	usage_error '--mode' baf create --mode=1777 a
	never test -e "$BAF_DIR/a"
}

@test "a directory that cannot be written is told" {
	as_root
	chmod 755 "$BAF_DIR"
	fails 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v baf)" create a
	says '^baf create: a: no permission .in .*: ask the owner'
}
