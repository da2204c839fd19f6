#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the original programs of this name got wrong, one test each.

load helper

@test "1: files of locks and lists are not taken for topics, neither by submsg nor by -e" {
	of_shared_memory
	publisher t
	say x
	holds t 1
	[[ $(find "$BAF_DIR" -type f | wc -l) -gt 1 ]]
	fails 0 submsg --drain
	is 'x\n' out
	silent
	fails 0 submsg --drain -e other
	is 'x\n' out
	silent
	finish
}

@test "2: 'submsg a b' and 'submsg a,b' both work" {
	pubmsg -m one a
	pubmsg -m two b
	[[ $(submsg --drain a b | sort) == $'one\ntwo' ]]
	[[ $(submsg --drain a,b | sort) == $'one\ntwo' ]]
}

@test "3: a subscriber that was overrun resumes on a whole message" {
	spawn pubmsg -s 4K --wait-subs=1 --patience=0 t < <(yes 'one whole line' | head -n 300000)
	local publisher=$pid
	stalled_subscriber -q --eof t
	ends "$publisher"
	cat <&6 >out
	ends "$subscriber"
	[[ $(sort -u out) == 'one whole line' ]]
	(($(wc -l <out) < 300000))
}

@test "4: a line of more than a quarter of the ring is one message" {
	head -c 1900 /dev/zero | tr '\0' x >line
	pubmsg -s 4K t <line
	[[ $(submsg --drain -F '%n ' t) == '1900 ' ]]
}

@test "5: a slow service does not make submsg grow" {
	spawn pubmsg -s 64K --wait-subs=1 --patience=1s t \
		< <(yes 'one whole line' | head -n 5000000)
	local publisher=$pid
	stalled_subscriber -q t
	ends "$publisher"
	(($(awk '$1 == "RssAnon:" { print $2 }' "/proc/$subscriber/status") < 32 * 1024))
	exec 6<&-
	ends "$subscriber" 141
}

@test "6: submsg has clean ends" {
	pubmsg -m x t
	submsg --drain t
	submsg --from=oldest --eof t
	submsg --from=oldest -n 1 t
}

@test "7: a last line without a newline and empty lines are messages" {
	printf 'a\n\nb' | pubmsg t
	prints 'a\n\nb\n' submsg --drain t
}

@test "8: publishing needs no root" {
	as_root
	local programs status=0
	programs=$(mktemp -d "${TMPDIR:-/tmp}/baf-test.XXXXXXXX")
	chmod 755 "$programs"
	cp "$(realpath "$PUBMSG")" "$programs/pubmsg"
	chmod 777 "$BAF_DIR"
	setpriv --reuid=1234567890 --regid=1234567890 --clear-groups \
		"$programs/pubmsg" -m x t || status=$?
	rm -r "$programs"
	((status == 0))
	prints 'x\n' submsg --drain t
}

@test "9: status texts do not go to stdout" {
	pubmsg -v --stats -m x t >out 2>err
	silent out
	submsg -v --stats --drain t >out 2>err
	is 't\tx\n' out
}

@test "10: either end may start first" {
	ready_subscriber t
	pubmsg -m x t
	wait_until '[[ -s out ]]'
	pubmsg -m y u
	prints 'y\n' submsg --drain u
}

@test "11: the topic of a merged message can be told" {
	pubmsg -m one a
	pubmsg -m two b
	[[ $(submsg --drain -v 2>/dev/null | sort) == $'a\tone\nb\ttwo' ]]
}
