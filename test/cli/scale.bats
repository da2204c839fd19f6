#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many topics, many subscribers.

load helper

@test "1000 topics in one submsg: all are read, none uses more than a few pages" {
	# shellcheck disable=SC2046 # each is a word
	printf 't.%d\n' {0..999} | xargs -P 2 -I NAME pubmsg -m NAME NAME
	submsg --drain >out
	[[ $(sort out) == "$(printf 't.%d\n' {0..999} | sort)" ]]
	(($(du -sk "$BAF_DIR" | cut -f1) < 40 * 1000))
	ready_subscriber
	pubmsg -m again t.500
	wait_until '[[ -s out ]]'
	is 'again\n' out
	silent
}

@test "topics that appear by the hundred while submsg runs are all read" {
	ready_subscriber
	printf 't.%d\n' {0..299} | xargs -P 2 -I NAME pubmsg -m NAME NAME
	wait_until '[[ $(wc -l <out) == 300 ]]'
	[[ $(sort out) == "$(printf 't.%d\n' {0..299} | sort)" ]]
	silent
}

@test "100 subscribers of one topic get everything" {
	local i
	for i in {1..100}; do
		spawn submsg -n 1000 --strict t >"out$i"
	done
	seq 1000 >expected
	pubmsg --wait-subs=100 --patience=inf t <expected
	for i in {1..100}; do
		ends "${spawned[i - 1]}"
		cmp expected "out$i"
	done
}
