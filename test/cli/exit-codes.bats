#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How the programs end: every status, each said in one line that tells what to do.

load helper

@test "0: done" {
	echo a | pubmsg t
	submsg --drain t
	submsg --from=oldest -n 1 t
}

@test "1: a topic that is no ring is an error that names it, and the file is left alone" {
	of_shared_memory
	printf 'not a ring at all\n' >"$BAF_DIR/t"
	fails 1 submsg t
	says '^submsg: t: .+: .+'
	fails 1 pubmsg -m x t
	says '^pubmsg: t: .+: .+'
	is 'not a ring at all\n' "$BAF_DIR/t"
}

@test "1: a topic that is an empty file is an error that names it" {
	of_shared_memory
	: >"$BAF_DIR/t"
	fails 1 submsg t
	says '^submsg: t: .+: .+'
}

@test "1: a topic that is a directory is an error that names it" {
	of_shared_memory
	mkdir "$BAF_DIR/t"
	fails 1 submsg t
	says '^submsg: t: .+'
	fails 1 pubmsg -m x t
	says '^pubmsg: t: .+'
}

@test "1: a topic that is a FIFO is an error, not something to wait for" {
	of_shared_memory
	mkfifo "$BAF_DIR/t"
	fails 1 submsg t
	says '^submsg: t: .+'
	fails 1 pubmsg -m x t
	says '^pubmsg: t: .+'
}

@test "1: a ring of another version is an error that says so" {
	of_shared_memory
	pubmsg -m x t
	printf '\377' | dd of="$BAF_DIR/t" bs=1 seek=8 conv=notrunc status=none
	fails 1 submsg t
	says '^submsg: t: .*version'
	fails 1 pubmsg -m x t
	says '^pubmsg: t: .*version'
}

@test "1: one damaged topic of several is reported, the others are read, and the end is a failure" {
	of_shared_memory
	printf 'a\n' | pubmsg a
	printf 'c\n' | pubmsg c
	printf 'garbage' >"$BAF_DIR/b"
	fails 1 submsg --drain
	[[ $(sort out) == $'a\nc' ]]
	says '^submsg: b: '
	fails 1 submsg --drain a b c
	[[ $(sort out) == $'a\nc' ]]
	says '^submsg: b: '
	fails 1 submsg --drain '*'
	[[ $(sort out) == $'a\nc' ]]
	says '^submsg: b: '
}

@test "1: a topic directory that is a file is an error that names it" {
	echo >"$shm/file"
	fails 1 pubmsg --dir="$shm/file" -m x t
	grep -q "$shm/file" err
	fails 1 submsg --dir="$shm/file" t
	grep -q "$shm/file" err
}

@test "2: a topic is needed, and only one" {
	of_no_topic
	usage_error '[Tt]opic|TOPIC' pubmsg
	usage_error 'one|[Tt]opic' pubmsg a b
	usage_error 'one|[Tt]opic' pubmsg -m text a b
	[[ ! -e $BAF_DIR/a ]]
}

@test "2: '-' is not a topic" {
	of_no_topic
	usage_error '-' pubmsg -
	usage_error '-' submsg -
}

