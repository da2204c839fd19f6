#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# -F, -v and --ts: what stands around a message.

load helper

setup() {
	prepare
	pubmsg -m first a.b
	pubmsg -m $'se\tco\nnd' a.b
}

timestamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z'

@test "%t is the topic" {
	prints 'a.b\na.b\n' submsg --drain -F '%t\n' a.b
}

@test "%m is the message, byte for byte" {
	prints '<first><se\tco\nnd>' submsg --drain -F '<%m>' a.b
	head -c 100000 /dev/urandom >bytes
	pubmsg --framing=one binary <bytes
	submsg --drain -F %m binary | cmp - bytes
}

@test "%s is the sequence number" {
	prints '0 1 ' submsg --drain -F '%s ' a.b
	prints '1 ' submsg --drain --last=1 -F '%s ' a.b
}

@test "%n is the size in bytes" {
	pubmsg -m '' a.b
	prints '5 8 0 ' submsg --drain -F '%n ' a.b
}

@test "%T is the time of publishing" {
	submsg --drain -F '%T\n' a.b | cmp - <(submsg --drain -J a.b | jq -r .time)
	[[ $(submsg --drain -F '%T\n' a.b | grep -cxE "$timestamp") == 2 ]]
}

@test "%e is the time of publishing in seconds since the epoch" {
	local seconds time
	submsg --drain -F '%e %T\n' a.b >out
	[[ $(wc -l <out) == 2 ]]
	while read -r seconds time; do
		[[ $seconds =~ ^[0-9]+\.[0-9]{9}$ ]]
		[[ $(date -d "$time" +%s.%N) == "$seconds" ]]
	done <out
}

@test "%j is the object of -J" {
	submsg --drain -F '%j\n' a.b | cmp - <(submsg --drain -J a.b)
	submsg --drain -F '[%j,%j]\n' a.b | jq -e '.[0] == .[1]'
}

@test "%% is a percent sign" {
	prints '100%% 100%% ' submsg --drain -F '100%% ' a.b
	prints '%%m%%m' submsg --drain -F '%%m' a.b
}

@test "escapes are newline, return, tab, NUL and backslash" {
	prints '\n\r\t\0\\\n\r\t\0\\' submsg --drain -F '\n\r\t\0\\' a.b
}

@test "nothing is added to a format" {
	prints 'xx' submsg --drain -F x a.b
	prints '' submsg --drain -F '' a.b
}

@test "directives may be mixed" {
	prints 'a.b 0 5 first 100%%\na.b 1 8 se\tco\nnd 100%%\n' \
		submsg --drain --format='%t %s %n %m 100%%\n' a.b
}

@test "text of a format passes unchanged, whatever its bytes" {
	prints 'grün \xff"\n' submsg --drain --last=1 -F $'gr\xc3\xbcn \xff"\n' a.b
}

@test "an unknown directive is refused by name" {
	usage_error '%x' submsg --drain -F '%t %x' a.b
	usage_error '%' submsg --drain -F 'ends in %' a.b
	usage_error '\\y' submsg --drain -F 'a\yb' a.b
	usage_error '\\' submsg --drain -F 'ends in \' a.b
}

@test "-v prints the topic and a tab before each message" {
	submsg --drain -v a.b 2>/dev/null >out
	is 'a.b\tfirst\na.b\tse\tco\nnd\n' out
	submsg --drain --verbose -0 a.b 2>/dev/null >out
	is 'a.b\tfirst\0a.b\tse\tco\nnd\0' out
}

@test "-v with lengths counts the topic in" {
	submsg --drain -v --framing=len --last=1 a.b 2>/dev/null >out
	is '\0\0\0\x0ca.b\tse\tco\nnd' out
}

@test "--ts prints the time of publishing and a tab before each message" {
	submsg --drain --ts a.b | cmp - <(submsg --drain -F '%T\t%m\n' a.b)
}

@test "--ts with -v prints the time, the topic, the message" {
	submsg --drain --ts -v a.b 2>/dev/null | cmp - <(submsg --drain -F '%T\t%t\t%m\n' a.b)
	submsg --drain -v --ts a.b 2>/dev/null | cmp - <(submsg --drain -F '%T\t%t\t%m\n' a.b)
}

@test "decorated messages of a batch are each decorated" {
	seq 0 9999 | pubmsg numbers
	seq 0 9999 | sed 's/^/numbers\t/' | cmp - <(submsg --drain -v numbers 2>/dev/null)
	seq 0 9999 | sed 's/.*/& &/' | cmp - <(submsg --drain -F '%s %m\n' numbers)
}
