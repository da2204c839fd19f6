#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf info

load helper

# value KEY FILE: what a line of key and value says.
value() {
	awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$2"
}

@test "all of a topic is told as lines of key and value" {
	printf 'one\nthree\n' | pubmsg -s 64K a
	baf info a >out
	[[ $(value topic out) == a ]]
	[[ $(value state out) == idle ]]
	[[ $(value capacity out) == 65536 ]]
	[[ $(value messages out) == 2 ]]
	[[ $(value bytes out) == 8 ]]
	[[ $(value history_messages out) == 2 ]]
	[[ $(value publisher out) == - ]]
	[[ $(value subscribers out) == 0 ]]
	[[ $(value created out) == 20??-??-??T??:??:??.?????????Z ]]
}

@test "looks do not appear among the subscribers" {
	pubmsg -m one a
	baf info --json a | jq -e '.subscribers == []'
	baf info --json a | jq -e '.subscribers == []'
}

@test "the unit of a process is told" {
	as_root
	mkdir cgroups
	mount -t cgroup2 none cgroups 2>/dev/null || skip "cgroups cannot be mounted here"
	if ! mkdir -p cgroups/baf-test.slice/baf-test-$$.service 2>/dev/null; then
		umount cgroups
		skip "cgroups cannot be made here"
	fi
	publisher a
	echo "$publisher" >cgroups/baf-test.slice/baf-test-$$.service/cgroup.procs
	say one
	holds a 1
	baf info --json a | jq -r .publisher.unit >out
	# ... also to somebody who cannot see what the process has open.
	setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v baf)" info --json a |
		jq -r .publisher.unit >>out
	finish
	rmdir cgroups/baf-test.slice/baf-test-$$.service cgroups/baf-test.slice
	umount cgroups
	is "baf-test-$$.service\nbaf-test-$$.service\n" out
}

@test "a topic that does not exist, is damaged, or of another version is an error" {
	fails 4 baf info a
	says '^baf info: a: there is no such topic'
	of_shared_memory
	echo 'no ring' >"$BAF_DIR/bad"
	fails 1 baf info bad
	says '^baf info: bad: the file is damaged or not a topic .*: remove it'
	baf create other
	printf '\x63' | dd of="$BAF_DIR/other" bs=1 seek=8 conv=notrunc status=none
	fails 1 baf info --json other
	says '^baf info: other: .*another version'
	silent out
}

@test "just one topic is to be given" {
	usage_error 'topic is missing' baf info
	usage_error "unexpected argument 'b': give one topic" baf info a b
	usage_error 'not a topic name' baf info 'a.*'
}
