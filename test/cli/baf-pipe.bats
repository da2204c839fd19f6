#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf pipe

load helper

# describe LINE...: writes pipe.conf.
describe() {
	printf '%s\n' "$@" >pipe.conf
}

# piped LINE...: starts a pipe as described, and waits until it is ready; what it says is in the
# file pipe.err, what it prints in pipe.out.
piped() {
	describe "$@"
	listener
	spawn baf pipe ./pipe.conf >pipe.out 2>pipe.err
	pipe=$pid
	unset NOTIFY_SOCKET
	wait_until 'grep -q READY=1 notified'
}

# stage NAME: the process of a stage of that pipe; $1 is the program that runs in it.
stage() {
	pgrep -P "$pipe" -x "$1"
}

# pipe_says PATTERN: the pipe has said one line, which matches.
pipe_says() {
	cp pipe.err err
	says "$1"
}

@test "messages go from a topic through a command to a topic, in order" {
	subscriber -n 1000 out.topic
	piped 'from=in.topic' 'command=sed s/^/x/' 'to=out.topic'
	seq 1000 | pubmsg --patience=inf in.topic
	kill -TERM "$pipe"
	ends "$pipe" 143
	ends "$subscriber"
	seq 1000 | sed s/^/x/ | cmp - out
	silent pipe.err
}

@test "what is published once the pipe says that it is ready goes through it" {
	pubmsg -m old a
	piped 'from=a' 'command=tac' 'to=b'
	pubmsg -m new a
	kill -TERM "$pipe"
	ends "$pipe" 143
	prints 'new\n' submsg --drain --from=oldest b
	[[ $(grep -c READY=1 notified) == 1 ]]
	wait_until 'grep -q STOPPING=1 notified'
}

@test "several topics and patterns are read" {
	piped '# Comments and blank lines say nothing.' '' '  from = a, sensor.*  b' 'command=tac' \
		'to=all'
	pubmsg -m 1 a
	pubmsg -m 2 b
	pubmsg -m 3 sensor.x
	pubmsg -m 4 c
	kill -TERM "$pipe"
	ends "$pipe" 143
	submsg --drain --from=oldest all | sort >out
	is '1\n2\n3\n' out
}

@test "without to= the output of the command is that of the pipe" {
	piped 'from=a' 'command=head -n 1'
	pubmsg -m hello a
	ends "$pipe"
	is 'hello\n' pipe.out
}

@test "without from= the command has no input, and its output is published" {
	describe 'command=cat; seq 3' 'to=a'
	echo no | baf pipe ./pipe.conf
	prints '1\n2\n3\n' submsg --drain --from=oldest a
}

@test "framing= is that of both ends" {
	subscriber -n 2 --framing=nul b
	piped 'from=a' 'command=cat' 'to=b' 'framing=nul'
	printf 'one\ntwo\0three\0' | pubmsg --framing=nul a
	ends "$subscriber"
	is 'one\ntwo\0three\0' out
}

@test "the command is one for the shell, and uses topics of the same directory" {
	mkdir other
	local publish='while read -r x; do pubmsg -m "$x = #1" c; done'
	describe 'from=a' "command=$publish; submsg --drain --from=oldest c"
	listener
	spawn baf pipe --dir=other ./pipe.conf >pipe.out
	pipe=$pid
	unset NOTIFY_SOCKET
	wait_until 'grep -q READY=1 notified'
	pubmsg --dir=other -m 'a b' a
	kill -TERM "$pipe"
	ends "$pipe" 143
	is 'a b = #1\n' pipe.out
}

@test "a pipe whose topic has a publisher takes nothing, and says so" {
	publisher b
	holds b 0
	pubmsg --wait-subs=0 -m x a
	listener
	describe 'from=a' 'command=touch ran; cat' 'to=b'
	fails 7 baf pipe ./pipe.conf
	never test -e ran
	grep -qx 'baf pipe: pubmsg ended with status 7' err
	never grep -q READY notified
	finish
}

