#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What baf setup and baf doctor do where the transport makes a difference: these tests run on topics
# of the kernel's, too.

load helper

# with_devices: the test needs the module, and a directory that can hold links to its devices.
with_devices() {
	[[ -c /dev/fanout ]] || skip "needs the module fanout"
	BAF_DIR=$shm/links
	mkdir "$BAF_DIR"
}

@test "what is declared is made, and can be used" {
	declare_topics '# of this test' '' 'a size=64K mode=640' '	b  # as it comes' \
		'c mode=600'
	baf setup topics.conf >out
	[[ $(capacity a) == 65536 && $(capacity b) == $((4 << 20)) ]]
	[[ $(stat -c %a "$BAF_DIR/a") == 640 && $(stat -c %a "$BAF_DIR/c") == 600 ]]
	pubmsg -m hello a
	prints 'hello\n' submsg --drain a
	local made
	made="transport\t-\t$(transport)\n"
	is "a\t${made}b\t${made}c\t$made" out
}

@test "a second time changes nothing, and says nothing" {
	declare_topics 'a size=64K mode=640' 'b'
	baf setup topics.conf >out
	pubmsg -m kept a
	prints '' baf setup topics.conf
	prints '' baf setup --check topics.conf
	prints 'kept\n' submsg --drain a
}

@test "mode, owner and group that differ are set, and the messages stay" {
	as_root
	pubmsg -m kept a
	chmod 600 "$BAF_DIR/a"
	declare_topics 'a mode=644 owner=12345 group=23456'
	prints 'a\tmode\t600\t644\na\towner\troot\t12345\na\tgroup\troot\t23456\n' \
		baf setup topics.conf
	[[ $(stat -c %u:%g:%a "$BAF_DIR/a") == 12345:23456:644 ]]
	prints 'kept\n' submsg --drain a
}

@test "a topic of another size is replaced, and its subscribers follow" {
	pubmsg -s 64K -m before a
	subscriber --from=oldest -n 2 a
	declare_topics 'a size=128K'
	prints 'a\tsize\t65536\t131072\n' baf setup topics.conf
	pubmsg -m after a
	ends "$subscriber"
	is 'before\nafter\n' out
}

@test "a size that cannot be changed under a publisher is told, and all else is done" {
	publisher -s 64K a
	say x
	holds a 1
	declare_topics 'a size=128K mode=604' 'b'
	fails 1 baf setup topics.conf
	says '^baf setup: a: a publisher has the topic: stop it'
	grep -q '^a.mode.' out
	[[ $(stat -c %a "$BAF_DIR/a") == 604 && $(capacity a) == 65536 && -e $BAF_DIR/b ]]
	finish
	prints 'a\tsize\t65536\t131072\n' baf setup topics.conf
}

@test "a declared transport that the directory does not have is told, and nothing is made" {
	if [[ $(transport) == kernel ]]; then
		declare_topics a 'b transport=shared-memory'
		fails 1 baf setup topics.conf
		says '^baf setup: topics.conf:2: transport=shared-memory, but .*'\
' is a fanout file system: '
	else
		declare_topics a 'b transport=kernel'
		fails 1 baf setup topics.conf
		says '^baf setup: topics.conf:2: transport=kernel, but .*: mount one there'\
' .mount -t fanout '
	fi
	find "$BAF_DIR" -mindepth 1 | nothing
	declare_topics "a transport=$(transport)"
	baf setup topics.conf >out
	[[ -e $BAF_DIR/a ]]
}

@test "devices are links in the order of their declarations, and programs use them as topics" {
	with_devices
	declare_topics 'z transport=device' shared 'a transport=device'
	local links='z\tdevice\t-\t/dev/fanout\na\tdevice\t-\t/dev/fanout1\n'
	prints "shared\ttransport\t-\tshared-memory\n$links" baf setup topics.conf
	[[ $(readlink "$BAF_DIR/z") == /dev/fanout && $(readlink "$BAF_DIR/a") == /dev/fanout1 ]]
	spawn submsg -n 1 a >out
	attached a
	pubmsg -m hello a
	ends "$pid"
	is 'hello\n' out
	prints '' baf setup topics.conf
	prints '' baf setup --check topics.conf
}

@test "a link to another device is led to the right one" {
	with_devices
	ln -s /dev/fanout3 "$BAF_DIR/a"
	ln -s nowhere "$BAF_DIR/b"
	declare_topics 'a transport=device' 'b transport=device'
	fails 1 baf setup --check topics.conf
	silent
	is 'a\tdevice\t/dev/fanout3\t/dev/fanout\nb\tdevice\tnowhere\t/dev/fanout1\n' out
	[[ $(readlink "$BAF_DIR/a") == /dev/fanout3 ]]
	baf setup topics.conf >out
	[[ $(readlink "$BAF_DIR/a") == /dev/fanout && $(readlink "$BAF_DIR/b") == /dev/fanout1 ]]
	ls -A "$BAF_DIR" >files
	is 'a\nb\n' files
}

