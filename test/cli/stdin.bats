#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What pubmsg reads from, in whatever state others left it.

load helper

@test "a closed stdin is an error" {
	fails 1 pubmsg t <&-
	says '^pubmsg: .*stdin'
}

@test "a closed stdin does not matter with -m" {
	pubmsg -m x t <&-
	prints 'x\n' submsg --drain t
}

@test "stdin that can only be written is an error" {
	fails 1 pubmsg t 0>written
	says '^pubmsg: .*stdin'
}

@test "stdin that is a directory is an error" {
	fails 1 pubmsg t <.
	says '^pubmsg: .*stdin'
}

@test "stdin with O_NONBLOCK set by somebody else is read to its end" {
	mkfifo input
	exec 7<>input
	spawn "${nonblocking[@]}" 0 pubmsg t <input
	local publisher=$pid
	say first
	holds t 1
	say second
	holds t 2
	alive "$publisher"
	finish
	prints 'first\nsecond\n' submsg --drain t
}

@test "stdin with O_NONBLOCK costs no CPU while nothing comes" {
	mkfifo input
	exec 7<>input
	spawn "${nonblocking[@]}" 0 pubmsg t <input
	local publisher=$pid
	say first
	holds t 1
	sleeps "$publisher"
	finish
}

@test "much data through a pipe with O_NONBLOCK arrives whole" {
	seq 300000 >numbers
	seq 300000 | "${nonblocking[@]}" 0 pubmsg t
	tail -n 1000 numbers | cmp - <(submsg --drain --last=1000 t)
}

@test "a line that comes in pieces is published when its end comes, not before" {
	publisher t
	printf 'one\ntw' >&7
	holds t 1
	printf 'o' >&7
	prints 'one\n' submsg --drain t
	printf '\nthr' >&7
	holds t 2
	printf 'ee' >&7
	finish
	prints 'one\ntwo\nthree\n' submsg --drain t
}

@test "a stopped and continued pubmsg goes on reading" {
	publisher t
	say one
	holds t 1
	kill -STOP "$publisher"
	say two
	kill -CONT "$publisher"
	holds t 2
	finish
	prints 'one\ntwo\n' submsg --drain t
}

@test "signals that are handled elsewhere do not disturb reading" {
	publisher t
	say one
	holds t 1
	kill -WINCH "$publisher"
	kill -CONT "$publisher"
	kill -CHLD "$publisher"
	say two
	holds t 2
	finish
}

@test "a regular file is published from where it was left" {
	printf 'one\ntwo\nthree\n' >file
	{ read -r line; pubmsg t; } <file
	[[ $line == one ]]
	prints 'two\nthree\n' submsg --drain t
}

@test "a file that is read leaves its offset at the end" {
	seq 100000 >file
	{ pubmsg t; cat >rest; } <file
	silent rest
}

@test "a terminal is read line by line" {
	mkfifo keys
	exec 7<>keys
	spawn script -qefc 'pubmsg t' /dev/null <keys >/dev/null
	say typed
	holds t 1
	say again
	holds t 2
	printf '\004' >&7
	ends "$pid"
	exec 7>&-
	prints 'typed\nagain\n' submsg --drain t
}

@test "a socket is read like a pipe" {
	python3 -S -c '
import socket, subprocess
ours, theirs = socket.socketpair()
program = subprocess.Popen(["pubmsg", "t"], stdin=theirs)
theirs.close()
ours.sendall(b"one\ntw")
ours.sendall(b"o\nthree")
ours.close()
assert program.wait() == 0'
	prints 'one\ntwo\nthree\n' submsg --drain t
}

@test "/dev/zero with --framing=raw goes on until it is ended" {
	spawn pubmsg --framing=raw -s 1M t </dev/zero
	wait_until '[[ -n $(submsg -q --drain -F . t 2>/dev/null) ]]'
	kill -TERM "$pid"
	ends "$pid" 143
}

@test "pubmsg reads no further than its input when stdin is shared with others" {
	printf 'a\nb\n' | { pubmsg t; cat >rest; }
	silent rest
}