@test "2: names that could leave the directory or upset a shell are refused, each with the rule" {
	of_no_topic
	local name program long
	printf -v long 'x%.0s' {1..201}
	for name in '' . .. ../x a/b /a .a a. a..b 'a b' ' ' $'a\tb' $'a\nb' $'a\x7f' $'a\x01' 'ä' \
		'a:b' 'a\b' "a'b" 'a$b' a@b "$long"; do
		usage_error '.+' pubmsg -m x -- "$name"
		usage_error '.+' submsg -n 0 -- "$name"
	done
	for name in -a -; do
		for program in pubmsg submsg; do
			usage_error '.+' $program -- $name
		done
	done
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "2: a pattern is no name to publish to" {
	of_no_topic
	local name
	for name in '*' '>' '#' a.+ 'a.>' 'a.*.b'; do
		usage_error '.+' pubmsg -m x "$name"
	done
}

@test "2: patterns that are none are refused" {
	of_no_topic
	local pattern
	for pattern in 'a*' '>.a' 'a.#.b' '*a' 'a.' '**' 'a.>b' 'a?' '[a]'; do
		usage_error '.+' submsg -n 0 "$pattern"
	done
}

@test "names of 200 bytes and of all kinds of characters are fine" {
	local long name
	printf -v long 'x%.0s' {1..200}
	for name in "$long" a A 0 _ a-b a_b a.b.c a.-b x.lock _._ 1.2.3; do
		pubmsg -m "$name" "$name"
		[[ $(submsg --drain "$name") == "$name" ]]
	done
}

@test "2: an unknown option is named" {
	of_no_topic
	usage_error 'no-such' pubmsg --no-such t
	usage_error 'no-such' submsg --no-such t
	usage_error 'Z' pubmsg -Z t
	usage_error 'Z' submsg -Z t
}

@test "2: an option without its value is named" {
	of_no_topic
	usage_error 'size' pubmsg t --size
	usage_error 'framing' submsg t --framing
	usage_error 'n' submsg t -n
}

@test "2: an option with a value that it does not take is named" {
	of_no_topic
	usage_error 'tee' pubmsg --tee=x t
	usage_error 'json' submsg --json=x t
}

@test "2: a bad size names the option and the value" {
	of_no_topic
	local size
	for size in '' x -1 4X 4KK K 1.2.3 4KiB 99999999999999999999 99999999G ' 4K' '4 K' \
		0x1000; do
		usage_error 'size.*' pubmsg --size="$size" -m x t
		grep -qF -- "$size" err
	done
	[[ ! -e $BAF_DIR/t ]]
}

@test "2: a bad time names the option and the value" {
	of_no_topic
	local time
	for time in '' x -1 1d 1us 1ns 's' ms '1 s' 1ss 1.2.3 nan 1e3 0x10 99999999999999999999h; do
		usage_error 'patience' pubmsg --patience="$time" -m x t
		grep -qF -- "$time" err
		usage_error 'timeout' submsg --timeout="$time" t
		usage_error 'idle' submsg --idle="$time" t
		usage_error 'since' submsg --since="$time" t
	done
	usage_error 'timeout|-W' submsg -W x t
	usage_error 'since' submsg --since=2026-13-01T00:00:00Z t
	usage_error 'since' submsg --since=2026-02-30T00:00:00Z t
	usage_error 'since' submsg --since=2026-01-01T25:00:00Z t
	usage_error 'since' submsg --since=2026-01-01 t
	[[ ! -e $BAF_DIR/t ]]
}

@test "times and sizes of all units are accepted" {
	local time size
	for time in 0 1 0.5 5ms 1.5s 2m 3h inf; do
		pubmsg --patience=$time -m x t
	done
	for time in 1 0.5 5000ms 1.5s 2m 3h; do
		submsg -W $time --idle=$time --from=oldest -n 1 t
	done
	for size in 1 4096 5000 4K 1M; do
		pubmsg --size=$size -m x t
		pubmsg -s $size -m x t
		pubmsg -s$size -m x t
	done
}

@test "2: a bad number names the option and the value" {
	of_no_topic
	local number
	for number in '' x -1 1.5 0x1 99999999999999999999 '1 ' 1K; do
		usage_error 'count|-n' submsg --count="$number" t
		usage_error 'last' submsg --last="$number" t
		grep -qF -- "$number" err
	done
	usage_error '-n|count' submsg -n x t
	for number in '' x -1 1: :1s 1:x 1:2:3; do
		usage_error 'wait-subs' pubmsg --wait-subs="$number" -m x t
	done
}

@test "2: a bad mode or group names the option and the value" {
	of_no_topic
	local mode
	for mode in '' x 8 0778 -1 u+r 17777 07777777; do
		usage_error 'mode' pubmsg --mode="$mode" -m x t
	done
	usage_error 'group.*no-such-group' pubmsg --group=no-such-group -m x t
	[[ ! -e $BAF_DIR/t ]]
}

@test "2: a bad choice names the option, the value and what is right" {
	of_no_topic
	usage_error 'framing.*json' pubmsg --framing=json t
	grep -q 'line.*nul.*len.*raw.*one' err
	usage_error 'framing.*json' submsg --framing=json t
	grep -q 'line.*nul.*len.*raw.*one' err
	usage_error 'on-large.*drop' pubmsg --on-large=drop t
	grep -q 'fail.*truncate.*split.*skip' err
	usage_error 'from.*middle' submsg --from=middle t
	grep -q 'oldest.*newest\|newest.*oldest' err
}

@test "2: options that contradict each other are refused" {
	of_no_topic
	usage_error '.+' submsg -J -F %m t
	usage_error '.+' submsg -J -v t
	usage_error '.+' submsg -J --ts t
	usage_error '.+' submsg -F %m -v t
	usage_error '.+' submsg -F %m --ts t
	usage_error '.+' submsg --last=1 --from=oldest t
	usage_error '.+' submsg --last=1 --since=1s t
	usage_error '.+' submsg --since=1s --from=oldest t
}

@test "2: -e needs topics to leave out" {
	of_no_topic
	usage_error '.+' submsg -e
}

@test "3: messages were lost, with --strict" {
	spawn pubmsg -s 4K --wait-subs=1 --patience=0 t < <(seq 500000)
	local publisher=$pid
	stalled_subscriber --strict --eof t
	ends "$publisher"
	cat <&6 >/dev/null
	ends "$subscriber" 3
}

@test "4: no such topic, with --drain" {
	fails 4 submsg --drain t
	says '^submsg: t: .+'
	silent out
	pubmsg -m x a
	fails 4 submsg --drain a t
	says '^submsg: t: .+'
}

@test "4: no such topic, with -n 0" {
	fails 4 submsg -n 0 t
	says '^submsg: t: .+'
	[[ ! -e $BAF_DIR/t ]]
}

@test "6: a message is larger than the ring takes" {
	head -c 10000 /dev/zero | tr '\0' x >line
	fails 6 pubmsg -s 4K t <line
	says '^pubmsg: t: .+: .+--size='
}

@test "7: a topic has a publisher, and the message says which" {
	publisher t
	say first
	holds t 1
	fails 7 pubmsg -m x t
	says "^pubmsg: t: .*pubmsg.*$publisher.*--shared"
	finish
	pubmsg -m x t
}

@test "7: an exclusive publisher keeps a shared one out, and the other way round" {
	publisher t
	say first
	holds t 1
	fails 7 pubmsg --shared -m x t
	finish
	publisher --shared t
	say second
	holds t 2
	fails 7 pubmsg -m x t
	pubmsg --shared -m third t
	finish
	prints 'first\nsecond\nthird\n' submsg --drain t
}

@test "7: the lock ends with a publisher that was killed" {
	publisher t
	say first
	holds t 1
	kill -KILL "$publisher"
	ends "$publisher" 137
	pubmsg -m second t
	exec 7>&-
}

@test "124: the time of --timeout is over" {
	fails 124 submsg -W 0.1 t
	silent out
	fails 124 submsg --timeout=100ms t
	pubmsg -m x t
	fails 124 submsg -W 0.1s --from=oldest t
	is 'x\n' out
}

@test "124: the time of --timeout is over while messages keep coming" {
	busy -s 64K t
	fails 124 submsg -q -W 0.2s t
	[[ -s out ]]
	contiguous out
	end_job "$busy"
}

@test "124: the time of --idle is over" {
	fails 124 submsg --idle=0.1 t
	pubmsg -m x t
	fails 124 submsg --idle=100ms --from=oldest t
	is 'x\n' out
}

@test "--idle counts from the last message on" {
	publisher --wait-subs=1 t
	spawn submsg --idle=2s t >out
	local subscriber=$pid i
	for i in {1..4}; do
		say "$i"
		wait_until "[[ \$(wc -l <out) == $i ]]"
		sleep 0.6 # less than --idle in each pause, more in all
	done
	ends "$subscriber" 124
	seq 4 | cmp - out
	finish
}

@test "time-outs do not come early" {
	local started=${EPOCHREALTIME/[.,]/}
	fails 124 submsg -W 0.3 t
	((${EPOCHREALTIME/[.,]/} - started >= 300000))
	started=${EPOCHREALTIME/[.,]/}
	fails 124 submsg --idle=0.3 t
	((${EPOCHREALTIME/[.,]/} - started >= 300000))
	started=${EPOCHREALTIME/[.,]/}
	fails 124 pubmsg --wait-subs=1:0.3 -m x t
	((${EPOCHREALTIME/[.,]/} - started >= 300000))
}

@test "-W 0 and --idle=0 print what is there and end" {
	seq 1000 >expected
	pubmsg t <expected
	fails 124 submsg -W 0 --from=oldest t
	cmp expected out
	fails 124 submsg --idle=0 --from=oldest t
	cmp expected out
}

@test "-n, -W and --idle work together: the first that applies" {
	seq 10 | pubmsg t
	submsg --from=oldest -n 5 -W 60 --idle=60 t >/dev/null
	fails 124 submsg --from=oldest -n 11 -W 0.1 --idle=60 t
	fails 124 submsg --from=oldest -n 11 -W 60 --idle=0.1 t
}

@test "124: the subscribers of --wait-subs did not come, and nothing was published" {
	fails 124 pubmsg --wait-subs=1:0.1s -m x t
	says '^pubmsg: t: .+'
	prints '' submsg --drain t
}

@test "--wait-subs publishes when enough subscribers are attached" {
	spawn submsg -n 1 t >first
	spawn submsg -n 1 t >second
	pubmsg --wait-subs=2 -m x t
	for pid in "${spawned[@]}"; do
		ends "$pid"
	done
	is 'x\n' first
	is 'x\n' second
	pubmsg --wait-subs=0 -m x t
}

@test "help goes to stdout and ends with 0" {
	of_no_topic
	local program option
	for program in pubmsg submsg; do
		for option in -h --help; do
			fails 0 $program $option
			silent
			grep -q "^Usage: $program " out
			grep -q -- '--framing' out
		done
	done
}

@test "the version goes to stdout and ends with 0" {
	of_no_topic
	local program option
	for program in pubmsg submsg; do
		for option in -V --version; do
			fails 0 $program $option
			silent
			[[ $(head -n 1 out) =~ ^$program\ \(baf\)\ [0-9]+\.[0-9]+ ]]
		done
	done
}

@test "'--' ends the options, and options may stand behind operands" {
	pubmsg t -m text
	pubmsg -m more -- t
	prints 'text\nmore\n' submsg t --drain
	prints 'text\nmore\n' submsg --drain -- t
}
