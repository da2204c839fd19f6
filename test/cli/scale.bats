#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many topics, many subscribers.

load helper

# topics NUMBER: makes so many, each with its name as its message. The kernel takes all of a topic's
# memory at once, so there they are small.
topics() {
	local size=()
	[[ -z ${BAF_TEST_FANOUT:-} ]] || size=(-s 16K)
	seq -f t.%g 0 "$(($1 - 1))" | xargs -P 2 -I NAME pubmsg "${size[@]}" -m NAME NAME
}

@test "hundreds of topics in one submsg: all are read, none uses more than a few pages" {
	topics 300
	submsg --drain >out
	[[ $(sort out) == "$(printf 't.%d\n' {0..299} | sort)" ]]
	(($(du -sk "$BAF_DIR" | cut -f1) < 40 * 300))
	ready_subscriber
	pubmsg -m again t.150
	wait_until '[[ -s out ]]'
	is 'again\n' out
	silent
}

@test "topics that appear by the hundred while submsg runs are all read" {
	ready_subscriber
	topics 300
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
