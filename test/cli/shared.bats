#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --shared: several publishers on one topic.

load helper

# numbered NAME COUNT: lines that name their publisher and number, of many lengths.
numbered() {
	awk -v name="$1" -v count="$2" 'BEGIN {
		for (n = 0; n < count; n++)
			printf "%s %d %*s|\n", name, n, n * 7919 % 211, ""
	}'
}

# whole FILE COUNT: the file has such lines of publishers, whole, each publisher's in order.
whole() {
	awk -v count="$2" '{ expected = sprintf("%s %d %*s|", $1, $2, $2 * 7919 % 211, "") }
		$0 != expected { print "torn: " $0; exit 1 }
		$2 != next_of[$1]++ { print "order: " $0; exit 1 }
		END { if (NR != count) { print NR " lines"; exit 1 } }' "$1"
}

@test "messages of several publishers are each whole, and each publisher's in order" {
	local i publishers=()
	pubmsg -s 64K t </dev/null
	for i in a b c d; do
		numbered $i 20000 >"input-$i"
	done
	spawn submsg -n 80000 --strict t >out
	local subscriber=$pid
	for i in a b c d; do
		spawn pubmsg --shared --patience=inf --wait-subs=1 t <"input-$i"
		publishers+=("$pid")
	done
	for pid in "${publishers[@]}"; do
		ends "$pid"
	done
	ends "$subscriber"
	whole out 80000
}

@test "publishers may start and end while others publish" {
	publisher --shared t
	say first
	holds t 1
	local i
	for i in {1..10}; do
		pubmsg --shared -m "$i" t
		say "behind $i"
		holds t $((1 + 2 * i))
	done
	finish
	{ echo first; for i in {1..10}; do echo "$i"; echo "behind $i"; done; } |
		cmp - <(submsg --drain t)
}

@test "publishers that create the topic at the same time get along" {
	local i round
	for round in {1..5}; do
		spawned=()
		for i in {1..6}; do
			spawn pubmsg --shared -m "$i" "t$round"
		done
		for pid in "${spawned[@]}"; do
			ends "$pid"
		done
		[[ $(submsg --drain "t$round" | sort | tr -d '\n') == 123456 ]]
	done
}

@test "a shared publisher that was killed does not stop the others" {
	local i
	publisher --shared t
	for i in {1..10}; do
		spawn pubmsg --shared -s 4M t < <(exec yes 'a line of some length')
		wait_until '(($(sed -n "s/^rchar: //p" "/proc/$pid/io") > 100000))'
		kill -KILL "$pid"
		ends "$pid" 137
		say "still here $i"
		wait_until "[[ \$(submsg -q --drain --last=1 t) == 'still here $i' ]]"
	done
	finish
	submsg --drain t | awk '!/^(a line of some length|still here [0-9]+)$/' | nothing
}

@test "one shared publisher that is stopped in between does not hold the others for ever" {
	publisher --shared t
	say one
	holds t 1
	kill -STOP "$publisher"
	pubmsg --shared -m two t
	kill -CONT "$publisher"
	say three
	holds t 3
	finish
	prints 'one\ntwo\nthree\n' submsg --drain t
}

@test "--eof waits for the last of several publishers" {
	publisher --shared --wait-subs=1 t
	wait_until '[[ -e $BAF_DIR/t ]]'
	spawn submsg --eof t >out
	local subscriber=$pid
	pubmsg --shared --wait-subs=1 -m one t
	wait_until '[[ -s out ]]'
	alive "$subscriber"
	say two
	finish
	ends "$subscriber"
	is 'one\ntwo\n' out
}

@test "a shared topic that is replaced is opened again by its publishers" {
	of_no_device
	ready_subscriber t
	publisher --shared -s 64K t
	say one
	wait_until '[[ $(wc -l <out) == 1 ]]'
	pubmsg --shared -s 1M -m two t
	wait_until '[[ $(wc -l <out) == 2 ]]'
	[[ $(capacity t) == 1048576 ]]
	say three
	wait_until '[[ $(wc -l <out) == 3 ]]'
	[[ $(capacity t) == 1048576 ]]
	say four
	finish
	wait_until '[[ $(wc -l <out) == 4 ]]'
	is 'one\ntwo\nthree\nfour\n' out
	silent
}

@test "a topic may be shared at one time and exclusive at another" {
	pubmsg --shared -m one t
	pubmsg -m two t
	pubmsg --shared -m three t
	prints 'one\ntwo\nthree\n' submsg --drain t
}

@test "what shared publishers published is accounted for by slow subscribers too" {
	local i
	pubmsg -s 4K t </dev/null
	listener
	publisher --shared t
	unset NOTIFY_SOCKET
	wait_until 'grep -q READY=1 notified'
	stalled_subscriber -J --eof t
	pubmsg --shared --wait-subs=1 t </dev/null
	for i in 1 2 3; do
		spawn pubmsg --shared --patience=0 t < <(seq 50000)
	done
	for pid in "${spawned[@]: -3}"; do
		ends "$pid"
	done
	finish
	cat <&6 >out
	ends "$subscriber"
	jq -en 'reduce inputs as $object ({next: 0, orderly: true};
		.orderly = (.orderly and $object.sequence == .next + ($object.lost // 0))
		| .next = $object.sequence + (if $object.lost then 0 else 1 end))
		| .orderly and .next == 150000' out
}
