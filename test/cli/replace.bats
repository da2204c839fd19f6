#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Another --size replaces a topic; subscribers read the old ring to its end and follow.

load helper

@test "subscribers follow a topic that is replaced, and lose nothing" {
	subscriber --strict -J t
	local i=0 size
	for size in 64K 1M 4K 4M 64K; do
		seq $i $((i + 99)) | pubmsg --patience=inf -s $size t
		i=$((i + 100))
		wait_until "[[ \$(wc -l <out) == $i ]]"
	done
	accounts out 500
	[[ $(<lost) == 0 ]]
	silent
}

@test "a subscriber that is behind reads the old ring to its end first" {
	subscriber --strict t
	kill -STOP "$subscriber"
	seq 1 1000 | pubmsg t
	seq 1001 2000 | pubmsg -s 64K t
	kill -CONT "$subscriber"
	wait_until '[[ $(wc -l <out) == 2000 ]]'
	seq 2000 | cmp - out
	silent
}

@test "a subscriber that misses a whole ring is told how many messages were in it" {
	subscriber -J t
	kill -STOP "$subscriber"
	seq 0 999 | pubmsg t
	seq 1000 1999 | pubmsg -s 64K t
	seq 2000 2999 | pubmsg -s 1M t
	kill -CONT "$subscriber"
	wait_until 'grep -q "\"message\":\"2999\"" out'
	accounts out 3000
	(($(<lost) <= 1000))
}

@test "subscribers by pattern and to everything follow as well" {
	ready_subscriber
	pubmsg -s 64K -m one t
	wait_until '[[ $(wc -l <out) == 1 ]]'
	pubmsg -s 1M -m two t
	wait_until '[[ $(wc -l <out) == 2 ]]'
	pubmsg -s 64K -m three t
	wait_until '[[ $(wc -l <out) == 3 ]]'
	is 'one\ntwo\nthree\n' out
	silent
}

@test "sequence numbers go on in a topic that replaced another" {
	seq 0 99 | pubmsg -s 64K t
	seq 100 199 | pubmsg -s 1M t
	[[ $(submsg --drain -F '%s\n' t | tail -n 1) == 199 ]]
	[[ $(submsg --drain --last=1 -F '%s' t) == 199 ]]
}

@test "the same --size leaves a topic as it is" {
	local before
	pubmsg -s 100K -m one t
	before=$(stat -c %i "$BAF_DIR/t")
	pubmsg -s 100K -m two t
	pubmsg -s 128K -m three t
	pubmsg -s 131072 -m four t
	[[ $(stat -c %i "$BAF_DIR/t") == "$before" ]]
	prints 'one\ntwo\nthree\nfour\n' submsg --drain t
}

@test "without --size a topic keeps its capacity" {
	pubmsg -s 64K -m one t
	pubmsg -m two t
	[[ $(capacity t) == 65536 ]]
	prints 'one\ntwo\n' submsg --drain t
}

@test "a topic that has a publisher is not replaced" {
	publisher -s 64K t
	say one
	holds t 1
	fails 7 pubmsg -s 1M -m two t
	[[ $(capacity t) == 65536 ]]
	finish
	prints 'one\n' submsg --drain t
}

@test "replacing leaves nothing behind" {
	local size
	for size in 64K 128K 64K 1M; do
		pubmsg -s $size -m x t
	done
	pubmsg --rm t </dev/null
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "what was in a topic that was replaced before a waiting subscriber looked is told as lost" {
	ready_subscriber -J t
	kill -STOP "$subscriber"
	seq 0 99 | pubmsg -s 64K t
	seq 100 199 | pubmsg -s 1M t
	kill -CONT "$subscriber"
	wait_until 'grep -q "\"message\":\"199\"" out'
	accounts out 200
}

@test "a stream is accounted for exactly while its topic is replaced many times" {
	local i
	subscriber -J t
	for i in {0..19}; do
		seq $((i * 1000)) $((i * 1000 + 999)) |
			pubmsg --patience=inf -s $((4096 << (i % 4))) t
	done
	wait_until 'grep -q "\"message\":\"19999\"" out'
	accounts out 20000
}
