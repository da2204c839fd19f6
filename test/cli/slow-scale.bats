#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Ten thousand topics; in make check-slow, a quarter of that.

load helper

DEADLINE=300
many=$(of_full 2500 10000)
LIFETIME=1800 # tens of thousands of processes, with sanitizers and on a busy machine, too

setup() {
	prepare
	ulimit -n "$(ulimit -Hn)"
	(($(ulimit -n) > 11000)) || ulimit -Hn 12000 -Sn 12000 2>/dev/null ||
		skip "needs a limit of 12000 open files"
}

# switches: how often the subscriber was woken.
switches() {
	awk '/^voluntary/ { print $2 }' "/proc/$subscriber/status"
}

@test "thousands of topics in one submsg: all are read, later ones too, and cost megabytes" {
	seq -f t.%.0f 0 $((many - 1)) >names
	xargs -P 2 -I NAME pubmsg -m NAME NAME <names
	submsg --drain >drained
	sort names | cmp - <(sort drained)
	du -sm "$BAF_DIR" | sed 's/^/# MiB: /' >&3
	(($(du -sm "$BAF_DIR" | cut -f1) * 10000 < 400 * many))
	ready_subscriber
	shuf -n 100 names >some
	xargs -I NAME pubmsg -m NAME NAME <some
	pubmsg -m new t.new
	wait_until '[[ $(wc -l <out) == 101 ]]'
	{ sort some; echo new; } | sort | cmp - <(sort out)
	silent
}

@test "thousands of idle topics that nothing was published to cost megabytes" {
	seq -f t.%.0f 0 $((many - 1)) | xargs -P 2 -I NAME sh -c 'pubmsg NAME </dev/null'
	du -sm "$BAF_DIR" | sed 's/^/# MiB: /' >&3
	(($(du -sm "$BAF_DIR" | cut -f1) * 10000 < 200 * many))
	submsg --drain >out
	silent out
}

@test "a submsg of thousands of topics uses no CPU while none has anything" {
	seq -f t.%.0f 0 $((many - 1)) | xargs baf create
	ready_subscriber
	local before after
	wait_until '[[ $(ticks "$subscriber") == "${before:-}" ]] ||
		{ before=$(ticks "$subscriber"); sleep 0.5; false; }'
	before="$(ticks "$subscriber") $(switches)"
	sleep 3 # the time that is measured
	after="$(ticks "$subscriber") $(switches)"
	echo "ticks and wake-ups before: $before, after: $after"
	((${after% *} - ${before% *} <= 5))
	((${after#* } - ${before#* } <= 4))
}
