#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Ended by a signal: whole messages, and the shell sees which signal it was.

load helper

# A background process of a shell ignores SIGINT unless it is told otherwise.
interruptible=(env --default-signal=INT)

@test "SIGTERM ends an idle subscriber as by that signal" {
	subscriber t
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	silent
}

@test "SIGINT ends an idle subscriber as by that signal" {
	spawn "${interruptible[@]}" submsg t
	attached t
	kill -INT "$pid"
	ends "$pid" 130
}

@test "the death of a subscriber is one by signal, not an exit status" {
	python3 -S -c '
import signal, subprocess
for number in signal.SIGTERM, signal.SIGINT:
    program = subprocess.Popen(["submsg", "t"])
    subprocess.check_call(["pubmsg", "--wait-subs=1", "t"], stdin=subprocess.DEVNULL)
    program.send_signal(number)
    assert program.wait(20) == -number, program.returncode'
}

@test "the death of a publisher is one by signal, not an exit status" {
	python3 -S -c '
import signal, subprocess
for number in signal.SIGTERM, signal.SIGINT:
    program = subprocess.Popen(["pubmsg", "t"], stdin=subprocess.PIPE)
    program.stdin.write(b"x\n")
    program.stdin.flush()
    subprocess.check_call(["submsg", "--from=oldest", "-n", "1", "t"])
    program.send_signal(number)
    assert program.wait(20) == -number, program.returncode
    subprocess.check_call(["pubmsg", "--rm", "t"], stdin=subprocess.DEVNULL)'
}

@test "SIGTERM ends a subscriber that waits for its topic" {
	ready_subscriber t
	kill -TERM "$subscriber"
	ends "$subscriber" 143
}

@test "SIGTERM ends an idle publisher as by that signal" {
	publisher t
	say x
	holds t 1
	kill -TERM "$publisher"
	ends "$publisher" 143
	exec 7>&-
}

@test "SIGINT ends an idle publisher as by that signal" {
	mkfifo input
	exec 7<>input
	spawn "${interruptible[@]}" pubmsg t <input
	say x
	holds t 1
	kill -INT "$pid"
	ends "$pid" 130
	exec 7>&-
}

@test "a publisher that is ended publishes whole lines only" {
	publisher t
	printf 'whole\npart' >&7
	holds t 1
	kill -TERM "$publisher"
	ends "$publisher" 143
	exec 7>&-
	prints 'whole\n' submsg --drain t
}

@test "a publisher that is ended in full flow leaves whole messages without a gap" {
	for _ in {1..5}; do
		spawn pubmsg -s 256K t < <(exec seq 100000000)
		wait_until '[[ -n $(submsg -q --drain --last=1 t 2>/dev/null) ]]'
		kill -TERM "$pid"
		ends "$pid" 143
		submsg --drain t >out
		contiguous out
		pubmsg --rm t </dev/null
	done
}

@test "a subscriber that is ended in full flow has written whole messages" {
	busy -s 64K t
	for _ in {1..5}; do
		spawn submsg t >out
		wait_until '[[ -s out ]]'
		kill -TERM "$pid"
		ends "$pid" 143
		contiguous out
		[[ $(tail -c 1 out | od -An -c | tr -d ' ') == '\n' ]]
	done
	end_job "$busy"
}

@test "SIGTERM ends a publisher that waits for subscribers" {
	spawn pubmsg --wait-subs=1 -m x t
	wait_until '[[ -e $BAF_DIR/t ]]'
	kill -TERM "$pid"
	ends "$pid" 143
	prints '' submsg --drain t
}

@test "SIGTERM ends a publisher that waits with --patience=inf for a subscriber that stands still" {
	spawn pubmsg -s 4K --wait-subs=1 --patience=inf t < <(exec yes)
	local publisher=$pid
	stalled_subscriber t
	wait_until '[[ $(grep ^rchar "/proc/$publisher/io") == "${before:-}" ]] ||
		{ before=$(grep ^rchar "/proc/$publisher/io"); sleep 0.3; false; }'
	kill -TERM "$publisher"
	ends "$publisher" 143
	exec 6<&-
	ends "$subscriber" 141
}

@test "SIGTERM ends a subscriber that writes to a pipe nobody reads" {
	spawn pubmsg -s 64K --wait-subs=1 --patience=1s t < <(exec seq 1000000)
	local publisher=$pid
	stalled_subscriber -q t
	ends "$publisher"
	kill -TERM "$subscriber"
	wait_until '! alive "$subscriber"' 3 || kill -TERM "$subscriber"
	ends "$subscriber" 143
	exec 6<&-
}

@test "a subscriber that is ended leaves its place" {
	subscriber t
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	fails 124 pubmsg --wait-subs=1:0.1s -m x t
}

@test "signals that were ignored at the start stay ignored" {
	spawn env --ignore-signal=INT submsg t >out
	attached t
	kill -INT "$pid"
	pubmsg -m x t
	wait_until '[[ -s out ]]'
	alive "$pid"
}

@test "a stopped and continued subscriber goes on" {
	subscriber t
	kill -STOP "$subscriber"
	seq 100 | pubmsg t
	kill -CONT "$subscriber"
	wait_until '[[ $(wc -l <out) == 100 ]]'
	seq 100 | cmp - out
	silent
}

@test "SIGHUP and SIGQUIT end the programs as they end others" {
	heed_hangup
	subscriber t
	kill -HUP "$subscriber"
	ends "$subscriber" 129
	publisher t
	say x
	holds t 1
	kill -HUP "$publisher"
	ends "$publisher" 129
	exec 7>&-
}
