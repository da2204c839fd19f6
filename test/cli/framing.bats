#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How stdin splits into messages, and how messages are put together on stdout.

load helper

# every_output FROM COUNT LONGEST: random messages that were published with one framing come out
# right with all of them.
every_output() {
	local from=$1 to
	choose_seed
	messages random "$from" "$2" "$3" "$seed" >input
	pubmsg --framing="$from" t <input
	for to in line nul len raw one; do
		messages convert "$from" "$to" <input >expected
		submsg --drain --framing="$to" t >actual
		cmp expected actual || { echo "from $from to $to"; return 1; }
	done
}

@test "lines come out right in every framing" {
	every_output line 800 3000
}

@test "NUL-delimited messages come out right in every framing" {
	every_output nul 800 3000
}

@test "messages behind their length come out right in every framing" {
	every_output len 800 3000
}

@test "what one read gave comes out right in every framing" {
	every_output raw 1 3000
}

@test "a whole file as one message comes out right in every framing" {
	every_output one 1 1500000
}

@test "-0 is --framing=nul on both ends" {
	printf 'a\nb\0c' | pubmsg -0 t
	prints 'a\nb\0c\0' submsg --drain -0 t
	prints 'a\nb\0c\0' submsg --drain --framing=nul t
}

@test "the default is a line a message on both ends" {
	printf 'a\nb\n' | pubmsg t
	prints '\0\0\0\1a\0\0\0\1b' submsg --drain --framing=len t
	prints 'a\nb\n' submsg --drain t
}

@test "every byte from 0 to 255 passes unchanged" {
	python3 -S -c 'import sys; sys.stdout.buffer.write(bytes(range(256)))' >bytes
	pubmsg lines <bytes
	submsg --drain lines | head -c 256 | cmp - bytes
	pubmsg -0 nul <bytes
	submsg --drain -0 nul | head -c 256 | cmp - bytes
	pubmsg --framing=one one <bytes
	submsg --drain --framing=raw one | cmp - bytes
	pubmsg --framing=raw raw <bytes
	submsg --drain --framing=raw raw | cmp - bytes
	{ printf '\0\0\1\0'; cat bytes; } >with_length
	pubmsg --framing=len len <with_length
	submsg --drain --framing=len len | cmp - with_length
}

@test "a last line without a newline is a message" {
	printf 'a\nb' | pubmsg t
	prints 'a\nb\n' submsg --drain t
}

@test "a last NUL-delimited message without a NUL is a message" {
	printf 'a\0b' | pubmsg -0 t
	prints 'a\0b\0' submsg --drain -0 t
}

@test "an empty line is an empty message" {
	printf '\n\na\n\n' | pubmsg t
	prints '\n\na\n\n' submsg --drain t
	prints '\0\0\0\0\0\0\0\0\0\0\0\1a\0\0\0\0' submsg --drain --framing=len t
}

@test "an empty message passes in all framings that can hold one" {
	printf '\0\0\0\0' | pubmsg --framing=len t
	printf '\0' | pubmsg -0 t
	printf '\n' | pubmsg t
	pubmsg -m '' t
	prints '\n\n\n\n' submsg --drain t
}

@test "empty input publishes nothing, whatever the framing" {
	local framing
	for framing in line nul len raw one; do
		pubmsg --framing=$framing t </dev/null
	done
	prints '' submsg --drain -J t
}

@test "a carriage return belongs to the message" {
	printf 'a\r\nb\r\n' | pubmsg t
	prints '\0\0\0\2a\r\0\0\0\2b\r' submsg --drain --framing=len t
}

@test "input of lengths that ends within a length is an error, and what came before is published" {
	printf '\0\0\0\1a\0\0\0' >input
	fails 1 pubmsg --framing=len t <input
	says '^pubmsg: .*length'
	prints 'a\n' submsg --drain t
}

@test "input of lengths that ends within a message is an error, and what came before is published" {
	printf '\0\0\0\1a\0\0\0\3bc' >input
	fails 1 pubmsg --framing=len t <input
	says '^pubmsg: .*ended'
	prints 'a\n' submsg --drain t
}

@test "a length that no ring can hold is an error that comes without an attempt to read so much" {
	printf '\0\0\0\1a\377\377\377\377' >input
	fails 6 pubmsg --framing=len t <input
	says '^pubmsg: t: .*4294967295'
	prints 'a\n' submsg --drain t
}

@test "input of lengths goes on behind a message that was too large" {
	{ printf '\0\1\0\0'; head -c 65536 /dev/zero; printf '\0\0\0\1b'; } >input
	pubmsg --framing=len --on-large=skip -q -s 4K t <input
	prints 'b\n' submsg --drain t
}

@test "with raw input each read is a message" {
	publisher --framing=raw t
	env printf 'ab\ncd' >&7 # in one piece, as bash's own does not
	holds t 1
	printf 'ef\n' >&7
	holds t 2
	finish
	prints '\0\0\0\5ab\ncd\0\0\0\3ef\n' submsg --drain --framing=len t
}

@test "with --framing=one all of stdin is one message, in however many pieces it comes" {
	publisher --framing=one t
	local i
	for i in 1 2 3; do
		say "piece $i"
		wait_until '[[ $(python3 -S -c "
import array, fcntl, termios
n = array.array(\"i\", [0])
fcntl.ioctl(7, termios.FIONREAD, n)
print(n[0])") == 0 ]]'
	done
	prints '' submsg --drain t
	finish
	prints '\0\0\0\x18piece 1\npiece 2\npiece 3\n' submsg --drain --framing=len t
}

@test "submsg --framing=one ends after the first message, with nothing added" {
	spawn submsg --framing=one t >out 2>err
	local subscriber=$pid
	publisher --wait-subs=1 t
	say first
	ends "$subscriber"
	is 'first' out
	silent
	finish
}

@test "submsg --framing=raw writes the messages and nothing else" {
	printf 'a\nb\nc\n' | pubmsg t
	prints 'abc' submsg --drain --framing=raw t
}

@test "-m publishes its text as one message, with newlines and without an end added" {
	pubmsg -m $'two\nlines' t
	prints '\0\0\0\x09two\nlines' submsg --drain --framing=len t
}

@test "-m may be repeated: one message each, in order" {
	pubmsg -m a --message=b -m '' -m c t
	prints 'a\nb\n\nc\n' submsg --drain t
}

@test "-m does not read stdin" {
	printf 'one\ntwo\n' | while read -r line; do
		pubmsg -m "<$line>" t
	done
	prints '<one>\n<two>\n' submsg --drain t
}

@test "messages of all framings share a topic, in order" {
	printf 'a\nb\n' | pubmsg t
	printf 'c\0d\0' | pubmsg -0 t
	printf '\0\0\0\1e\0\0\0\1f' | pubmsg --framing=len t
	printf 'g' | pubmsg --framing=one t
	pubmsg -m h t
	prints 'a\nb\nc\nd\ne\nf\ng\nh\n' submsg --drain t
	prints 'a\0b\0c\0d\0e\0f\0g\0h\0' submsg --drain -0 t
	prints 'abcdefgh' submsg --drain --framing=raw t
}
