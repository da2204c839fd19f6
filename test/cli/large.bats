#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Messages up to half the ring, and what becomes of larger ones.

load helper

# What a ring of one page takes: half of it less a record header.
limit=$((4096 / 2 - 24))

# line SIZE: a line of that many bytes and a newline.
line() {
	head -c "$1" /dev/zero | tr '\0' "${2:-x}"
	echo
}

@test "a message of a megabyte arrives whole" {
	head -c 1000000 /dev/urandom >input
	pubmsg --framing=one t <input
	submsg --drain --framing=raw t | cmp - input
}

@test "a message of 64 megabytes arrives whole, live" {
	head -c 67108864 /dev/urandom >input
	spawn pubmsg --framing=one -s 256M --wait-subs=1 t <input
	local publisher=$pid
	submsg --framing=one t | cmp - input
	ends "$publisher"
}

@test "a line of 20 megabytes arrives whole" {
	{ line 20000000; echo end; } >input
	pubmsg -s 64M t <input
	submsg --drain t | cmp - input
}

@test "lines around the sizes of buffers and pipes arrive whole" {
	local size
	for size in 4095 4096 4097 65535 65536 65537 131071 131072 131073 262143 262144 262145 \
		524287 1048575 1048576 1048577; do
		line $size
		echo $size
	done >input
	pubmsg -s 64M t <input
	submsg --drain t | cmp - input
	pubmsg -s 64M u < <(cat input)
	submsg --drain u | cmp - input
}

@test "a message of exactly the limit is accepted, one byte more is not" {
	line $limit >input
	pubmsg -s 4K t <input
	submsg --drain t | cmp - input
	line $((limit + 1)) >larger
	fails 6 pubmsg -s 4K t <larger
	pubmsg -s 4K -m "$(<input)" t
	fails 6 pubmsg -s 4K -m "$(<larger)" t
	submsg --drain --last=1 t | cmp - input
}

@test "the error names the size, the limit and a --size that is sufficient" {
	{ echo before; line 10000; echo behind; } >input
	fails 6 pubmsg -s 4K t <input
	says '^pubmsg: t: .*10000'
	grep -q "$limit" err
	prints 'before\n' submsg --drain t
	local size
	size=$(sed -nE 's/.*--size=([0-9]+[KMG]?).*/\1/p' err)
	pubmsg -s "$size" u <input
	submsg --drain u | cmp - input
}

@test "the --size that the error names is sufficient for messages of many sizes" {
	local length size
	for length in 2025 4000 4072 4073 8168 8169 100000 131048 131049 2097128 2097129 5000000; do
		line "$length" >input
		fails 6 pubmsg -s 4K t <input
		size=$(sed -nE 's/.*--size=([0-9]+[KMG]?).*/\1/p' err)
		pubmsg -s "$size" "u$length" <input
		submsg --drain "u$length" | cmp - input
		rm "$BAF_DIR/u$length"
	done
}

@test "--on-large=fail is the default" {
	line 10000 >input
	fails 6 pubmsg -s 4K --on-large=fail t <input
	prints '' submsg --drain t
}

@test "--on-large=fail publishes everything before the message" {
	{ seq 300; line 10000; echo behind; } >input
	fails 6 pubmsg -s 4K --wait-subs=0 t <input
	submsg --drain t >out
	[[ $(tail -n 1 out) == 300 ]]
	contiguous out
}

@test "--on-large=truncate publishes as much of its beginning as fits" {
	{ echo a; line 10000; echo b; line 5000 y; echo c; } >input
	fails 0 pubmsg -s 16K --on-large=truncate t <input
	submsg --drain t >out
	{ echo a; line $((8192 - 24)); echo b; line 5000 y; echo c; } | cmp - out
}

@test "--on-large=skip leaves the message out" {
	{ echo a; line 10000; echo b; line 5000; echo c; } >input
	fails 0 pubmsg -s 4K --on-large=skip t <input
	prints 'a\nb\nc\n' submsg --drain t
}

@test "--on-large=split publishes several messages that make up the whole" {
	{ echo a; line 10000; echo b; } >input
	fails 0 pubmsg -s 16K --on-large=split t <input
	submsg --drain --framing=raw t >out
	tr -d '\n' <input | cmp - out
	[[ $(submsg --drain -F '%n\n' t | tr '\n' ' ') == "1 8168 1832 1 " ]]
}

@test "large messages of all sources are treated alike" {
	local policy topic
	head -c 10000 /dev/zero | tr '\0' x >text
	{ printf '\0\0\x27\x10'; cat text; } >len
	for policy in truncate:8168- split:8168-1832- skip:; do
		set -- pubmsg -q -s 16K --on-large="${policy%:*}"
		"$@" by_line <text
		"$@" -0 by_nul <text
		"$@" --framing=len by_len <len
		"$@" --framing=one by_one <text
		"$@" -m "$(<text)" by_text
		for topic in by_line by_nul by_len by_one by_text; do
			prints "${policy#*:}" submsg --drain -F '%n-' $topic
			pubmsg --rm $topic </dev/null
		done
	done
}

@test "large messages are warned of once, with their number at the end" {
	local policy
	for policy in truncate split skip; do
		for _ in {1..5}; do
			line 10000
			echo x
		done >input
		fails 0 pubmsg -s 4K --on-large=$policy t <input
		[[ $(wc -l <err) == 2 ]]
		grep -q '^pubmsg: t: .*10000' err
		tail -n 1 err | grep -qE '^pubmsg: t: .*\b5 messages'
	done
}

@test "-q says nothing about large messages that were dealt with" {
	line 10000 >input
	fails 0 pubmsg -q -s 4K --on-large=skip t <input
	silent
}

@test "a large line that never ends does not make pubmsg grow without limit" {
	spawn pubmsg -q --on-large=skip -s 64K t < <(exec head -c 300000000 /dev/zero)
	local resident
	wait_until '(($(sed -n "s/^rchar: //p" "/proc/$pid/io") > 100000000))'
	resident=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status")
	echo "resident: $resident KiB"
	((resident < 32 * 1024))
	ends "$pid"
}

@test "raw input larger than the ring takes is cut where reads are cut" {
	head -c 300000 /dev/urandom >input
	pubmsg --framing=raw -s 4M t <input
	submsg --drain --framing=raw t | cmp - input
}

@test "--size is rounded up to a power of two and to a page" {
	local size
	for size in 1:4096 4096:4096 4097:8192 5K:8192 100K:131072 1M:1048576 3M:4194304; do
		pubmsg --rm -s 4K t </dev/null
		pubmsg -s "${size%:*}" -m x t
		[[ $(capacity t) == "${size#*:}" ]]
		pubmsg --rm t </dev/null
	done
	pubmsg -m x t
	[[ $(capacity t) == $((4 << 20)) ]]
}
