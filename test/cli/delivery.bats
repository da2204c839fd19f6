#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who gets what: every subscriber every message, whatever starts, ends or dies meanwhile.

load helper

@test "every subscriber gets every message" {
	local i subscribers=()
	for i in 1 2 3 4; do
		spawn submsg -n 1000 t >"out$i" 2>"err$i"
		subscribers+=("$pid")
	done
	seq 1000 >expected
	pubmsg --wait-subs=4 t <expected
	for i in 1 2 3 4; do
		ends "${subscribers[i - 1]}"
		cmp expected "out$i"
		silent "err$i"
	done
}

@test "random messages reach four subscribers byte for byte with --patience=inf" {
	local i subscribers=()
	choose_seed
	messages random len 40000 4000 "$seed" >expected
	spawn pubmsg --framing=len --patience=inf --wait-subs=4 -s 64K t <expected
	local publisher=$pid
	for i in 1 2 3 4; do
		spawn submsg --framing=len --eof --strict t >"out$i"
		subscribers+=("$pid")
	done
	ends "$publisher"
	for i in 1 2 3 4; do
		ends "${subscribers[i - 1]}"
		cmp expected "out$i"
	done
}

@test "random lines reach a subscriber byte for byte through a ring of one page" {
	choose_seed
	messages random line 40000 1000 "$seed" >random
	messages convert line line <random >expected
	spawn pubmsg --patience=inf --wait-subs=1 -s 4K t <random
	local publisher=$pid
	submsg --eof --strict t | cmp - expected
	ends "$publisher"
}

@test "random input in random pieces gives the same messages" {
	choose_seed
	messages random line 20000 2000 "$seed" >random
	messages convert line line <random >expected
	spawn_job "python3 -S '$BATS_TEST_DIRNAME/messages.py' sip $seed <random |
		pubmsg --patience=inf --wait-subs=1 -s 256K t"
	submsg --eof --strict t | cmp - expected
	ends "$pid"
}

@test "a line is delivered at once while the publisher's input stays open" {
	publisher --wait-subs=1 t
	spawn submsg t >out
	say first
	wait_until '[[ -s out ]]'
	is 'first\n' out
	say second
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'first\nsecond\n' out
	finish
}

@test "a subscriber that is started before the topic exists gets its first message" {
	of_no_device
	ready_subscriber t
	[[ ! -e $BAF_DIR/t ]]
	seq 100 | pubmsg t
	wait_until '[[ $(wc -l <out) == 100 ]]'
	seq 100 | cmp - out
	silent
}

@test "a subscriber that is started before the topic directory exists gets its first message" {
	of_shared_memory
	export BAF_DIR=$shm/topics/new
	ready_subscriber t
	pubmsg -m first t
	wait_until '[[ -s out ]]'
	is 'first\n' out
	[[ $(stat -c %a "$BAF_DIR") == 700 ]]
}

@test "a topic that comes and goes while nobody looks is still read" {
	ready_subscriber t
	local i
	for i in 1 2 3 4 5; do
		pubmsg -m "$i" t
	done
	wait_until '[[ $(wc -l <out) == 5 ]]'
	is '1\n2\n3\n4\n5\n' out
}

@test "a subscriber does not notice that the publisher was started again" {
	subscriber t
	local i
	for i in {1..20}; do
		pubmsg -m "$i" t
	done
	wait_until '[[ $(wc -l <out) == 20 ]]'
	seq 20 | cmp - out
	silent
	alive "$subscriber"
}

@test "a subscriber does not notice that the publisher was killed and replaced" {
	subscriber t
	local i
	for i in {1..5}; do
		publisher t
		say "$i"
		wait_until "[[ \$(wc -l <out) == $i ]]"
		kill -KILL "$publisher"
		ends "$publisher" 137
		exec 7>&-
	done
	seq 5 | cmp - out
	silent
	alive "$subscriber"
}

@test "publishers that are killed at random instants leave whole messages in order" {
	local i
	choose_seed
	RANDOM=$seed
	for i in {1..20}; do
		spawn_job "awk 'BEGIN {
			for (n = 0;; n++)
				printf \"%d %d %*s|\\n\", $i, n, n % 97, \"\" }' |
			exec pubmsg -s 64K t"
		sleep "0.0$((RANDOM % 40 + 10))"
		kill -KILL -- "-$pid"
		wait "$pid" || :
		wait_until none_left
	done
	submsg --drain t >out
	awk '{ expected = sprintf("%d %d %*s|", $1, $2, $2 % 97, "") }
		$0 != expected { print "torn: " $0; exit 1 }
		$1 < run || ($1 == run && $2 != last + 1) { print "order: " $0; exit 1 }
		{ run = $1; last = $2 }' out
	pubmsg -m 'the next one goes on' t
	[[ $(submsg --drain --last=1 t) == 'the next one goes on' ]]
}

@test "a subscriber that was killed does not stop a publisher with --patience=inf" {
	subscriber t
	kill -STOP "$subscriber"
	seq 2000000 >numbers
	spawn pubmsg --patience=inf -s 64K t <numbers
	local publisher=$pid
	kill -KILL "$subscriber"
	ends "$publisher"
	ends "$subscriber" 137
}

@test "the place of a subscriber that was killed is taken by another" {
	local i
	for i in 1 2 3; do
		subscriber t
		kill -KILL "$subscriber"
		ends "$subscriber" 137
	done
	subscriber t
	seq 100 | pubmsg --wait-subs=1 t
	wait_until '[[ $(wc -l <out) == 100 ]]'
	fails 124 pubmsg --wait-subs=2:0.1s -m x t
}

@test "publishing to nobody does not wait, whatever the patience" {
	seq 200000 | pubmsg --patience=inf -s 4K t
	[[ $(submsg --drain --last=1 t) == 200000 ]]
}

@test "a subscriber that was stopped and goes on loses nothing with --patience=inf" {
	seq 2000000 >numbers
	spawn pubmsg --patience=inf --wait-subs=1 -s 64K t <numbers
	local publisher=$pid
	spawn submsg --eof --strict t >out
	for pid in $publisher ${spawned[1]} $publisher ${spawned[1]}; do
		kill -STOP "$pid" || break
		sleep 0.03 # any time will do
		kill -CONT "$pid"
	done
	ends "$publisher"
	ends "${spawned[1]}"
	cmp numbers out
}

@test "messages of many topics are merged whole, each topic in order" {
	local i publishers=()
	for i in a b c d; do
		spawn pubmsg --patience=inf --wait-subs=1 -s 64K "$i" < <(
			awk -v topic=$i 'BEGIN {
				for (n = 0; n < 50000; n++)
					print topic, n, "end"
			}')
		publishers+=("$pid")
	done
	submsg --eof --strict a b c d >out
	for pid in "${publishers[@]}"; do
		ends "$pid"
	done
	awk 'NF != 3 || $3 != "end" || $2 != next_of[$1]++ { print "line " NR ": " $0; exit 1 }
		END { exit NR != 200000 }' out
}

@test "a pipeline through two topics passes everything on" {
	spawn_job 'submsg --eof first | sed s/^/x/ | pubmsg --wait-subs=1 --patience=inf second'
	spawn_job 'seq 100000 | pubmsg --wait-subs=1 --patience=inf first'
	submsg --eof second >out
	seq 100000 | sed s/^/x/ | cmp - out
}
