#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf doctor: each thing that can be wrong is made so, and where that is possible in a test, the
# command that it prints is run, and mends it.

load helper

setup() {
	of_shared_memory # baf-machine has what is to be seen of the kernel's
	prepare
}

# in_tmpfs OPTIONS: the topic directory is a small file system, until the test is over.
in_tmpfs() {
	as_root
	mount -t tmpfs -o "$1" tmpfs "$BAF_DIR" 2>/dev/null || skip "may not mount"
	mounted=$BAF_DIR
}

teardown() {
	local failed=0
	stop_spawned || failed=1
	spawned=()
	[[ -z ${mounted:-} ]] || umount -l "$mounted"
	clean_up || failed=1
	return $failed
}

@test "where all is well, each check says so in a line" {
	pubmsg -m x a
	examine
	local check
	for check in directory filesystem room topics leftovers holders; do
		finds ok $check
		[[ $(grep -c "^$check" findings) == 1 ]]
	done
	for check in removeipc module inotify; do
		grep -q "^$check" findings
	done
}

@test "it changes nothing" {
	pubmsg -m x a
	touch "$BAF_DIR/.gone.publisher"
	find "$BAF_DIR" -printf '%p %i %s %m %T@ %C@\n' | sort >before
	examine
	find "$BAF_DIR" -printf '%p %i %s %m %T@ %C@\n' | sort | cmp before -
}

@test "--json has an object for each finding" {
	echo garbage >"$BAF_DIR/a"
	fails 1 baf doctor --json
	jq -es 'all(has("check") and has("found") and (.state == "wrong") == (.command != null))
		and any(.check == "topics" and .state == "wrong"
			and (.command | test("^baf rm ")))' out
}

@test "wrong arguments are told" {
	usage_error "unexpected argument 'a'" baf doctor a
	usage_error 'unknown option -x' baf doctor -x
}

@test "a directory of the user's own that is not made yet is no fault" {
	rmdir "$BAF_DIR"
	examine
	finds ok directory 'does not exist yet'
}

@test "a missing /dev/baf is told, with the unit where there is one" {
	as_the_system '
		umount /dev/baf
		rmdir /dev/baf
		baf doctor --system >first || :
		mkdir -p /etc/systemd/system
		: >/etc/systemd/system/dev-baf.mount
		baf doctor --system >findings || :
		mv first findings.first'
	finds wrong directory '/dev/baf does not exist' 'systemctl start dev-baf.mount'
	mv findings.first findings
	finds wrong directory '/dev/baf does not exist' 'systemctl|mount -t tmpfs .* /dev/baf'
}

@test "a directory that everybody may remove topics from is told" {
	chmod 777 "$BAF_DIR"
	examine
	finds wrong directory 'every user may remove other users. topics'
	mended directory
	[[ $(stat -c %a "$BAF_DIR") == 1777 ]]
}

@test "a directory that one may not write to is told, with the group that may" {
	as_root
	cp "$(realpath "$BAF")" "$shm/baf"
	chmod 755 "$shm/baf"
	chgrp daemon "$BAF_DIR"
	chmod 2775 "$BAF_DIR"
	baf() { setpriv --reuid=65534 --regid=65534 --clear-groups "$shm/baf" "$@"; }
	examine
	finds wrong directory 'nobody may not create topics' 'usermod -a -G daemon nobody'
	chmod 2755 "$BAF_DIR"
	examine
	finds wrong directory 'nobody may not create topics' "chmod g.w $BAF_DIR"
	chmod 700 "$BAF_DIR"
	examine
	finds wrong directory 'cannot open .*: Permission denied'
}

@test "a directory on a disk is told" {
	[[ $(stat -f -c %T .) != tmpfs ]] || skip "the temporary directory is a tmpfs itself"
	mkdir disk
	examine --dir=disk
	finds wrong filesystem 'disk is on a disk' 'mount -t tmpfs .* disk'
}

@test "a full tmpfs is told, and made larger" {
	in_tmpfs size=1m
	baf create -s 4K a
	head -c 2000000 /dev/zero >"$BAF_DIR/.ballast" || :
	examine
	finds wrong room '0 MiB left of 1' "mount -o remount,size=.*m $BAF_DIR"
	mended room
	pubmsg -s 4K -m x a
}

@test "a tmpfs that is too small for what its topics will take is told, and made larger" {
	in_tmpfs size=6m
	pubmsg -s 4M -m x a
	examine
	finds ok room
	pubmsg -s 4M -m x b
	examine
	finds wrong room 'topics may need' 'mount -o remount,size='
	mended room
	head -c 4000000 /dev/zero | pubmsg --framing=raw a
	head -c 4000000 /dev/zero | pubmsg --framing=raw b
}

