#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --tee: stdin goes to stdout as it came, and to the topic.

load helper

@test "--tee copies stdin to stdout byte for byte" {
	local framing
	choose_seed
	for framing in line nul len; do
		messages random $framing 2000 2000 "$seed" >input
		pubmsg --tee --framing=$framing -s 8M $framing <input | cmp - input
		submsg --drain --framing=$framing $framing >out
		messages convert $framing $framing <input | cmp - out
	done
	pubmsg --tee --framing=one -s 32M one <input | cmp - input
	pubmsg --tee --framing=raw -s 32M raw <input | cmp - input
}

@test "--tee adds no newline that was not there" {
	printf 'a\nb' >input
	pubmsg --tee t <input | cmp - input
	prints 'a\nb\n' submsg --drain t
}

@test "without --tee nothing goes to stdout" {
	prints '' pubmsg t < <(seq 1000)
}

@test "--tee passes each line on at once" {
	mkfifo input
	exec 7<>input
	spawn pubmsg --tee t <input >out
	local publisher=$pid
	say first
	wait_until '[[ -s out ]]'
	is 'first\n' out
	holds t 1
	finish
}

@test "--tee passes on what is too large for the topic" {
	{ echo a; head -c 10000 /dev/zero | tr '\0' x; echo; echo b; } >input
	pubmsg --tee -q --on-large=skip -s 4K t <input | cmp - input
	prints 'a\nb\n' submsg --drain t
}

@test "--tee goes on publishing when nobody reads stdout any more" {
	local status
	seq 500000 >numbers
	pubmsg --tee -s 16M t <numbers 2>err | head -n 1 >out && status=${PIPESTATUS[0]}
	is '1\n' out
	submsg --drain t | cmp - numbers
	((status == 0))
}

@test "--tee goes on publishing when stdout cannot be written" {
	pubmsg --tee t < <(seq 1000) >/dev/full 2>err || :
	seq 1000 | cmp - <(submsg --drain t)
	pubmsg --tee u < <(seq 1000) >&- 2>err || :
	seq 1000 | cmp - <(submsg --drain u)
}

@test "--tee into a dead pipe costs no CPU while nothing comes" {
	mkfifo pipe
	exec 5<>pipe
	mkfifo input
	exec 7<>input
	spawn pubmsg --tee t <input >pipe 2>err
	local publisher=$pid
	say first
	holds t 1
	exec 5<&-
	say second
	holds t 2
	sleeps "$publisher"
	finish
}

@test "--tee to a full stdout with O_NONBLOCK set by somebody else loses nothing" {
	seq 500000 >numbers
	"${nonblocking[@]}" 1 pubmsg --tee -s 16M t <numbers | { sleep 0.2; cmp - numbers; }
	submsg --drain t | cmp - numbers
}

@test "--tee in a pipeline gives the next program the same as without" {
	seq 100000 | pubmsg --tee first | pubmsg --tee second | cmp - <(seq 100000)
	submsg --drain first | cmp - <(submsg --drain second)
}
