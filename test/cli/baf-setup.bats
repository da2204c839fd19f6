#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf setup

load helper

setup() {
	of_shared_memory # baf-machine has what is to be seen of the kernel's
	prepare
}

@test "owner and group are those that are declared, also for what belongs to the topic" {
	as_root
	declare_topics 'a owner=12345 group=23456 mode=660'
	baf setup topics.conf >out
	[[ $(stat -c %u:%g:%a "$BAF_DIR/a") == 12345:23456:660 ]]
	chmod 1777 "$BAF_DIR"
	local program
	program=$(realpath "$PUBMSG")
	cp "$program" "$shm/pubmsg"
	chmod 755 "$shm/pubmsg"
	setpriv --reuid=12345 --regid=12345 --clear-groups "$shm/pubmsg" -m hello a
	prints 'hello\n' submsg --drain a
}

@test "sizes count as they are rounded" {
	baf create --size=128K a
	declare_topics 'a size=100K'
	prints '' baf setup topics.conf
}

@test "what is not declared is left alone" {
	pubmsg --mode=604 -m kept other
	declare_topics a
	baf setup topics.conf >out
	prints 'kept\n' submsg --drain other
	[[ $(stat -c %a "$BAF_DIR/other") == 604 ]]
}

@test "--check says what differs, changes nothing, and ends with 1 as long as anything does" {
	baf create --size=64K --mode=600 a
	declare_topics 'a mode=640 size=128K' b
	fails 1 baf setup --check topics.conf
	silent
	is "a\tmode\t600\t640\na\tsize\t65536\t131072\nb\ttransport\t-\t$(transport)\n" out
	[[ $(stat -c %a "$BAF_DIR/a") == 600 && $(capacity a) == 65536 && ! -e $BAF_DIR/b ]]
	baf setup topics.conf >out
	prints '' baf setup --check topics.conf
}

@test "--check does not make the directory, and setting up does" {
	declare_topics a
	fails 1 baf setup --check --dir="$shm/new" topics.conf
	is 'a\ttransport\t-\tshared-memory\n' out
	never test -e "$shm/new"
	baf setup --dir="$shm/new" topics.conf >out
	[[ -e $shm/new/a && $(stat -c %a "$shm/new") == 700 ]]
}

@test "--json prints an object for each difference" {
	baf create --size=64K --mode=600 a
	declare_topics 'a mode=640 size=128K' b
	fails 1 baf setup --check --json topics.conf
	jq -es --arg transport "$(transport)" '. == [
		{topic: "a", setting: "mode", from: "600", to: "640"},
		{topic: "a", setting: "size", from: 65536, to: 131072},
		{topic: "b", setting: "transport", from: null, to: $transport}]' out
}

@test "a bad line is told with file and number, all of them are, and nothing is made" {
	declare_topics good '-bad' 'a size=1X' 'b colour=red' good
	fails 1 baf setup topics.conf
	silent out
	grep -q "^baf setup: topics.conf:2: '-bad' is not a topic name: give " err
	grep -q '^baf setup: topics.conf:3: size=1X: give a number of bytes, ' err
	grep -q "^baf setup: topics.conf:4: unknown setting 'colour': give size, " err
	grep -q "^baf setup: topics.conf:5: 'good' is already declared in topics.conf:1: " err
	[[ $(wc -l <err) == 4 ]]
	find "$BAF_DIR" -mindepth 1 | nothing
}

@test "declarations come from stdin, too" {
	echo 'a mode=604' | baf setup - >out
	[[ $(stat -c %a "$BAF_DIR/a") == 604 ]]
	fails 1 baf setup - <<<'a mode=9'
	says '^baf setup: stdin:1: mode=9: give octal digits'
}

@test "a file that is not there, or cannot be read, is told" {
	fails 1 baf setup no-such-file
	says '^baf setup: no-such-file: cannot be opened: No such file'
	fails 1 baf setup .
	says '^baf setup: \.: cannot be read: Is a directory'
}

@test "devices of a module that is not loaded are told, and nothing is made" {
	[[ ! -e /dev/fanout && ! -e /dev/fanout0 ]] || skip "this machine has the module"
	declare_topics a 'b transport=device' 'c transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: no fanout device exists: .*modprobe fanout numberofdevs=2'
	find "$BAF_DIR" -mindepth 1 | nothing
}

@test "what stands in a topic's place is told and left, and the others are made" {
	echo precious >"$BAF_DIR/a"
	ln -s a "$BAF_DIR/b"
	declare_topics a b c
	fails 1 baf setup topics.conf
	grep -q '^baf setup: a: .*damaged or not a topic' err
	grep -q '^baf setup: b: a symbolic link' err
	[[ $(wc -l <err) == 2 && -e $BAF_DIR/c ]]
	is 'precious\n' "$BAF_DIR/a"
	[[ $(readlink "$BAF_DIR/b") == a ]]
}

@test "without permission it ends with 5" {
	as_root
	chmod 755 "$BAF_DIR"
	cp "$(realpath "$BAF")" "$shm/baf"
	chmod 755 "$shm/baf"
	echo a | fails 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$shm/baf" setup -
	says '^baf setup: a: no permission'
}

@test "wrong arguments are told" {
	usage_error "unexpected argument 'b': give one file" baf setup a b
	usage_error 'unknown or ambiguous option --chekc' baf setup --chekc
}

@test "without a file, what /etc/baf declares is made in /dev/baf" {
	mkdir -p conf/topics.conf.d
	echo 'a size=64K' >conf/topics.conf
	echo 'b mode=604' >conf/topics.conf.d/b.conf
	echo 'no topic' >conf/topics.conf.d/README
	as_the_system '
		baf setup >out
		pubmsg --dir=/dev/baf -m hello a
		submsg --system --drain a >got
		stat -c %a /dev/baf/b >mode
		BAF_DIR=$PWD/own baf setup >own-out
		baf setup >again'
	is 'a\ttransport\t-\tshared-memory\nb\ttransport\t-\tshared-memory\n' out
	is 'hello\n' got
	is '604\n' mode
	silent again
	[[ -e own/a && -e own/b ]]
}

@test "files of the folder alone are enough, and one topic may be in one of them only" {
	mkdir -p conf/topics.conf.d
	echo a >conf/topics.conf.d/1.conf
	as_the_system 'baf setup >out'
	is 'a\ttransport\t-\tshared-memory\n' out
	echo a >conf/topics.conf.d/2.conf
	fails 1 as_the_system 'baf setup'
	local folder=/etc/baf/topics.conf.d
	says "^baf setup: $folder/2.conf:1: 'a' is already declared in $folder/1.conf:1"
}

@test "that nothing is declared, and that there is no /dev/baf, is told with what to do" {
	fails 1 as_the_system 'baf setup'
	says '^baf setup: no topics are declared: write /etc/baf/topics.conf'
	: >conf/topics.conf
	prints '' as_the_system 'baf setup'
	fails 1 as_the_system 'umount /dev/baf; rmdir /dev/baf; baf setup'
	says '^baf setup: /dev/baf: no such directory: .*systemctl start dev-baf.mount'
}
