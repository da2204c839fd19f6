#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where a subscriber starts, where it ends, and the join from history to live.

load helper

@test "history is readable after the publisher has ended" {
	seq 100 | pubmsg t
	seq 100 >expected
	submsg --drain t | cmp - expected
	submsg --drain --from=oldest t | cmp - expected
}

@test "history is readable after the publisher was killed" {
	publisher t
	seq 100 >&7
	holds t 100
	kill -KILL "$publisher"
	ends "$publisher" 137
	exec 7>&-
	seq 100 | cmp - <(submsg --drain t)
}

@test "the next publisher goes on where one was killed" {
	publisher t
	seq 0 99 >&7
	holds t 100
	kill -KILL "$publisher"
	ends "$publisher" 137
	exec 7>&-
	seq 100 199 | pubmsg t
	submsg --drain -J t >out
	accounts out 200
}

@test "--from=newest, the default, starts with the next message" {
	pubmsg -m old t
	subscriber -n 1 t
	pubmsg -m new t
	ends "$subscriber"
	is 'new\n' out
	prints '' submsg --drain --from=newest t
}

@test "--from=oldest starts with history and goes on to live messages" {
	pubmsg -m old t
	subscriber -n 2 --from=oldest t
	pubmsg -m new t
	ends "$subscriber"
	is 'old\nnew\n' out
}

@test "--last=N starts with the last N messages" {
	seq 1000 | pubmsg t
	seq 1001 1500 | pubmsg t
	for n in 1 2 499 500 501 1499 1500; do
		seq 1500 | tail -n "$n" >expected
		submsg --drain --last="$n" t | cmp - expected || { echo "the last $n"; return 1; }
	done
}

@test "--last=N gives all if there are fewer" {
	seq 10 | pubmsg t
	seq 10 | cmp - <(submsg --drain --last=1000000 t)
}

@test "--last=0 gives no history" {
	seq 10 | pubmsg t
	prints '' submsg --drain --last=0 t
}

@test "--last counts messages of every topic, not of all together" {
	printf 'a1\na2\na3\n' | pubmsg a
	printf 'b1\nb2\nb3\n' | pubmsg b
	submsg --drain --last=2 a b | sort >out
	is 'a2\na3\nb1\nb2\n' out || is 'a2\na3\nb2\nb3\n' out
}

@test "--last works in a ring that has wrapped many times" {
	seq 100000 | pubmsg -s 4K t
	for n in 1 10 100; do
		seq 100000 | tail -n "$n" | cmp - <(submsg --drain --last="$n" t)
	done
}

@test "history that wrapped many times is a run of whole messages up to the newest" {
	seq 100000 | pubmsg -s 4K t
	submsg --drain t >out
	contiguous out
	[[ $(tail -n 1 out) == 100000 ]]
	(($(wc -l <out) > 100))
}

@test "--since=TIME starts with what was published in that time" {
	seq 10 | pubmsg t
	seq 10 | cmp - <(submsg --drain --since=1h t)
	seq 10 | cmp - <(submsg --drain --since=60m t)
	seq 10 | cmp - <(submsg --drain --since=3600 t)
	prints '' submsg --drain --since=0 t
}

@test "--since takes the exact time of a message and starts with it" {
	local i time
	for i in 1 2 3 4 5; do
		pubmsg -m $i t
	done
	time=$(submsg --drain -F '%T\n' t | sed -n 3p)
	prints '3\n4\n5\n' submsg --drain --since="$time" t
}

@test "--since takes RFC 3339 with and without fraction and with an offset" {
	pubmsg -m a t
	prints 'a\n' submsg --drain --since=2000-01-01T00:00:00Z t
	prints 'a\n' submsg --drain --since=2000-01-01T00:00:00.5Z t
	prints 'a\n' submsg --drain --since=2000-01-01T00:00:00+02:00 t
	prints '' submsg --drain --since=2200-01-01T00:00:00Z t
	prints '' submsg --drain --since="$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" t
	prints '' submsg --drain --since="$(date -d '+1 hour' +%Y-%m-%dT%H:%M:%S%:z)" t
	prints 'a\n' submsg --drain --since="$(TZ=UTC+5 date -d '-1 hour' +%Y-%m-%dT%H:%M:%S%:z)" t
}

@test "--drain ends at what was there at the start though the publisher goes on" {
	busy -s 64K t
	for _ in 1 2 3; do
		submsg -q --drain t >out
		[[ -s out ]]
	done
	end_job "$busy"
}

@test "--drain reads an empty topic to its end" {
	pubmsg t </dev/null
	prints '' submsg --drain t
}