@test "a command that fails ends the pipe, which names it and its status" {
	piped 'from=a' 'command=read -r x; exit 3' 'to=b'
	pubmsg -m x a
	ends "$pipe" 1
	pipe_says '^baf pipe: the command ended with status 3$'
}

@test "a command that there is none of is told" {
	describe 'command=exec no-such-command' 'to=a'
	fails 1 baf pipe ./pipe.conf
	grep -qx 'baf pipe: the command ended with status 127' err
}

@test "a command that ends well ends the pipe well, also when nothing is published" {
	piped 'from=a' 'command=until test -e go; do sleep 0.01; done' 'to=b'
	touch go
	ends "$pipe"
	silent pipe.err
}

@test "pubmsg that is killed ends the pipe, also when nothing is published" {
	piped 'from=a' 'command=cat' 'to=b'
	kill -KILL "$(stage pubmsg)"
	ends "$pipe" 1
	pipe_says '^baf pipe: pubmsg was killed by signal 9 '
}

@test "submsg that is killed ends the pipe, and what is on its way is published" {
	piped 'from=a' 'command=read -r x; echo got >&2; cat >rest; echo "$x"; cat rest' 'to=b'
	printf '1\n2\n' | pubmsg a
	wait_until 'grep -q got pipe.err && [[ $(wc -l <rest) == 1 ]]'
	kill -KILL "$(stage submsg)"
	ends "$pipe" 1
	grep -q '^baf pipe: submsg was killed by signal 9 ' pipe.err
	prints '1\n2\n' submsg --drain --from=oldest b
}

@test "SIGTERM ends the source first: messages on their way are still published" {
	piped 'from=a' 'command=tac' 'to=b'
	seq 100000 | pubmsg --patience=inf a
	kill -TERM "$pipe"
	ends "$pipe" 143
	submsg --drain --from=oldest b | tail -n 1 >out
	is '1\n' out
	silent pipe.err
}

@test "SIGHUP ends it as SIGTERM does" {
	heed_hangup
	piped 'from=a' 'command=tac' 'to=b'
	pubmsg -m x a
	kill -HUP "$pipe"
	ends "$pipe" 129
	prints 'x\n' submsg --drain --from=oldest b
}

@test "SIGTERM ends a command that is the source, with all that it has started" {
	piped 'command=while :; do echo x; done | cat' 'to=a'
	wait_until '[[ -n $(submsg -q --drain --last=1 a) ]]'
	kill -TERM "$pipe"
	ends "$pipe" 143
	silent pipe.err
}

@test "grep that found nothing does not make a pipe fail that is asked to end" {
	piped 'from=a' 'command=grep no-such-thing' 'to=b'
	pubmsg -m x a
	kill -TERM "$pipe"
	ends "$pipe" 143
}

@test "a command that does not end at the end of its input is ended by a second signal" {
	piped 'from=a' 'command=cat; echo at the end >&2; sleep 1000' 'to=b'
	kill -TERM "$pipe"
	wait_until 'grep -q "at the end" pipe.err'
	kill -TERM "$pipe"
	ends "$pipe" 143
}

@test "a command that nobody reads from and that does not end is killed" {
	piped 'from=a' "command=trap '' TERM; while :; do sleep 0.1; done" 'to=b'
	kill -KILL "$(stage pubmsg)"
	ends "$pipe" 1
	grep -qx 'baf pipe: the command does not end: killing it' pipe.err
}

@test "a pipe that is killed leaves nothing behind, and what is on its way is published" {
	piped 'from=a' 'command=tac' 'to=b'
	seq 1000 | pubmsg --patience=inf a
	kill -KILL "$pipe"
	ends "$pipe" 137
	wait_until '[[ $(submsg -q --drain --last=1 b) == 1 ]]'
}

