#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Files that are damaged or no topics, in the hands of pubmsg and submsg: an error that names the
# topic and the reason, status 1, and the other topics go on. What the library makes of each byte is
# in hostile.c.

load ../cli/helper

# Bytes before the data.
HEADER=4096

# write_at FILE OFFSET BYTES: overwrites bytes of a topic's file; they are given as to printf.
write_at() {
	# shellcheck disable=SC2059 # the bytes are a format on purpose
	printf "$3" | dd of="$BAF_DIR/$1" bs=1 seek="$2" conv=notrunc status=none
}

# refused REASON [TOPIC]: neither program takes it, and both say why.
refused() {
	local reason=$1 topic=${2:-t}
	fails 1 timeout "$DEADLINE" submsg --drain "$topic" || return
	says "^submsg: $topic: .*$reason.*: ." && silent out || return
	fails 1 timeout "$DEADLINE" submsg -n 1 "$topic" || return
	says "^submsg: $topic: .*$reason.*: ." && silent out || return
	fails 1 timeout "$DEADLINE" pubmsg -m x "$topic" || return
	says "^pubmsg: $topic: .*$reason.*: ." && silent out
}

# submsg_goes_on: the set of bad and good delivers what is in good, and says once what is wrong with
# bad.
submsg_goes_on() {
	pubmsg -m 'all is well' good
	fails 1 timeout "$DEADLINE" submsg --drain bad good
	is 'all is well\n' out
	says '^submsg: bad: .'
	fails 1 timeout "$DEADLINE" submsg --drain
	is 'all is well\n' out
	says '^submsg: bad: .'
}

@test "a text file is no topic" {
	seq 10000 >"$BAF_DIR/t"
	refused 'not a (ring|topic)'
}

@test "an empty file is no topic" {
	: >"$BAF_DIR/t"
	refused 'not a (ring|topic)'
}

@test "a file of zeros is no topic" {
	truncate -s 1M "$BAF_DIR/t"
	refused 'not a (ring|topic)'
}

@test "a directory is no topic" {
	mkdir "$BAF_DIR/t"
	refused 'not a (ring|topic)'
}

@test "a FIFO is no topic, and nobody waits for it" {
	mkfifo "$BAF_DIR/t"
	refused 'not a (ring|topic)'
}

@test "a symbolic link is no topic, even to one" {
	pubmsg -m x real
	ln -s real "$BAF_DIR/t"
	refused .
	prints 'x\n' submsg --drain real
}

@test "a topic that was cut short is refused" {
	seq 1000 | pubmsg t
	truncate -s -1 "$BAF_DIR/t"
	refused 'damaged'
}

@test "a topic of another version is refused as such" {
	pubmsg -m x t
	write_at t 8 '\02'
	refused 'version'
}

@test "a topic with features of a later version is refused as such" {
	pubmsg -m x t
	write_at t 24 '\01'
	refused 'version'
}

@test "a damaged record ends the topic with an error, behind what was sound" {
	pubmsg -m first -m second t
	write_at t $((HEADER + 32)) '\377\377\377\377'
	fails 1 timeout "$DEADLINE" submsg --drain t
	is 'first\n' out
	says '^submsg: t: .*damaged.*: .'
}

@test "lines without their end are damage, not output that runs together" {
	printf 'a\nb\n' | pubmsg t
	write_at t $((HEADER + 24 + 3)) X
	fails 1 timeout "$DEADLINE" submsg --drain t
	silent out
	says '^submsg: t: .*damaged.*: .'
}

@test "a damaged topic among others costs only itself" {
	seq 100 >"$BAF_DIR/bad"
	submsg_goes_on
}

@test "a topic of another version among others costs only itself" {
	pubmsg -m x bad
	write_at bad 8 '\02'
	submsg_goes_on
}

# no_crash WHO: $status is that of a program that ended by itself.
no_crash() {
	((status > 1)) || return 0
	echo "$1 ended with $status"
	cat err
	return 1
}

@test "whatever byte of a header is changed, both programs end in good order" {
	local at status
	pubmsg -m x sound
	for ((at = 0; at < 512; at += 5)); do
		cp "$BAF_DIR/sound" "$BAF_DIR/t"
		write_at t "$at" '\253'
		status=0
		timeout "$DEADLINE" submsg -q --drain t >out 2>err || status=$?
		no_crash "byte $at: submsg"
		status=0
		timeout "$DEADLINE" pubmsg -q --patience=10ms -m y t >out 2>err || status=$?
		no_crash "byte $at: pubmsg"
	done
}

@test "a garbled roster costs nothing" {
	seq 10 >numbers
	pubmsg t <numbers
	head -c 4096 /dev/urandom >"$(roster t)"
	submsg --drain t | cmp - numbers
	seq 11 20 | pubmsg t
	submsg --drain --last=10 t >out
	seq 11 20 | cmp - out
}

@test "a topic that is truncated while submsg sleeps on it ends it with an error" {
	subscriber t
	pubmsg -m x t
	wait_until '[[ -s out ]]'
	truncate -s 0 "$BAF_DIR/t"
	ends "$subscriber" 1
	is 'x\n' out
	says '^submsg: t: .*truncated.*: .'
}

@test "a topic that is truncated while submsg reads others costs only itself" {
	pubmsg -m x bad
	spawn submsg -v bad good >out 2>err
	subscriber=$pid
	wait_until 'grep -q "bad: attached" err'
	truncate -s 0 "$BAF_DIR/bad"
	wait_until 'grep -q "bad: .*truncated" err'
	pubmsg -m y good
	wait_until '[[ -s out ]]'
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	is 'good\ty\n' out
}

@test "a topic that is truncated under pubmsg ends it with an error" {
	publisher t
	say x
	holds t 1
	truncate -s 0 "$BAF_DIR/t"
	say y
	ends "$publisher" 1
	exec 7>&-
}

@test "a roster that is truncated under both costs nothing" {
	subscriber t
	publisher t
	say x
	wait_until '[[ -s out ]]'
	truncate -s 0 "$(roster t)"
	say y
	wait_until 'grep -q y out'
	is 'x\ny\n' out
	finish
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	silent
}

@test "a roster that is truncated under both while they sleep does not keep them from a good end" {
	subscriber t
	publisher t
	say x
	wait_until '[[ -s out ]]'
	truncate -s 0 "$(roster t)"
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	finish
	silent
}