@test "--drain of a directory without topics ends with nothing" {
	prints '' submsg --drain
	prints '' submsg --drain 'a.*'
}

@test "--eof ends when the publisher has ended and everything is read" {
	publisher --wait-subs=1 t
	spawn submsg --eof t >out 2>err
	local subscriber=$pid
	say 1 2 3
	wait_until '[[ $(wc -l <out) == 3 ]]'
	alive "$subscriber"
	finish
	ends "$subscriber"
	is '1\n2\n3\n' out
	silent
}

@test "--eof ends when the publisher was killed" {
	publisher --wait-subs=1 t
	spawn submsg --eof t >out 2>err
	local subscriber=$pid
	say 1 2 3
	wait_until '[[ $(wc -l <out) == 3 ]]'
	kill -KILL "$publisher"
	ends "$subscriber"
	is '1\n2\n3\n' out
	exec 7>&-
	ends "$publisher" 137
}

# sleeps_without_limit PID: it is in ppoll(2) of two descriptors, without a time-out.
sleeps_without_limit() {
	grep -qE '^[0-9]+ 0x[0-9a-f]+ 0x2 0x0 ' "/proc/$1/syscall"
}

@test "--eof sleeps until the kernel says that the publisher is gone" {
	of_the_kernel
	publisher --wait-subs=1 t
	spawn submsg --eof t >out
	local subscriber=$pid
	say 1
	wait_until '[[ -s out ]]'
	wait_until 'sleeps_without_limit "$subscriber"'
	kill -KILL "$publisher"
	ends "$subscriber"
	exec 7>&-
	ends "$publisher" 137
}

@test "--eof reads all that is there when the publisher has long ended" {
	seq 100 | pubmsg t
	seq 100 | cmp - <(submsg --eof --from=oldest t)
}

@test "--eof waits for the publishers of all topics" {
	publisher --wait-subs=1 a
	spawn submsg --eof a b >out 2>err
	local subscriber=$pid
	pubmsg -m one --wait-subs=1 b
	wait_until '[[ -s out ]]'
	alive "$subscriber"
	say two
	finish
	ends "$subscriber"
	is 'one\ntwo\n' out
	silent
}

@test "--eof waits for a topic that does not exist yet" {
	spawn submsg --eof t >out
	local subscriber=$pid
	seq 1000 | pubmsg --wait-subs=1 t
	ends "$subscriber"
	seq 1000 | cmp - out
}

@test "-n ends after that many messages, also in the middle of a batch" {
	seq 1000 | pubmsg t
	prints '1\n2\n3\n' submsg --from=oldest -n 3 t
	prints '1\n2\n3\n' submsg --from=oldest -C 3 t
	prints '1\n2\n3\n' submsg --from=oldest --count=3 t
	seq 777 | cmp - <(submsg --from=oldest -n 777 t)
}

@test "-n counts messages of all topics together" {
	printf 'a\na\na\n' | pubmsg a
	printf 'b\nb\nb\n' | pubmsg b
	[[ $(submsg --from=oldest -n 4 | wc -l) == 4 ]]
}

@test "-n 0 checks that a topic can be opened, prints nothing, and leaves" {
	of_shared_memory
	seq 10 | pubmsg t
	prints '' submsg -n 0 t
	prints '' submsg -n 0 --from=oldest t
	printf 'no ring' >"$BAF_DIR/broken"
	fails 1 submsg -n 0 broken
	says '^submsg: broken: '
}

@test "a subscriber that joins a busy topic by --last gets no gap and no message twice" {
	busy -s 1M t
	wait_until '[[ $(submsg -q --drain --last=1000 t | wc -l) == 1000 ]]'
	for _ in {1..10}; do
		submsg --last=500 -n 20000 t >out 2>err
		contiguous out
		silent
	done
	end_job "$busy"
}

@test "a subscriber that joins a busy topic at the oldest message gets no gap and no message twice" {
	busy -s 64K t
	for _ in {1..10}; do
		submsg --from=oldest -n 20000 t >out 2>err
		contiguous out
		silent
	done
	end_job "$busy"
}

@test "a subscriber that joins a busy topic by time gets no gap and no message twice" {
	busy -s 1M t
	for _ in {1..10}; do
		submsg --since=1ms -n 20000 t >out 2>err
		contiguous out
		silent
	done
	end_job "$busy"
}

@test "a subscriber that joins a busy topic at the newest message gets no gap and no message twice" {
	busy -s 64K t
	for _ in {1..10}; do
		submsg -n 20000 t >out 2>err
		contiguous out
		silent
	done
	end_job "$busy"
}
