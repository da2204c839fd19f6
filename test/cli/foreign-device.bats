#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Devices of another module called fanout, the original one: they know bytes only. Runs in a guest
# with such a module, by test/kernel/cli --foreign.

load helper

setup() {
	prepare
	local major minor
	major=$(awk '$2 == "fanout" { print $1 }' /proc/devices)
	for minor in 0 1; do
		mknod "$shm/node$minor" c "$major" "$minor"
	done
	ln -s "$shm/node0" "$BAF_DIR/t"
	ln -s ../node1 "$BAF_DIR/u"
}

teardown() {
	clean_up
}

# whole_lines FILE: all of its lines are numbers of six digits.
whole_lines() {
	never grep -vE '^[0-9]{6}$' "$1"
}

# overrun OPTION...: a subscriber of t that was stopped while far more came than the device keeps,
# and then got one more line.
overrun() {
	ready_subscriber "$@" t
	seq -f %06.0f 10 | pubmsg t
	wait_until '[[ -s out ]]'
	kill -STOP "$subscriber"
	seq -f %06.0f 100000 | pubmsg t
	kill -CONT "$subscriber"
	# The first line after it is skipped, as it might be the end of one; it may still be on its
	# way to the lost ones.
	wait_until 'pubmsg -m 999999 t; grep -q 999999 out'
}

@test "lines that are published reach every subscriber, in order" {
	ready_subscriber t
	local first=$subscriber
	mv out first
	socket=$shm/second ready_subscriber t
	seq 500 | pubmsg t
	seq 500 >expected
	wait_until 'cmp -s expected first && cmp -s expected out'
	alive "$first"
	silent
}

@test "what cannot be kept is said by -v, in one line" {
	fails 0 pubmsg -v -m x t
	says "^pubmsg: t: .* device of another module: .*torn"
	ready_subscriber -v t
	wait_until 'grep -q attached err'
	[[ $(grep -c "a foreign device has .*no count of losses" err) == 1 ]]
}

@test "messages that end in NUL, and messages behind lengths, arrive byte for byte" {
	head -c 5000 /dev/urandom | tr -d '\0' >message
	printf 'a\0\0b\n\0' | cat - message <(printf '\0') >nul
	ready_subscriber -0 t
	pubmsg -0 t <nul
	wait_until 'cmp -s nul out'
	socket=$shm/second ready_subscriber --framing=len u
	{ printf '\0\0\0\3a\nb\0\0\0\0\0\0\0\1\0'; } >len
	pubmsg --framing=len u <len
	wait_until 'cmp -s len out'
}

@test "what echo writes is a message, and cat gets what pubmsg publishes" {
	ready_subscriber t
	echo hello >"$BAF_DIR/t"
	wait_until '[[ -s out ]]'
	is 'hello\n' out
	spawn cat "$BAF_DIR/u" >copy
	wait_until 'pubmsg -m one -m two u; [[ -s copy ]]'
	[[ $(head -n 2 copy) == $'one\ntwo' ]]
}

@test "a line that comes in pieces is one message" {
	ready_subscriber -J t
	exec 7>"$BAF_DIR/t"
	printf 'one li' >&7
	printf 'ne, and' >&7
	printf ' more\n' >&7
	wait_until '[[ -s out ]]'
	[[ $(jq -r .message out) == 'one line, and more' ]]
	exec 7>&-
}

@test "a message over a quarter of the buffer arrives whole, if its reader keeps up" {
	head -c 10000 /dev/zero | tr '\0' x >message
	ready_subscriber t
	pubmsg t <message
	echo >>message
	wait_until 'cmp -s message out'
}

@test "an overrun subscriber goes on with whole lines, and says that it does not know how many it lost" {
	overrun
	grep -q '^submsg: t: lost an unknown number of messages (slow reader)$' err
	whole_lines out
	sort -c out
	kill -TERM "$subscriber"
	ends "$subscriber" 143
}

@test "a loss that nobody can count stands in JSON as null, where it happened" {
	overrun -J
	jq -r '.message // "lost"' out >sequence
	[[ $(jq -r 'select(has("lost")) | .lost' out | sort -u) == null ]]
	[[ $(sed -n 11p sequence) == lost ]]
	sed '/lost/d' sequence >out
	whole_lines out
}