@test "a tmpfs without room for another file is told, and made larger" {
	in_tmpfs size=1m,nr_inodes=4
	pubmsg -s 4K -m x a
	examine
	finds wrong room 'no room for another file' 'mount -o remount,nr_inodes='
	mended room
	pubmsg -s 4K -m x b
}

@test "a tmpfs that is too small for what is declared is told" {
	mkdir conf
	echo 'a size=64M' >conf/topics.conf
	as_the_system '
		mount -o remount,size=10m /dev/baf
		baf doctor >findings || :'
	finds wrong room 'topics may need 64' 'mount -o remount,size=.* /dev/baf'
	finds ok topics.conf '1 topics are declared'
}

@test "a topics.conf that cannot be read is told" {
	mkdir conf
	echo '-a' >conf/topics.conf
	as_the_system 'baf doctor >findings || :'
	finds wrong topics.conf 'declarations are invalid' 'baf setup --check'
}

@test "a /dev/baf of a group that does not exist is told" {
	as_the_system '
		chgrp 54321 /dev/baf
		baf doctor >findings || :'
	finds wrong group '54321, does not exist' 'groupadd --system --gid 54321 baf'
}

@test "declared topics of the kernel's need a module" {
	[[ ! -e /sys/module/fanout ]] || skip "this machine has the module"
	mkdir conf
	echo 'a transport=kernel' >conf/topics.conf
	as_the_system 'baf doctor >findings || :'
	finds wrong module
	examine
	finds 'not needed' module
}

@test "damaged rings, and those of another version, are told, and removed" {
	pubmsg -m x good
	pubmsg -m x damaged
	printf '\377' | dd of="$BAF_DIR/damaged" bs=1 seek=16 conv=notrunc status=none
	examine
	finds wrong topics 'damaged is damaged or not a topic'
	mended topics
	pubmsg -m x other
	printf '\007' | dd of="$BAF_DIR/other" bs=1 seek=8 conv=notrunc status=none
	examine
	finds wrong topics 'other was made by another version of baf'
	mended topics
	prints 'x\n' submsg --drain good
}

@test "what topics that are gone left behind is told, and removed" {
	pubmsg -m x a
	rm "$BAF_DIR/a"
	examine
	finds wrong leftovers '[0-9] files are left over'
	mended leftovers
}

@test "files of a topic that is in use are no leftovers" {
	publisher a
	say x
	holds a 1
	examine
	finds ok leftovers
	finish
}

@test "processes that hold a topic of a directory that was unmounted are told" {
	in_tmpfs size=10m
	publisher --wait-subs=1 -s 64K a
	spawn submsg a >out 2>err.a
	local subscriber=$pid
	say x
	wait_until '[[ -s out ]]'
	examine
	finds ok holders
	umount -l "$BAF_DIR"
	mounted=
	examine
	finds wrong holders "process $publisher .pubmsg.*uses a topic a that" 'kill|systemctl'
	finds wrong holders "process $subscriber .submsg.*uses a topic a that" 'kill|systemctl'
	kill "$subscriber"
	ends "$subscriber" 143
	finish
	examine
	finds ok holders
}

@test "processes that hold a topic of a directory that was mounted over are told" {
	in_tmpfs size=10m
	publisher -s 64K a
	say x
	holds a 1
	mount -t tmpfs tmpfs "$BAF_DIR"
	pubmsg -s 64K -m y a
	examine
	finds wrong holders "process $publisher .pubmsg.*uses a topic a that"
	umount "$BAF_DIR"
	examine
	finds ok holders
	finish
}

@test "a topic that was replaced or removed while somebody reads it is no fault" {
	pubmsg -s 64K -m x a
	subscriber --from=oldest a
	wait_until '[[ -s out ]]'
	kill -STOP "$subscriber"
	pubmsg -s 128K -m y a
	examine
	finds ok holders
	rm "$BAF_DIR/a"
	examine
	finds ok holders
}

@test "a directory of the same path in another mount namespace is no fault" {
	as_root
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
	mkfifo hold
	exec 7<>hold
	# shellcheck disable=SC2016 # for the other shell
	spawn unshare -m --propagation private bash -euc '
		mount -t tmpfs tmpfs "$BAF_DIR"
		exec pubmsg -s 64K a' <hold
	local elsewhere=$pid
	say x
	wait_until 'ls "/proc/$elsewhere/root/$BAF_DIR/a"' 2>/dev/null
	pubmsg -s 64K -m y a
	examine
	finds ok holders
	exec 7>&-
	ends "$elsewhere"
}

@test "a user without an instance of inotify left is told" {
	unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_inotify_instances' 2>/dev/null ||
		skip "needs a user namespace"
	unshare -Ur bash -euc 'echo 0 >/proc/sys/user/max_inotify_instances
		baf doctor >findings || :'
	finds wrong inotify 'no inotify instance left' \
		'sysctl -w fs.inotify.max_user_instances=[0-9]+'
}
