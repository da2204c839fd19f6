#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Patience, and what a subscriber learns that was too slow for it.

load helper

# lap OPTIONS SUBSCRIBER_OPTIONS...: publishes 300000 numbers from 0 on through a ring of one page
# while a subscriber's output is not read; then reads it to its end, to the file out.
lap() {
	local publisher
	seq 0 299999 >numbers
	# shellcheck disable=SC2086 # several options
	spawn pubmsg -s 4K --wait-subs=1 $1 t <numbers
	publisher=$pid
	shift
	stalled_subscriber --eof "$@" t
	ends "$publisher"
	cat <&6 >out
	exec 6<&-
}

@test "what was published was received or reported as lost, exactly (JSON)" {
	lap --patience=0 -J
	ends "$subscriber"
	accounts out 300000
	(($(<lost) > 200000))
}

@test "what was published was received or reported as lost, exactly (stderr)" {
	lap --patience=0
	ends "$subscriber"
	(($(wc -l <out) + $(lost_by err) == 300000))
	(($(lost_by err) > 0))
	grep -qxE 'submsg: t: lost [0-9]+ messages \(slow reader\)' err
}

@test "stderr and JSON report the same loss" {
	lap --patience=0 -J
	ends "$subscriber"
	accounts out 300000
	(($(lost_by err) == $(<lost)))
}

# lose_often PATIENCE: a million numbers, and three readers that are slow in their own ways.
lose_often() {
	local i jobs=() started=$SECONDS
	choose_seed
	seq 0 999999 >numbers
	spawn pubmsg -s 16K --wait-subs=3 --patience="$1" t <numbers
	local publisher=$pid
	for i in 1 2 3; do
		spawn_job "submsg -J --eof t 2>err$i |
			python3 -S '$BATS_TEST_DIRNAME/messages.py' sip $seed$i >out$i"
		jobs+=("$pid")
	done
	ends "$publisher"
	for i in 1 2 3; do
		ends "${jobs[i - 1]}"
		accounts "out$i" 1000000
		(($(lost_by "err$i") == $(<lost)))
		# At most one report a second, and one at the end.
		(($(wc -l <"err$i") <= SECONDS - started + 2))
	done
}

@test "many losses of three slow readers are all accounted for, without patience" {
	lose_often 0
}

@test "many losses of three slow readers are all accounted for, with a little patience" {
	lose_often 0.1ms
}

@test "submsg resumes on a whole message after an overrun" {
	local line='{ printf "%d %d %*s|\n", $1, $1 * 7919 % 10007, $1 * 7919 % 301, "" }'
	seq 100000 | awk "$line" >lines
	spawn pubmsg -s 8K --wait-subs=1 --patience=0 t <lines
	local publisher=$pid
	stalled_subscriber --eof t
	ends "$publisher"
	cat <&6 >out
	ends "$subscriber"
	awk "$line" out | cmp - out
	awk '$1 <= last { exit 1 } { last = $1 }' out
	(($(wc -l <out) + $(lost_by err) == 100000))
	(($(lost_by err) > 0))
	[[ $(tail -n 1 out) == "$(tail -n 1 lines)" ]]
}

@test "the newest messages are never the lost ones" {
	lap --patience=0
	ends "$subscriber"
	seq 299900 299999 | cmp - <(tail -n 100 out)
}

@test "loss is reported for each topic by its name" {
	local topic
	for topic in a b; do
		pubmsg -s 4K $topic </dev/null
	done
	publisher --wait-subs=1 last
	stalled_subscriber -J --eof a b last
	attached a
	attached b
	for topic in a b; do
		seq 0 99999 | pubmsg --patience=0 $topic
	done
	say 0
	finish
	cat <&6 >out
	ends "$subscriber"
	for topic in a b; do
		jq -c "select(.topic == \"$topic\")" out >of_topic
		accounts of_topic 100000
		grep "^submsg: $topic: lost " err >reports
		(($(lost_by reports) == $(<lost)))
		(($(<lost) > 0))
	done
}

@test "-q says nothing about loss, the JSON output still does" {
	lap --patience=0 -q -J
	ends "$subscriber"
	silent
	accounts out 300000
}

@test "--strict exits with 3 at the end if messages were lost, and not before" {
	lap --patience=0 --strict
	ends "$subscriber" 3
	[[ $(tail -n 1 out) == 299999 ]]
}

@test "--strict with -q exits with 3 and says nothing" {
	lap --patience=0 --strict -q
	ends "$subscriber" 3
	silent
}

@test "--strict exits with 0 if nothing was lost" {
	seq 100 | pubmsg t
	seq 100 | cmp - <(submsg --strict --drain t)
	submsg --strict --drain t >/dev/null
}

@test "without --strict loss is no failure" {
	lap --patience=0
	ends "$subscriber" 0
}

@test "--patience=inf waits for a reader that stands still, and loses nothing" {
	seq 300000 >numbers
	spawn pubmsg -s 4K --wait-subs=1 --patience=inf t <numbers
	local publisher=$pid
	stalled_subscriber --eof --strict t
	# It has reached the end of what fits in between when it has written nothing for a while.
	wait_until '[[ $(grep ^rchar "/proc/$publisher/io") == "${before:-}" ]] ||
		{ before=$(grep ^rchar "/proc/$publisher/io"); sleep 0.3; false; }'
	alive "$publisher"
	cat <&6 | cmp - numbers
	ends "$publisher"
	ends "$subscriber"
	silent
}

@test "an observer does not hold up a publisher with --patience=inf, and is told its loss" {
	pubmsg -s 4K t </dev/null
	publisher last
	say 0
	holds last 1
	listener
	stalled_subscriber --observe -J --eof t last
	unset NOTIFY_SOCKET
	wait_until 'grep -q READY=1 notified'
	fails 124 pubmsg --wait-subs=1:0.1s t </dev/null
	seq 0 199999 | pubmsg --patience=inf t
	finish
	cat <&6 | jq -c 'select(.topic == "t")' >out
	ends "$subscriber"
	accounts out 200000
	(($(<lost) > 0))
}

@test "a subscriber that stands still costs a publisher its patience once, not for each message" {
	local started=$SECONDS
	lap --patience=2s -q
	((SECONDS - started < 15))
	ends "$subscriber"
}

@test "a subscriber that keeps up loses nothing within the default patience" {
	local i subscribers=()
	seq 300000 >numbers
	spawn pubmsg --wait-subs=2 t <numbers
	local publisher=$pid
	for i in 1 2; do
		spawn submsg --eof --strict t >"out$i"
		subscribers+=("$pid")
	done
	ends "$publisher"
	for i in 1 2; do
		ends "${subscribers[i - 1]}"
		cmp numbers "out$i"
	done
}

@test "a subscriber that was too slow is waited for again once it has caught up" {
	lap --patience=10ms -q --from=oldest
	ends "$subscriber"
	seq 300000 >numbers
	spawn pubmsg --wait-subs=1 --patience=inf t <numbers
	local publisher=$pid
	submsg -n 300000 --strict t | cmp - numbers
	ends "$publisher"
}

@test "a slow service does not make submsg grow" {
	local resident
	seq 5000000 >numbers
	spawn pubmsg -s 64K --wait-subs=1 --patience=1s t <numbers
	local publisher=$pid
	stalled_subscriber --eof -q t
	ends "$publisher"
	resident=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$subscriber/status")
	echo "resident: $resident KiB"
	((resident < 32 * 1024))
	cat <&6 >/dev/null
	ends "$subscriber"
}