@test "mode, owner and group of a device topic are those of the device" {
	with_devices
	local before
	before=$(stat -c %a:%u:%g /dev/fanout)
	declare_topics 'a transport=device mode=604 owner=12345 group=23456'
	baf setup topics.conf >out
	[[ $(stat -c %a:%u:%g /dev/fanout) == 604:12345:23456 ]]
	prints '' baf setup topics.conf
	chmod "${before%%:*}" /dev/fanout
	chown "${before#*:}" /dev/fanout
}

@test "the size of a device that differs is told, with how the module is loaded for it" {
	with_devices
	declare_topics 'a transport=device size=64K' 'b transport=device size=10000'
	fails 1 baf setup --check topics.conf
	grep -q $'^a\tsize\t16384\t65536$' out
	never grep -q $'^b\tsize' out
	fails 1 baf setup topics.conf
	says '^baf setup: a: /dev/fanout has 16384 bytes, .*: reload .* buffersize=65536'
	[[ -L $BAF_DIR/a && -L $BAF_DIR/b ]]
}

@test "more topics than devices are told, with how the module is loaded for them, and nothing is made" {
	with_devices
	local i
	for i in {0..8}; do
		echo "t$i transport=device"
	done >topics.conf
	fails 1 baf setup topics.conf
	says '^baf setup: 9 topics need a device, but there are only 8: .*numberofdevs=9'
	find "$BAF_DIR" -mindepth 1 | nothing
}

@test "a topic in the place of a link to a device is told, and stays" {
	with_devices
	pubmsg -m kept a
	declare_topics 'a transport=device' 'b transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: a: .* is not a link to a device: remove it'
	prints 'kept\n' submsg --drain a
	[[ $(readlink "$BAF_DIR/b") == /dev/fanout1 ]]
}

@test "another link to the device of a topic is told, and stays" {
	with_devices
	ln -s /dev/fanout "$BAF_DIR/old"
	declare_topics 'a transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: a: the undeclared topic old is a link to the same device: remove it'
	[[ -L $BAF_DIR/old && -L $BAF_DIR/a ]]
}

@test "a machine that calls the first device /dev/fanout0 is fine" {
	with_devices
	declare_topics 'a transport=device' 'b transport=device'
	unshare -m --propagation private bash -euc '
		mkdir nodes mnt
		cp -a /dev/fanout nodes/fanout0
		cp -a /dev/fanout1 nodes/fanout1
		mount --rbind /dev/shm mnt
		mount -t tmpfs dev /dev
		cp -a nodes/* /dev
		mkdir /dev/shm
		mount --move mnt /dev/shm
		baf setup topics.conf >out
		# The same device by another name is no difference.
		cp -a /dev/fanout0 /dev/fanout
		baf setup topics.conf >again'
	[[ $(readlink "$BAF_DIR/a") == /dev/fanout0 && $(readlink "$BAF_DIR/b") == /dev/fanout1 ]]
	silent again
}

@test "devices in a fanout file system are told, and nothing is made" {
	[[ $(transport) == kernel ]] || skip "needs the module fanout"
	declare_topics a 'b transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: topics.conf:2: transport=device, but .* is a fanout file system: '
	find "$BAF_DIR" -mindepth 1 | nothing
}

@test "topics of the kernel's are told, and take no memory by being looked at" {
	[[ -n ${BAF_TEST_FANOUT:-} ]] || skip "needs the module fanout"
	baf create -s 16M a
	: >"$BAF_DIR/b"
	local before
	before=$(stat -f -c %f "$BAF_DIR")
	examine
	finds ok filesystem fanout
	finds ok module loaded
	finds ok topics '2 topics'
	[[ $(stat -f -c %f "$BAF_DIR") == "$before" ]]
	ln -s /dev/fanout "$shm/a"
	ln -s /dev/fanout "$shm/b"
	ln -s /dev/nothing "$shm/c"
	examine --dir="$shm"
	finds wrong topics 'a and b are links to the same device' "rm $shm/b"
	finds wrong topics 'c is a link to a device that does not exist' "rm $shm/c"
}

@test "a kernel's file system that is too small for its topics is told, and made larger" {
	[[ -n ${BAF_TEST_FANOUT:-} ]] || skip "needs the module fanout"
	truncate -s 512M "$BAF_DIR/a"
	truncate -s 256M "$BAF_DIR/b"
	examine
	finds wrong room 'topics may need 768' 'mount -o remount,size='
	mended room
}
