#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# -J is valid JSON whatever the bytes; jq and Python's strict parser are the judges.

load helper

# as_base64 'BYTES': a message of these bytes (for printf) is no UTF-8 and comes as base64.
as_base64() {
	printf '%b' "$1" >bytes
	pubmsg --framing=one t <bytes
	submsg --drain --last=1 -J t >out
	jq -e 'has("message") | not' out >/dev/null || { echo "taken for UTF-8: $1"; return 1; }
	jq -r .message_base64 out | base64 -d | cmp - bytes
}

# as_text 'BYTES': a message of these bytes is UTF-8 and comes as a string.
as_text() {
	printf '%b' "$1" >bytes
	pubmsg --framing=one t <bytes
	submsg --drain --last=1 -J t >out
	jq -e 'has("message_base64") | not' out >/dev/null ||
		{ echo "not taken for UTF-8: $1"; return 1; }
	messages json raw <out | cmp - bytes
}

@test "a message is an object with topic, sequence, time and message" {
	pubmsg -m zero a.b
	pubmsg -m 'one "quoted" \ text' a.b
	submsg --drain -J a.b >out
	[[ $(wc -l <out) == 2 ]]
	[[ $(jq -c 'keys_unsorted' out | uniq) == '["topic","sequence","time","message"]' ]]
	jq -es '.[0].topic == "a.b" and .[0].sequence == 0 and .[0].message == "zero"
		and .[1].topic == "a.b" and .[1].sequence == 1
		and .[1].message == "one \"quoted\" \\ text"' out
	jq -er .time out |
		grep -xE '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z'
}

@test "the time is that of publishing" {
	local before after
	before=$(date +%s%N)
	pubmsg -m x t
	after=$(date +%s%N)
	time=$(date -d "$(submsg --drain -J t | jq -r .time)" +%s%N)
	((before <= time && time <= after))
}

@test "sequence numbers count the messages of a topic from 0" {
	seq 0 999 | pubmsg t
	seq 1000 1999 | pubmsg t
	pubmsg -m 2000 t
	submsg --drain -J t >out
	accounts out 2001
	submsg --drain --last=700 -J t | jq .sequence | cmp - <(seq 1301 2000)
}

@test "an empty message is an empty string" {
	pubmsg -m '' t
	submsg --drain -J t | jq -e '.message == ""'
}

@test "every single byte makes valid JSON and comes back" {
	python3 -S -c '
import sys
for byte in range(256):
    sys.stdout.buffer.write(bytes((0, 0, 0, 1, byte)))' >input
	pubmsg --framing=len t <input
	submsg --drain -J t >out
	[[ $(jq -s length out) == 256 ]]
	messages json len <out | cmp - input
	jq -es '[.[:128][] | has("message")] | all' out
	jq -es '[.[128:][] | has("message_base64")] | all' out
}

@test "every pair of bytes makes valid JSON and comes back" {
	python3 -S -c '
import sys
for first in range(256):
    for second in range(256):
        sys.stdout.buffer.write(bytes((0, 0, 0, 2, first, second)))' >input
	pubmsg --framing=len t <input
	submsg --drain -J t >out
	[[ $(jq -n '[inputs.topic] | length' out) == 65536 ]]
	messages json len <out | cmp - input
	# 128 * 128 of ASCII and 30 * 64 of two bytes are UTF-8.
	[[ $(grep -c '"message":' out) == $((128 * 128 + 30 * 64)) ]]
}

@test "UTF-8 of all lengths comes as text" {
	as_text 'plain'
	as_text '\xc2\x80' # U+0080
	as_text '\xdf\xbf' # U+07FF
	as_text '\xe0\xa0\x80' # U+0800
	as_text '\xed\x9f\xbf' # U+D7FF
	as_text '\xee\x80\x80' # U+E000
	as_text '\xef\xbf\xbf' # U+FFFF
	as_text '\xf0\x90\x80\x80' # U+10000
	as_text '\xf4\x8f\xbf\xbf' # U+10FFFF
	as_text '\xe2\x80\xa8\xe2\x80\xa9' # U+2028 U+2029
	as_text 'a\x00b'
	as_text 'gr\xc3\xbc\xc3\x9fe \xf0\x9f\x90\xa7'
}

@test "bytes that are no UTF-8 come as base64" {
	as_base64 '\x80' # a continuation of nothing
	as_base64 'a\xbf'
	as_base64 '\xc3' # cut off
	as_base64 '\xe2\x82'
	as_base64 '\xf0\x9f\x90'
	as_base64 '\xc3x'
	as_base64 '\xe2\x82x'
	as_base64 '\xc0\x80' # overlong
	as_base64 '\xc1\xbf'
	as_base64 '\xe0\x9f\xbf'
	as_base64 '\xf0\x8f\xbf\xbf'
	as_base64 '\xed\xa0\x80' # surrogates
	as_base64 '\xed\xbf\xbf'
	as_base64 '\xf4\x90\x80\x80' # beyond U+10FFFF
	as_base64 '\xf5\x80\x80\x80'
	as_base64 '\xf8\x88\x80\x80\x80'
	as_base64 '\xfe\xff'
}

@test "base64 of all lengths is padded as it should be" {
	as_base64 '\xff'
	as_base64 '\xff\xfe'
	as_base64 '\xff\xfe\xfd'
	as_base64 '\xff\xfe\xfd\xfc'
}

@test "random messages make valid JSON and come back" {
	choose_seed
	messages random len 2000 2000 "$seed" >input
	pubmsg --framing=len -s 16M t <input
	submsg --drain -J t >out
	[[ $(jq -n '[inputs.topic] | length' out) == 2000 ]]
	messages json len <out | cmp - input
}

@test "random text with all kinds of characters makes valid JSON and comes back" {
	choose_seed
	python3 -S -c '
import random, struct, sys
generator = random.Random(int(sys.argv[1]))
limits = (0x20, 0x80, 0x800, 0xd800, 0x110000)
for _ in range(1000):
    characters = []
    for _ in range(generator.randrange(50)):
        code = generator.randrange(generator.choice(limits))
        characters.append(chr(code) if not 0xd800 <= code < 0xe000 else "x")
    message = "".join(characters).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(message)) + message)' "$seed" >input
	pubmsg --framing=len t <input
	submsg --drain -J t >out
	jq -en '[inputs | has("message")] | all and length == 1000' out
	messages json len <out | cmp - input
}

@test "a message of a megabyte is one object on one line" {
	head -c 1000000 /dev/urandom >input
	pubmsg --framing=one t <input
	submsg --drain -J t >out
	[[ $(wc -l <out) == 1 ]]
	messages json raw <out | cmp - input
}

@test "each object is a line, whatever --framing says" {
	pubmsg -m x t
	submsg --drain -J t >expected
	for framing in line nul len raw; do
		submsg --drain -J --framing=$framing t | cmp - expected
	done
	[[ $(tail -c 1 expected | od -An -c | tr -d ' ') == '\n' ]]
}

@test "--json is -J" {
	pubmsg -m x t
	submsg --drain --json t | cmp - <(submsg --drain -J t)
}