@test "with --strict such a loss is status 3" {
	ready_subscriber --strict -n 11 t
	seq -f %06.0f 10 | pubmsg t
	wait_until '[[ -s out ]]'
	kill -STOP "$subscriber"
	seq -f %06.0f 100000 | pubmsg t
	kill -CONT "$subscriber"
	wait_until 'pubmsg -m 999999 t; ! alive "$subscriber"'
	ends "$subscriber" 3
}

@test "behind lengths, nothing is to be found after a loss: the topic fails" {
	ready_subscriber --framing=len t
	printf '\0\0\0\1x' | pubmsg --framing=len t
	wait_until '[[ -s out ]]'
	kill -STOP "$subscriber"
	seq 100000 | pubmsg --framing=len t 2>/dev/null || seq 100000 | pubmsg t
	kill -CONT "$subscriber"
	ends "$subscriber" 1
	says '^submsg: t: bytes were lost'
}

@test "what asks for history or for the end of publishers is refused, with the reason" {
	local option lacks='has no history, and does not know who publishes'
	for option in --from=oldest --last=5 --since=1h --eof; do
		fails 1 submsg $option t
		says "^submsg: t: a foreign device $lacks"
	done
	prints '' submsg --drain t
	fails 0 submsg -n 0 t
}

@test "what no such device can do for a publisher is refused, with advice" {
	fails 2 pubmsg -s 64K -m x t
	says '^pubmsg: t: a device keeps its capacity: omit --size'
	fails 2 pubmsg --rm -m x t
	says '^pubmsg: t: a device cannot be removed: omit --rm'
	fails 2 pubmsg --patience=inf -m x t
	says '^pubmsg: t: this device never waits for readers: omit --patience=inf'
	fails 2 pubmsg --wait-subs=1 -m x t
	says '^pubmsg: t: this device does not report its readers: omit --wait-subs'
	fails 0 pubmsg --patience=1s -m x t
	[[ -L $BAF_DIR/t ]]
}

@test "one publisher keeps another one out, unless both share" {
	publisher t
	wait_until '! pubmsg -m x t 2>err'
	says '^pubmsg: t: topic already has a publisher'
	fails 7 pubmsg --shared -m x t
	finish
	pubmsg -m x t
}

@test "lines of publishers that share a topic stay whole" {
	local i publishers=()
	head -c 3000 /dev/zero | tr '\0' y >long
	echo >>long
	ready_subscriber t
	for i in {1..4}; do
		spawn pubmsg --shared -m "$(<long)" t
		publishers+=("$pid")
	done
	for i in "${publishers[@]}"; do
		ends "$i"
	done
	wait_until '[[ $(wc -l <out) == 4 ]]'
	cat long long long long | cmp - out
}

@test "topics of devices and of shared memory are read as one" {
	ready_subscriber -v t u memory
	pubmsg -m 1 t
	wait_until 'grep -q "^t" out'
	pubmsg -m 2 memory
	wait_until 'grep -q "^memory" out'
	pubmsg -m 3 u
	wait_until 'grep -q "^u" out'
	is 't\t1\nmemory\t2\nu\t3\n' out
}

@test "a subscriber that waits uses no CPU, and ends by SIGTERM" {
	ready_subscriber t
	pubmsg -m x t
	wait_until '[[ -s out ]]'
	sleeps "$subscriber"
	kill -TERM "$subscriber"
	ends "$subscriber" 143
}

@test "baf_topic_remove() leaves a device alone" {
	fails 5 baf rm t
	[[ -L $BAF_DIR/t ]]
}

@test "baf shows a foreign device as such, and takes nothing from it" {
	ready_subscriber t
	pubmsg -m one t
	wait_until '[[ -s out ]]'
	baf ls t >list
	[[ $(cut -f 1-4 list) == $'t\tforeign-device\t-\t-' ]]
	baf ls --json t | jq -e '.state == "foreign-device"'
	baf wait t
	mv out received
	fails 1 baf info t
	says '^baf info: t: it is a foreign device, which reports nothing'
	fails 1 baf wait --publisher t
	pubmsg -m two t
	wait_until '[[ $(wc -l <received) == 2 ]]'
	is 'one\ntwo\n' received
}
