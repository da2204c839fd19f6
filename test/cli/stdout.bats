#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What submsg writes to, in whatever state others left it: data only, at once, and nothing
# lives on when nobody reads it.

load helper

@test "stdout is data only, whatever is said" {
	printf 'a\nb\n' | pubmsg --stats -v t >published 2>err
	silent published
	submsg --stats --drain t >out 2>err
	is 'a\nb\n' out
	[[ -s err ]]
}

@test "a message is written at once, not when a buffer is full" {
	subscriber t
	pubmsg -m x t
	wait_until '[[ -s out ]]'
	is 'x\n' out
	alive "$subscriber"
}

@test "submsg t | head -1 ends at once though nothing else comes" {
	spawn_job 'submsg t | head -n 1 >out; echo "${PIPESTATUS[0]}" >status'
	pubmsg --wait-subs=1 -m x t
	wait_until '[[ -s status ]]' 5
	is 'x\n' out
	is '141\n' status
	ends "$pid"
}

@test "submsg ends when its reader leaves before anything came" {
	mkfifo pipe
	exec 5<>pipe
	spawn env --default-signal=PIPE submsg t >pipe
	attached t
	exec 5<&-
	wait_until "! alive $pid" 5
	ends "$pid" 141
}

@test "submsg ends when its reader leaves while topics are waited for" {
	mkfifo pipe
	exec 5<>pipe
	listener
	spawn env --default-signal=PIPE submsg >pipe
	unset NOTIFY_SOCKET
	wait_until 'grep -q READY=1 notified'
	exec 5<&-
	wait_until "! alive $pid" 5
	ends "$pid" 141
}

@test "submsg ends when its reader leaves in the middle of a stream" {
	busy -s 64K t
	local status=0
	submsg --from=oldest t | head -n 3 >out || status=$?
	((status == 141))
	[[ $(wc -l <out) == 3 ]]
	end_job "$busy"
}

@test "submsg ends when its reader leaves though SIGPIPE is ignored" {
	spawn_job 'env --ignore-signal=PIPE submsg t 2>err | head -n 1 >out'
	pubmsg --wait-subs=1 -m x t
	wait_until "! alive $pid" 5
	is 'x\n' out
}

@test "a socket as stdout ends submsg when the other end is closed" {
	python3 -S -c '
import os, socket, subprocess
ours, theirs = socket.socketpair()
program = subprocess.Popen(["submsg", "t"], stdout=theirs)
theirs.close()
subprocess.check_call(["pubmsg", "--wait-subs=1", "-m", "x", "t"])
assert ours.recv(10) == b"x\n"
ours.close()
program.wait(20)
assert program.returncode != 0'
}

@test "a closed stdout is an error" {
	pubmsg -m x t
	local status=0
	submsg --drain t >&- 2>err || status=$?
	((status == 1))
	says '^submsg: .+'
}

@test "a stdout that can only be read is an error" {
	pubmsg -m x t
	: >file
	local status=0
	submsg --drain t 1<file 2>err || status=$?
	((status == 1))
	says '^submsg: .+'
}

@test "a full disk is an error" {
	pubmsg -m x t
	local status=0
	submsg --drain t >/dev/full 2>err || status=$?
	((status == 1))
	says '^submsg: .*[Nn]o space'
}

@test "a full stdout with O_NONBLOCK set by somebody else is waited for, and all arrives" {
	seq 500000 >numbers
	spawn pubmsg --patience=inf --wait-subs=1 -s 64K t <numbers
	local publisher=$pid
	mkfifo pipe
	exec 5<>pipe
	spawn "${nonblocking[@]}" 1 submsg --eof --strict t >pipe
	local subscriber=$pid
	exec 6<pipe 5>&-
	# The pipe is full when nothing moves any more; then waiting costs no CPU.
	wait_until '[[ $(grep ^rchar "/proc/$publisher/io") == "${before:-}" ]] ||
		{ before=$(grep ^rchar "/proc/$publisher/io"); sleep 0.3; false; }'
	sleeps "$subscriber"
	cat <&6 | cmp - numbers
	ends "$publisher"
	ends "$subscriber"
}

@test "stdout may be a file that is appended to" {
	echo old >file
	pubmsg -m new t
	submsg --drain t >>file
	is 'old\nnew\n' file
}

@test "two subscribers may append to one file without losing anything" {
	seq 20000 | pubmsg t
	spawn submsg --drain t >>file
	submsg --drain t >>file
	ends "$pid"
	[[ $(wc -l <file) == 40000 ]]
	[[ $(sort -n file | uniq -c | awk '$1 != 2' | wc -l) == 0 ]]
}

@test "stdin of submsg is left alone" {
	pubmsg -m x t
	printf 'a\nb\n' | { submsg --drain t >/dev/null; cat >rest; }
	is 'a\nb\n' rest
}

@test "submsg works with stdin and stderr closed" {
	pubmsg -m x t
	submsg --drain t <&- 2>&- >out
	is 'x\n' out
	pubmsg -m y t <&- >&- 2>&-
	prints 'x\ny\n' submsg --drain t
}
