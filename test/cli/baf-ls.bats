#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf ls

load helper

# on_terminal COMMAND: what it prints when stdout is a terminal.
on_terminal() {
	script -qec "$1" /dev/null | tr -d '\r'
}

transport() {
	if [[ -n ${BAF_TEST_FANOUT:-} ]]; then
		echo kernel
	else
		echo shared-memory
	fi
}

@test "without topics nothing is printed" {
	baf ls | nothing
	baf ls --json | nothing
	on_terminal 'baf ls' | nothing
}

@test "a directory that is to be made on first use has no topics, one that was named must exist" {
	BAF_DIR=$shm/missing baf ls | nothing
	fails 1 baf ls --dir="$shm/missing"
	says "^baf ls: $shm/missing: no such directory: make it"
}

@test "each topic is a line with what is in it" {
	baf create -s 64K empty
	printf 'one\ntwo\nthree\n' | pubmsg -s 128K full
	baf ls >out
	[[ $(cut -f 1-3 out) == $'empty\tidle\t'$(transport)$'\nfull\tidle\t'$(transport) ]]
	[[ $(cut -f 4,5,8 out) == $'65536\t0\t0\n131072\t3\t3' ]]
	[[ $(cut -f 10-12 out) == $'0\t-\t-\n0\t-\t-' ]]
	awk -F '\t' 'NF != 12 { exit 1 }' out
}

@test "patterns choose topics" {
	baf create a.x a.y b.x
	[[ $(baf ls 'a.*' | cut -f 1 | xargs) == 'a.x a.y' ]]
	[[ $(baf ls b.x '+.y' | cut -f 1 | xargs) == 'a.y b.x' ]]
	baf ls none | nothing
	usage_error 'not a topic name or pattern' baf ls 'a..b'
}

@test "on a terminal the table has headings, and numbers for people" {
	baf create -s 1M some.topic
	seq 5 | pubmsg some.topic
	on_terminal 'baf ls' >out
	awk '{ print $1, $2, $3, $4, $5 }' out >words
	[[ $(head -n 1 words) == 'TOPIC STATE TRANSPORT CAPACITY HELD' ]]
	[[ $(tail -n 1 words) == "some.topic idle $(transport) 1M 5" ]]
	[[ $(wc -l <out) == 2 ]]
	# Columns are aligned.
	[[ $(head -n 1 out | grep -bo STATE) == \
		$(tail -n 1 out | grep -bo idle | sed s/idle/STATE/) ]]
}

@test "with --json each topic is an object, also on a terminal" {
	printf 'one\ntwo\n' | pubmsg a
	baf create b
	baf ls --json >out
	[[ $(wc -l <out) == 2 ]]
	jq -es --arg transport "$(transport)" '
		map(.topic) == ["a", "b"] and all(.state == "idle" and .transport == $transport)
		and .[0].messages == 2 and .[0].bytes == 6 and .[0].history_messages == 2
		and .[0].messages_per_second >= 0 and .[0].history_seconds >= 0
		and .[1].messages == 0 and .[1].messages_per_second == 0
		and all(.publisher == null and .subscribers == [])' out
	[[ $(on_terminal 'baf ls -J' | jq -r .topic | xargs) == 'a b' ]]
}

@test "a damaged topic and one of another version show as such, and stop nothing" {
	of_shared_memory
	baf create a other z
	echo 'no ring' >"$BAF_DIR/bad"
	printf '\x63' | dd of="$BAF_DIR/other" bs=1 seek=8 conv=notrunc status=none
	baf ls >out 2>err
	silent
	[[ $(cut -f 1,2 out) == $'a\tidle\nbad\tdamaged\nother\tother-version\nz\tidle' ]]
	[[ $(sed -n 2p out) == $'bad\tdamaged\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-' ]]
	baf ls --json bad | jq -e '.state == "damaged" and (.error | contains("damaged"))'
	on_terminal 'baf ls' | grep -Eq '^bad +damaged +- '
}

@test "a topic that may not be read shows as such" {
	as_root
	baf create --mode=600 secret
	chmod 755 "$BAF_DIR"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v baf)" ls >out
	[[ $(cut -f 1,2 out) == $'secret\tno-permission' ]]
}

@test "output that cannot be written is an error" {
	baf create a
	fails 1 bash -c 'baf ls >/dev/full'
	says '^baf ls: stdout: No space left'
}

# calls: how many system calls it takes to list the topics that there are.
calls() {
	traced -f -c -U calls,name -o calls baf ls >out
	awk '$2 == "total" { print $1 }' calls
}

@test "to list a topic takes a handful of system calls" {
	of_shared_memory
	seq -f few.%g 10 | xargs baf create -s 64K
	calls >few
	seq -f many.%g 100 | xargs baf create -s 64K
	calls >many
	[[ $(wc -l <out) == 110 ]]
	(($(<many) - $(<few) <= 100 * 20)) || { grep . few many; return 1; }
}