@test "SIGPIPE ends parts of a command also where the pipe was started with it ignored" {
	describe 'command=yes | head -n 2' 'to=a'
	(
		trap '' PIPE
		exec timeout "$DEADLINE" baf pipe ./pipe.conf
	)
	prints 'y\ny\n' submsg --drain --from=oldest a
}

@test "readiness is what its own processes say, not what others do" {
	cat >bin/submsg <<-'END'
		#!/bin/sh
		echo "$NOTIFY_SOCKET" >address
		sleep 1000
	END
	chmod +x bin/submsg
	listener
	describe 'from=a' 'command=cat'
	spawn baf pipe ./pipe.conf 2>pipe.err
	pipe=$pid
	wait_until '[[ -s address ]]'
	python3 -S -c 'import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.sendto(b"READY=1", "\0" + sys.argv[1][1:])' "$(<address)"
	kill -TERM "$pipe"
	ends "$pipe" 143
	wait_until 'grep -q STOPPING=1 notified'
	never grep -q READY notified
}

@test "programs that are not in PATH are found beside baf" {
	mkdir together
	cp "$BAF" "$PUBMSG" together
	describe 'command=echo hello' 'to=a'
	PATH=/nonexistent "$PWD/together/baf" pipe ./pipe.conf
	prints 'hello\n' submsg --drain --from=oldest a
}

@test "a program that is not there is told" {
	mkdir alone
	cp "$BAF" alone
	describe 'command=echo hello' 'to=a'
	fails 1 env PATH=/nonexistent "$PWD/alone/baf" pipe ./pipe.conf
	grep -q '^baf pipe: cannot run pubmsg: ' err
}

@test "a description that is wrong is told with file and line, all of it, and nothing is run" {
	describe 'from=a..b' 'from' 'colour=red' 'to=-x' 'to=c' 'command=' 'framing=words'
	fails 2 baf pipe ./pipe.conf
	silent out
	cut -d: -f1-4 err >told
	is "$(printf '%s\\n' \
		"baf pipe: ./pipe.conf:1: from" \
		"baf pipe: ./pipe.conf:2: 'from' is not a setting" \
		"baf pipe: ./pipe.conf:3: unknown key 'colour'" \
		"baf pipe: ./pipe.conf:4: to" \
		"baf pipe: ./pipe.conf:5: to is given twice" \
		"baf pipe: ./pipe.conf:6: command" \
		"baf pipe: ./pipe.conf:7: framing")" told
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "a description without a command, or without topics, is told" {
	describe 'from=a'
	fails 2 baf pipe ./pipe.conf
	says '^baf pipe: ./pipe.conf: no command: '
	describe 'command=cat'
	fails 2 baf pipe ./pipe.conf
	says '^baf pipe: ./pipe.conf: no topic: '
	describe 'command=cat' 'from=,'
	fails 2 baf pipe ./pipe.conf
	says '^baf pipe: ./pipe.conf:2: from: no topic: '
	printf 'to=a\0b\n' >pipe.conf
	fails 2 baf pipe ./pipe.conf
	grep -q ':1: the file contains a NUL byte' err
}

@test "a name stands for a file of the system's folder; a file that is not there is told" {
	fails 2 baf pipe no-such-pipe
	says '^baf pipe: cannot read /etc/baf/pipes/no-such-pipe.conf: '
	fails 2 baf pipe ./no-such-file
	says '^baf pipe: cannot read ./no-such-file: '
	fails 2 baf pipe .
	usage_error 'no pipe' baf pipe
	usage_error "unexpected argument 'b': give one pipe" baf pipe a b
	usage_error 'not the name of a pipe' baf pipe a..b
}

@test "a description that may not be read is told as that" {
	as_root
	describe 'command=cat' 'to=a'
	chmod 600 pipe.conf
	fails 5 setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$(command -v baf)" pipe "$PWD/pipe.conf"
	says 'cannot read .*pipe.conf: '
}
