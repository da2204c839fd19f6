#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Readiness and the end of a service, as sd_notify(3) has it.

load helper

ready() {
	wait_until 'grep -q "READY=1" notified'
}

@test "pubmsg is ready when its topic is open, and says when it stops" {
	listener
	publisher t
	ready
	[[ -e $BAF_DIR/t ]]
	fails 7 env -u NOTIFY_SOCKET pubmsg -m x t
	never grep -q STOPPING notified
	finish
	wait_until 'grep -q STOPPING=1 notified'
}

@test "pubmsg with --wait-subs is ready when the subscribers are there, not before" {
	listener
	publisher --wait-subs=1 t
	wait_until '[[ -e $BAF_DIR/t ]]'
	sleep 0.3 # time in which it could be wrong
	never grep -q READY notified
	NOTIFY_SOCKET='' spawn submsg t >out
	ready
	finish
}

@test "submsg is ready when it is subscribed: it misses nothing published after that" {
	pubmsg -m old t
	ready_subscriber t
	pubmsg -m new t
	wait_until '[[ -s out ]]'
	is 'new\n' out
}

@test "submsg without topics is ready when it watches the directory" {
	ready_subscriber
	pubmsg -m new t
	wait_until '[[ -s out ]]'
	is 'new\n' out
}

@test "submsg says when it stops" {
	ready_subscriber t
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	wait_until 'grep -q STOPPING=1 notified'
}

@test "pubmsg that is ended by SIGTERM dies by it, as systemd expects" {
	listener
	publisher t
	ready
	kill -TERM "$publisher"
	ends "$publisher" 143
	exec 7>&-
	wait_until 'grep -q STOPPING=1 notified'
}

@test "a socket in the abstract namespace is notified" {
	socket=@baf-test-${shm##*.}
	listener
	publisher t
	ready
	finish
}

@test "readiness is told once" {
	ready_subscriber t
	pubmsg -m x t
	wait_until '[[ -s out ]]'
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	wait_until 'grep -q STOPPING=1 notified'
	[[ $(grep -c READY=1 notified) == 1 ]]
}

@test "a socket that is not there does not keep anybody from working" {
	export NOTIFY_SOCKET=$shm/no-such
	pubmsg -m x t
	prints 'x\n' submsg --drain t
	export NOTIFY_SOCKET=''
	prints 'x\n' submsg --drain t
	export NOTIFY_SOCKET=relative
	prints 'x\n' submsg --drain t
	NOTIFY_SOCKET=/$(printf 'x%.0s' {1..200})
	export NOTIFY_SOCKET
	prints 'x\n' submsg --drain t
}

@test "a program that fails is never ready" {
	of_shared_memory
	listener
	printf garbage >"$BAF_DIR/t"
	fails 1 pubmsg -m x t
	# What comes later is heard, so what is not heard was not said.
	pubmsg -m x u
	ready
	[[ $(grep -c READY=1 notified) == 1 ]]
}
