#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf setup

load helper

# declare_topics LINE...: what topics.conf is in this test.
declare_topics() {
	printf '%s\n' "$@" >topics.conf
}

# transport: that of the topic directory.
transport() {
	if [[ -n ${BAF_TEST_FANOUT:-} ]]; then
		echo kernel
	else
		echo shared-memory
	fi
}

@test "what is declared is made, and can be used" {
	declare_topics '# of this test' '' 'a size=64K mode=640' '	b  # as it comes' 'c mode=600'
	baf setup topics.conf >out
	[[ $(capacity a) == 65536 && $(capacity b) == $((4 << 20)) ]]
	[[ $(stat -c %a "$BAF_DIR/a") == 640 && $(stat -c %a "$BAF_DIR/c") == 600 ]]
	pubmsg -m hello a
	prints 'hello\n' submsg --drain a
	is "a\ttransport\t-\t$(transport)\nb\ttransport\t-\t$(transport)\nc\ttransport\t-\t$(transport)\n" out
}

@test "owner and group are those that are declared, also for what belongs to the topic" {
	of_shared_memory
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

@test "sizes count as they are rounded" {
	of_shared_memory
	baf create --size=128K a
	declare_topics 'a size=100K'
	prints '' baf setup topics.conf
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

@test "what is not declared is left alone" {
	of_shared_memory
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
	of_shared_memory
	declare_topics a
	fails 1 baf setup --check --dir="$shm/new" topics.conf
	is 'a\ttransport\t-\tshared-memory\n' out
	never test -e "$shm/new"
	baf setup --dir="$shm/new" topics.conf >out
	[[ -e $shm/new/a && $(stat -c %a "$shm/new") == 700 ]]
}

@test "--json prints an object for each difference" {
	of_shared_memory
	baf create --size=64K --mode=600 a
	declare_topics 'a mode=640 size=128K' b
	fails 1 baf setup --check --json topics.conf
	jq -es --arg transport "$(transport)" '. == [
		{topic: "a", setting: "mode", from: "600", to: "640"},
		{topic: "a", setting: "size", from: 65536, to: 131072},
		{topic: "b", setting: "transport", from: null, to: $transport}]' out
}

@test "a bad line is told with file and number, all of them are, and nothing is made" {
	of_shared_memory
	declare_topics good '-bad' 'a size=1X' 'b colour=red' good
	fails 1 baf setup topics.conf
	silent out
	grep -q "^baf setup: topics.conf:2: '-bad' is not a topic name: give " err
	grep -q '^baf setup: topics.conf:3: size=1X: give bytes ' err
	grep -q "^baf setup: topics.conf:4: there is no setting 'colour': give size, " err
	grep -q "^baf setup: topics.conf:5: 'good' is declared already, in topics.conf:1: " err
	[[ $(wc -l <err) == 4 ]]
	find "$BAF_DIR" -mindepth 1 | nothing
}

@test "declarations come from stdin, too" {
	of_shared_memory
	echo 'a mode=604' | baf setup - >out
	[[ $(stat -c %a "$BAF_DIR/a") == 604 ]]
	fails 1 baf setup - <<<'a mode=9'
	says '^baf setup: stdin:1: mode=9: give octal digits'
}

@test "a file that is not there, or cannot be read, is told" {
	of_shared_memory
	fails 1 baf setup no-such-file
	says '^baf setup: no-such-file: cannot be opened: No such file'
	fails 1 baf setup .
	says '^baf setup: \.: cannot be read: Is a directory'
}

@test "a declared transport that the directory does not have is told, and nothing is made" {
	if [[ $(transport) == kernel ]]; then
		declare_topics a 'b transport=shared-memory'
		fails 1 baf setup topics.conf
		says '^baf setup: topics.conf:2: transport=shared-memory, but .* is a fanout file system: '
	else
		declare_topics a 'b transport=kernel'
		fails 1 baf setup topics.conf
		says '^baf setup: topics.conf:2: transport=kernel, but .*: mount one there .mount -t fanout '
	fi
	find "$BAF_DIR" -mindepth 1 | nothing
	declare_topics "a transport=$(transport)"
	baf setup topics.conf >out
	[[ -e $BAF_DIR/a ]]
}

@test "devices of a module that is not loaded are told, and nothing is made" {
	of_shared_memory
	[[ ! -e /dev/fanout && ! -e /dev/fanout0 ]] || skip "this machine has the module"
	declare_topics a 'b transport=device' 'c transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: there is no device of the module fanout: .*modprobe fanout numberofdevs=2'
	find "$BAF_DIR" -mindepth 1 | nothing
}

# with_devices: the test needs the module, and a directory that can hold links to its devices.
with_devices() {
	[[ -c /dev/fanout ]] || skip "needs the module fanout"
	BAF_DIR=$shm/links
	mkdir "$BAF_DIR"
}

@test "devices are links in the order of their declarations, and programs use them as topics" {
	with_devices
	declare_topics 'z transport=device' shared 'a transport=device'
	prints 'shared\ttransport\t-\tshared-memory\nz\tdevice\t-\t/dev/fanout\na\tdevice\t-\t/dev/fanout1\n' \
		baf setup topics.conf
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
	says '^baf setup: a: /dev/fanout has 16384 bytes, .*: load the module with buffersize=65536'
	[[ -L $BAF_DIR/a && -L $BAF_DIR/b ]]
}

@test "more topics than devices are told, with how the module is loaded for them, and nothing is made" {
	with_devices
	local i
	for i in {0..8}; do
		echo "t$i transport=device"
	done >topics.conf
	fails 1 baf setup topics.conf
	says '^baf setup: 9 topics are to be devices, and there are 8: .*numberofdevs=9'
	find "$BAF_DIR" -mindepth 1 | nothing
}

@test "a topic in the place of a link to a device is told, and stays" {
	with_devices
	pubmsg -m kept a
	declare_topics 'a transport=device' 'b transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: a: .* is no link to a device: remove it'
	prints 'kept\n' submsg --drain a
	[[ $(readlink "$BAF_DIR/b") == /dev/fanout1 ]]
}

@test "another link to the device of a topic is told, and stays" {
	with_devices
	ln -s /dev/fanout "$BAF_DIR/old"
	declare_topics 'a transport=device'
	fails 1 baf setup topics.conf
	says '^baf setup: a: old, which is not declared, leads to the same device: remove it'
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

@test "what stands in a topic's place is told and left, and the others are made" {
	of_shared_memory
	echo precious >"$BAF_DIR/a"
	ln -s a "$BAF_DIR/b"
	declare_topics a b c
	fails 1 baf setup topics.conf
	grep -q '^baf setup: a: .*damaged, or not a topic' err
	grep -q '^baf setup: b: a symbolic link' err
	[[ $(wc -l <err) == 2 && -e $BAF_DIR/c ]]
	is 'precious\n' "$BAF_DIR/a"
	[[ $(readlink "$BAF_DIR/b") == a ]]
}

@test "without permission it ends with 5" {
	of_shared_memory
	as_root
	chmod 755 "$BAF_DIR"
	cp "$(realpath "$BAF")" "$shm/baf"
	chmod 755 "$shm/baf"
	echo a | fails 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$shm/baf" setup -
	says '^baf setup: a: no permission'
}

@test "wrong arguments are told" {
	of_shared_memory
	usage_error 'one file only' baf setup a b
	usage_error 'no option --chekc' baf setup --chekc
}

@test "without a file, what /etc/baf declares is made in /dev/baf" {
	of_shared_memory
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
	of_shared_memory
	mkdir -p conf/topics.conf.d
	echo a >conf/topics.conf.d/1.conf
	as_the_system 'baf setup >out'
	is 'a\ttransport\t-\tshared-memory\n' out
	echo a >conf/topics.conf.d/2.conf
	fails 1 as_the_system 'baf setup'
	says "^baf setup: /etc/baf/topics.conf.d/2.conf:1: 'a' is declared already, in /etc/baf/topics.conf.d/1.conf:1"
}

@test "that nothing is declared, and that there is no /dev/baf, is told with what to do" {
	of_shared_memory
	fails 1 as_the_system 'baf setup'
	says '^baf setup: nothing is declared: write /etc/baf/topics.conf'
	: >conf/topics.conf
	prints '' as_the_system 'baf setup'
	fails 1 as_the_system 'umount /dev/baf; rmdir /dev/baf; baf setup'
	says '^baf setup: /dev/baf: no such directory: .*systemctl start dev-baf.mount'
}
