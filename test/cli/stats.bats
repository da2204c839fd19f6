#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --stats: a live line on a terminal, always a final line, and only on stderr.

load helper

@test "pubmsg --stats ends with one line of what was published" {
	printf 'a\nbc\n\n' >input
	fails 0 pubmsg --stats t <input
	silent out
	[[ $(wc -l <err) == 1 ]]
	grep -qE '\b3 messages\b' err
	grep -qE '\b3 (B|bytes)\b' err
}

@test "submsg --stats ends with one line of what was received" {
	printf 'a\nbc\n\n' | pubmsg t
	fails 0 submsg --stats --drain t
	is 'a\nbc\n\n' out
	[[ $(wc -l <err) == 1 ]]
	grep -qE '\b3 messages\b' err
	grep -qE '\b3 (B|bytes)\b' err
	grep -qE '\b0 lost\b|\blost 0\b' err
}

@test "submsg --stats counts what was lost" {
	seq 0 199999 >numbers
	spawn pubmsg -s 4K --wait-subs=1 --patience=0 t <numbers
	local publisher=$pid
	stalled_subscriber --stats -q --eof t
	ends "$publisher"
	cat <&6 >out
	ends "$subscriber"
	local lost=$((200000 - $(wc -l <out)))
	((lost > 0))
	grep -qE "\\b$lost lost\\b|\\blost $lost\\b" err
}

@test "nothing but the final line is printed where stderr is no terminal" {
	mkfifo input
	exec 7<>input
	spawn pubmsg --stats t <input 2>err
	local publisher=$pid
	say x
	holds t 1
	sleep 1.5 # longer than a live line would take to be renewed
	silent
	finish
	[[ $(wc -l <err) == 1 ]]
	never grep -q $'\r' err
}

@test "pubmsg --stats on a terminal shows a live line and renews it" {
	mkfifo input
	exec 7<>input
	spawn script -qefc 'pubmsg --stats t <input' typescript
	local script=$pid
	say x
	wait_until 'grep -qE "\b1 message" typescript'
	say y
	wait_until 'grep -qE "\b2 messages" typescript'
	grep -q $'\r' typescript
	exec 7>&-
	ends "$script"
}

@test "submsg --stats on a terminal shows a live line and renews it, and stdout stays clean" {
	spawn script -qefc 'submsg --stats -n 3 t >out' typescript
	local script=$pid
	publisher --wait-subs=1 t
	say x
	wait_until 'grep -qE "\b1 message" typescript'
	say y
	wait_until 'grep -qE "\b2 messages" typescript'
	say z
	ends "$script"
	is 'x\ny\nz\n' out
	finish
}

@test "a live line is renewed about once a second, not more often" {
	mkfifo input
	exec 7<>input
	spawn script -qefc 'pubmsg --stats t <input' typescript
	local script=$pid before after started
	say x
	wait_until 'grep -qE "\b1 message" typescript'
	started=$SECONDS
	before=$(tr -cd '\r' <typescript | wc -c)
	for _ in {1..100}; do
		say y
		sleep 0.02 # the time that is measured: two seconds, or more on a slow machine
	done
	after=$(tr -cd '\r' <typescript | wc -c)
	((after - before <= 2 * (SECONDS - started + 2)))
	exec 7>&-
	ends "$script"
}

@test "--stats with -q still prints its line: it was asked for" {
	fails 0 pubmsg --stats -q -m x t
	grep -qE '\b1 message\b' err
}

@test "--stats of a program that is ended by a signal prints its final line" {
	spawn submsg --stats t >out 2>err
	pubmsg --wait-subs=1 -m x t
	wait_until '[[ -s out ]]'
	kill -TERM "$pid"
	ends "$pid" 143
	grep -qE '\b1 message\b' err
}

@test "the rates of --stats are those of the time it ran" {
	seq 100000 >numbers
	fails 0 pubmsg --stats t <numbers
	grep -qE '\b100000 messages\b' err
	grep -q '/s' err
}
