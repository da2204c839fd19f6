#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf set

load helper

# rights FILE: mode and group.
rights() {
	stat -c '%a %g' "$1"
}

@test "mode and group of a topic are changed, and who may subscribe with them" {
	as_root
	chmod 755 "$BAF_DIR"
	pubmsg -m hello --mode=600 a
	stranger=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	never "${stranger[@]}" "$(command -v submsg)" -q --drain a
	baf set --mode=640 --group=65534 a
	[[ $(rights "$BAF_DIR/a") == '640 65534' ]]
	"${stranger[@]}" "$(command -v submsg)" --drain a >out
	is 'hello\n' out
}

@test "the files beside a topic in shared memory follow its rights" {
	of_shared_memory
	as_root
	pubmsg -m hello --mode=600 a
	baf set --mode=660 --group=12345 a
	[[ $(rights "$BAF_DIR/a") == '660 12345' ]]
	[[ $(rights "$(roster a)") == '660 12345' ]]
	[[ $(rights "$BAF_DIR/.a.publisher") == '660 12345' ]]
}

@test "the owner is changed" {
	as_root
	baf create a b
	baf set --owner=12345 a b
	[[ $(stat -c %u "$BAF_DIR/a" "$BAF_DIR/b" | xargs) == '12345 12345' ]]
	usage_error '--owner' baf set --owner=no-such-user a
}

@test "rights are changed also while a publisher has the topic" {
	publisher --mode=600 a
	say one
	holds a 1
	baf set --mode=644 a
	[[ $(stat -c %a "$BAF_DIR/a") == 644 ]]
	say two
	finish
	[[ $(submsg --drain a | xargs) == 'one two' ]]
}

@test "the size it has already is no change" {
	pubmsg -s 64K -m one a
	baf set --size=64K a
	[[ $(submsg --drain a) == one ]]
}

@test "several topics are changed, also behind one that fails" {
	baf create a b
	fails 4 baf set --mode=600 a none b
	says '^baf set: none: there is no such topic'
	[[ $(stat -c %a "$BAF_DIR/a" "$BAF_DIR/b" | xargs) == '600 600' ]]
}

@test "what is to be changed must be given" {
	usage_error 'nothing to change' baf set a
	usage_error 'topic is missing' baf set --mode=600
	usage_error '--mode' baf set --mode=rw a
}
