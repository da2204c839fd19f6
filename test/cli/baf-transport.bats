#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What commands of baf do where the transport makes a difference: these tests run on topics of the
# kernel's, too.

load helper

@test "a topic that was created can be published to, and keeps its size and mode" {
	baf create --size=64K --mode=640 a
	[[ $(capacity a) == 65536 ]]
	[[ $(stat -c %a "$BAF_DIR/a") == 640 ]]
	pubmsg -m hello a
	[[ $(submsg --drain a) == hello ]]
	[[ $(capacity a) == 65536 ]]
	[[ $(stat -c %a "$BAF_DIR/a") == 640 ]]
}

@test "the publisher and the number of subscribers are told" {
	publisher a
	say one
	holds a 1
	spawn submsg a >out
	attached_to=$pid
	wait_until '[[ $(baf ls | cut -f 10) == 1 ]]'
	[[ $(baf ls | cut -f 1,2,11,12) == $'a\tpublishing\tpubmsg\t'$publisher ]]
	end "$attached_to"
	wait_until '[[ $(baf ls | cut -f 10) == 0 ]]'
	finish
	[[ $(baf ls | cut -f 1,2,11,12) == $'a\tidle\t-\t-' ]]
}

@test "what was published within the last second is the rate" {
	seq 1000 | pubmsg a
	# As much, or none of it once a second has gone by.
	wait_until '[[ $(baf ls | cut -f 9) == 0 ]]'
	seq 500 | pubmsg a
	rate=$(baf ls | cut -f 9)
	((rate == 500 || rate == 0))
}

@test "a look at a topic holds no publisher" {
	baf create -s 64K a
	spawn_job 'seq 200000 | pubmsg --patience=inf a'
	while alive "$pid"; do
		baf ls >out
		[[ $(cut -f 10 out) == 0 ]]
	done
	ends "$pid"
	[[ $(baf ls | cut -f 8) == 200000 ]]
}

@test "publisher and subscribers are told with what they have read and lost" {
	publisher --patience=0 -s 64K a
	say one
	holds a 1
	spawn submsg --observe a >observed
	observer=$pid
	spawn submsg a >taken
	reader=$pid
	wait_until '[[ $(baf info --json a | jq ".subscribers | length") == 2 ]]'
	say two
	wait_until '[[ $(cat taken observed) == $'\''two\ntwo'\'' ]]'
	wait_until 'baf info --json a | jq -e "all(.subscribers[]; .lag == 0)" >printed'
	baf info --json a >out
	jq -e --argjson publisher "$publisher" --argjson reader "$reader" \
		--argjson observer "$observer" '
		.publisher.pid == $publisher and .publisher.command == "pubmsg"
		and .patience == 0
		and (.subscribers | length == 2
			and all(.command == "submsg" and .received == 1 and .lost == 0)
			and any(.pid == $reader and .state == "attached")
			and any(.pid == $observer and .state == "observing"))' out
	baf info a >lines
	[[ $(grep -c '^subscriber	submsg	' lines) == 2 ]]
	grep -qx "publisher_pid	$publisher" lines
	script -qec 'baf info a' /dev/null | tr -d '\r' >table
	grep -q '^messages  *2$' table
	grep -Eq '^SUBSCRIBER +PID +UNIT' table
	grep -Eq "^submsg +$reader +- .* attached " table
	finish
}

@test "a subscriber that used the patience up shows as lapsed, with what it lost in the end" {
	baf create -s 64K a
	stalled_subscriber a
	attached a
	kill -STOP "$subscriber"
	seq 500000 | pubmsg --patience=1ms a
	baf info --json a | jq -e '.subscribers[0].state == "lapsed" and .subscribers[0].lag > 0
		and .lapses >= 1'
	kill -CONT "$subscriber"
	cat <&6 >all &
	copying=$!
	wait_until '[[ $(baf info --json a | jq ".subscribers[0] | .state == \"attached\"
		and .lag == 0 and .lost > 0 and .received + .lost == 500000") == true ]]'
	end "$subscriber"
	wait "$copying"
}

@test "it waits for a publisher" {
	baf create a
	waiter --publisher a
	submsg --drain a
	alive "$waiter"
	publisher a
	ends "$waiter"
	say one
	finish
	fails 124 baf wait --publisher --timeout=10ms a
	says '^baf wait: a: timed out: the topic has no publisher: start one'
}

@test "it waits for as many subscribers as were asked for" {
	waiter --subscribers=2 a
	spawn submsg a >one
	wait_until '[[ -e $BAF_DIR/a ]] || baf create a 2>/dev/null'
	baf wait --subscribers=1 a
	alive "$waiter"
	spawn submsg --observe a >two
	ends "$waiter"
	fails 124 baf wait --subscribers=3 -W 10ms a
	says '^baf wait: a: timed out with 2 of 3 subscribers'
}

@test "another size makes a new ring, and subscribers follow" {
	subscriber a
	pubmsg -m one a
	baf set --size=64K a
	[[ $(capacity a) == 65536 ]]
	pubmsg -m two a
	[[ $(capacity a) == 65536 ]]
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'one\ntwo\n' out
}

@test "another size is refused while a publisher has the topic" {
	publisher -s 64K a
	say one
	holds a 1
	fails 7 baf set --size=1M a
	says '^baf set: a: a publisher has the topic'
	[[ $(capacity a) == 65536 ]]
	finish
	baf set --size=1M a
	[[ $(capacity a) == $((1 << 20)) ]]
}

@test "a topic that a publisher has is not removed" {
	publisher a
	say one
	holds a 1
	fails 7 baf rm a
	says '^baf rm: a: a publisher has the topic .*: stop it'
	finish
	[[ $(submsg --drain a) == one ]]
	baf rm a
}

@test "a subscriber reads a topic that is removed to its end, and goes on with its successor" {
	subscriber a
	pubmsg -m one a
	baf rm a
	pubmsg -m two a
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'one\ntwo\n' out
}
