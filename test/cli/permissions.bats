#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Two users: who may subscribe and publish, and what one cannot do to the other.
# Needs root, to become them.

load helper

setup() {
	as_root
	prepare
	# Numbers that nobody has, so that these users own nothing else on this machine.
	alice=$((1000000000 + RANDOM * 32768 + RANDOM))
	bob=$((alice + 1))
	friends=$((alice + 2))
	chmod 1777 "$BAF_DIR"
	programs=$(mktemp -d "${TMPDIR:-/tmp}/baf-test.XXXXXXXX")
	chmod 755 "$programs"
	cp "$(realpath "$PUBMSG")" "$programs/pubmsg"
	cp "$(realpath "$SUBMSG")" "$programs/submsg"
	PATH=$programs:$PATH
	alice=(setpriv --reuid="$alice" --regid="$alice" --clear-groups)
	bob=(setpriv --reuid="$bob" --regid="$bob" --clear-groups)
	friend=(setpriv --reuid="$((friends + 1))" --regid="$((friends + 1))" --groups="$friends")
}

teardown() {
	clean_up
	rm -rf "$programs"
}

@test "who may read a topic may subscribe" {
	"${alice[@]}" pubmsg --mode=644 -m x t
	[[ $(stat -c %a "$BAF_DIR/t") == 644 ]]
	prints 'x\n' "${bob[@]}" submsg --drain t
}

@test "who may not read a topic is told so, with status 5" {
	"${alice[@]}" pubmsg --mode=600 -m x t
	[[ $(stat -c %a "$BAF_DIR/t") == 600 ]]
	fails 5 "${bob[@]}" submsg --drain t
	says '^submsg: t: .+'
	silent out
	fails 5 "${bob[@]}" submsg -n 1 t
	says '^submsg: t: .+'
}

@test "who may not write a topic cannot publish, and is told so, with status 5" {
	"${alice[@]}" pubmsg --mode=644 -m x t
	fails 5 "${bob[@]}" pubmsg -m y t
	says '^pubmsg: t: .+'
	fails 5 "${bob[@]}" pubmsg --size=64K -m y t
	says '^pubmsg: t: .+'
	fails 5 "${bob[@]}" pubmsg --rm -m y t
	fails 5 "${bob[@]}" pubmsg --shared -m y t
	prints 'x\n' "${alice[@]}" submsg --drain t
	pubmsg --version >/dev/null
}

@test "a group may be let in" {
	# Only root or a member may give a file to a group.
	pubmsg --mode=640 --group="$friends" -m x t
	[[ $(stat -c '%a %g' "$BAF_DIR/t") == "640 $friends" ]]
	prints 'x\n' "${friend[@]}" submsg --drain t
	fails 5 "${friend[@]}" pubmsg -m y t
	fails 5 "${bob[@]}" submsg --drain t
}

@test "a group may be given by its name" {
	local group
	group=$(getent group | awk -F: '$3 != 0 { print $1; exit }')
	pubmsg --mode=640 --group="$group" -m x t
	[[ $(stat -c '%a %G' "$BAF_DIR/t") == "640 $group" ]]
}

@test "a group may be let in to publish" {
	chmod 755 "$BAF_DIR"
	pubmsg --mode=660 --group="$friends" -m x t
	"${friend[@]}" pubmsg -m y t
	prints 'x\ny\n' "${friend[@]}" submsg --drain t
	fails 5 "${bob[@]}" submsg --drain t
	fails 5 "${bob[@]}" pubmsg -m z t
}

@test "--mode is the mode, whatever the umask" {
	umask 077
	pubmsg --mode=644 -m x t
	[[ $(stat -c %a "$BAF_DIR/t") == 644 ]]
	prints 'x\n' "${bob[@]}" submsg --drain t
}

@test "without --mode the umask decides" {
	(umask 027 && pubmsg -m x t)
	[[ $(stat -c %a "$BAF_DIR/t") == 640 ]]
	(umask 022 && pubmsg -m x u)
	[[ $(stat -c %a "$BAF_DIR/u") == 644 ]]
}

@test "a topic that exists keeps its mode" {
	pubmsg --mode=600 -m x t
	pubmsg --mode=644 -m y t
	[[ $(stat -c %a "$BAF_DIR/t") == 600 ]]
}

@test "a topic that is replaced keeps its mode and group" {
	pubmsg --mode=640 --group="$friends" -m x t
	pubmsg --size=64K -m y t
	[[ $(stat -c '%a %g' "$BAF_DIR/t") == "640 $friends" ]]
}

@test "topics that may not be read do not disturb those that may" {
	"${alice[@]}" pubmsg --mode=600 -m secret a
	"${alice[@]}" pubmsg --mode=644 -m open b
	fails 1 "${bob[@]}" submsg --drain
	is 'open\n' out
	says '^submsg: a: .+'
}

@test "a subscriber maps the data for reading only" {
	"${alice[@]}" pubmsg --mode=644 -m x t
	spawn "${bob[@]}" submsg --from=oldest t >out
	wait_until '[[ -s out ]]'
	grep -q "$BAF_DIR/t\$" "/proc/$pid/maps"
	awk -v file="$BAF_DIR/t" '$NF == file && $2 != "r--s"' "/proc/$pid/maps" | nothing
	# Nor does it hold a descriptor that could be used for writing.
	local link
	for link in /proc/"$pid"/fd/*; do
		[[ $(readlink "$link") != "$BAF_DIR/t" ]] ||
			grep -qE '^flags:\s+0[0-7]*0$' "/proc/$pid/fdinfo/${link##*/}"
	done
}

@test "a user who may read a topic cannot alter, empty or remove it" {
	of_shared_memory
	"${alice[@]}" pubmsg --mode=644 -m x t
	cp "$BAF_DIR/t" before
	never "${bob[@]}" bash -c 'echo garbage >"$BAF_DIR/t"'
	never "${bob[@]}" truncate -s 0 "$BAF_DIR/t"
	never "${bob[@]}" rm -f "$BAF_DIR/t"
	never "${bob[@]}" mv "$BAF_DIR/t" "$BAF_DIR/u"
	cmp before "$BAF_DIR/t"
}

@test "another user's subscriber that stands still costs the publisher its patience once" {
	local started=$SECONDS
	seq 500000 >numbers
	spawn "${alice[@]}" pubmsg --mode=644 -s 4K --wait-subs=1 --patience=2s t <numbers
	local publisher=$pid
	mkfifo stalled
	exec 5<>stalled
	spawn "${bob[@]}" submsg -q t >stalled
	ends "$publisher"
	((SECONDS - started < 15))
}

@test "another user's subscriber that ruins the list of subscribers does not stop the publisher" {
	of_shared_memory
	"${alice[@]}" pubmsg --mode=644 -s 64K t </dev/null
	local list
	list=$(roster t)
	spawn submsg -q t >out
	"${alice[@]}" pubmsg --wait-subs=1 t </dev/null
	if "${bob[@]}" test -w "$list"; then
		"${bob[@]}" dd if=/dev/urandom of="$list" bs=4K count=16 conv=notrunc status=none
	fi
	seq 200000 >numbers
	spawn "${alice[@]}" pubmsg --patience=1ms t <numbers
	ends "$pid"
	if "${bob[@]}" test -w "$list"; then
		"${bob[@]}" truncate -s 0 "$list"
	fi
	"${alice[@]}" pubmsg -m 'still here' t
	wait_until '[[ $(tail -n 1 out) == "still here" ]]'
	# Without its list the publisher cannot wait: messages may be lost, but are whole and in
	# order.
	sed '$d' out | awk '!/^[0-9]+$/ || $1 <= last { print } { last = $1 }' | nothing
	[[ $("${bob[@]}" submsg --drain --last=1 t) == 'still here' ]]
}

@test "another user cannot take a subscriber's messages away by ending" {
	seq 1000 >expected
	spawn submsg -n 1000 t >first
	spawn submsg -n 1 t >second
	pubmsg --wait-subs=2 t <expected
	ends "${spawned[0]}"
	cmp expected first
}

@test "in a sticky directory nobody publishes into another user's topic by mistake" {
	# The kernel refuses to open it with O_CREAT (fs.protected_regular), the programs because
	# its owner could harm them; however it ends, it is told.
	"${bob[@]}" pubmsg --mode=666 -m x t
	local status=0
	"${alice[@]}" pubmsg -m y t 2>err || status=$?
	((status == 0 || status == 5))
	((status == 0)) || says '^pubmsg: t: .+'
	((status == 0)) || prints 'x\n' "${bob[@]}" submsg --drain t
}

@test "root reads and publishes where users have topics" {
	"${alice[@]}" pubmsg --mode=644 -m x t
	prints 'x\n' submsg --drain t
}

# where_links_are: the kernel's file system has none.
where_links_are() {
	[[ -z ${BAF_TEST_FANOUT:-} ]] || skip "there are no links beside the kernel's topics"
}

@test "a symbolic link in place of a topic is not followed when publishing" {
	where_links_are
	echo precious >"$shm/victim"
	chmod 666 "$shm/victim"
	"${bob[@]}" ln -s "$shm/victim" "$BAF_DIR/t"
	local status=0
	pubmsg -m x t 2>err || status=$?
	((status == 5 || status == 1))
	says '^pubmsg: t: .+'
	status=0
	pubmsg --size=64K --rm -m x t 2>err || status=$?
	((status == 5 || status == 1))
	is 'precious\n' "$shm/victim"
}

@test "a symbolic link that leads nowhere is not written through" {
	where_links_are
	"${bob[@]}" ln -s "$shm/made" "$BAF_DIR/t"
	local status=0
	pubmsg -m x t 2>err || status=$?
	((status == 5 || status == 1))
	[[ ! -e $shm/made ]]
}

@test "a symbolic link in place of the publisher's lock is not followed" {
	of_shared_memory
	echo precious >"$shm/victim"
	chmod 666 "$shm/victim"
	"${bob[@]}" ln -s "$shm/victim" "$BAF_DIR/.t.publisher"
	pubmsg -m x t 2>err || says '^pubmsg: t: .+'
	submsg --drain t >out 2>err || says '^submsg: t: .+'
	is 'precious\n' "$shm/victim"
}

@test "a file of another user in place of the publisher's lock does no harm" {
	of_shared_memory
	"${bob[@]}" bash -c 'umask 0; head -c 100000 /dev/urandom >"$BAF_DIR/.t.publisher"'
	local status=0
	"${alice[@]}" pubmsg --mode=644 -m x t 2>err || status=$?
	((status == 0 || status == 5 || status == 1))
	if ((status == 0)); then
		prints 'x\n' "${alice[@]}" submsg --drain t
	else
		says '^pubmsg: t: .+'
	fi
}

@test "a user's own directory is closed to others" {
	mkdir -m 1777 "$shm/home"
	"${alice[@]}" pubmsg --dir="$shm/home/own" -m x t
	[[ $(stat -c %a "$shm/home/own") == 700 ]]
	fails 5 "${bob[@]}" submsg --dir="$shm/home/own" --drain t
	fails 5 "${bob[@]}" pubmsg --dir="$shm/home/own" -m x t
	fails 5 "${bob[@]}" submsg --dir="$shm/home/own"
}

@test "the user's directory in /dev/shm is not taken from somebody else" {
	[[ ! -e /dev/baf ]] || skip "this machine has a /dev/baf"
	local user status=0 failed=0
	user=$("${alice[@]}" id -u)
	"${bob[@]}" mkdir -m 777 "/dev/shm/baf-$user"
	"${alice[@]}" env -u BAF_DIR pubmsg -m x t 2>err || status=$?
	((status == 5)) || failed=1
	[[ -z $(ls -A "/dev/shm/baf-$user") ]] || failed=1
	rm -rf "/dev/shm/baf-$user"
	grep -q "baf-$user" err
	((failed == 0))
}

@test "a directory in which one may create nothing is told, with status 5" {
	chmod 755 "$BAF_DIR"
	fails 5 "${bob[@]}" pubmsg -m x t
	says '^pubmsg: t: .+'
}

@test "a subscriber needs no right to write the directory" {
	pubmsg --mode=644 -m x t
	chmod 555 "$BAF_DIR"
	prints 'x\n' "${bob[@]}" submsg --drain t
	spawn "${bob[@]}" submsg -n 1 t >out
	local subscriber=$pid
	pubmsg --wait-subs=1 -m y t
	ends "$subscriber"
	is 'y\n' out
}

@test "another user's subscriber is woken and counted" {
	spawn "${bob[@]}" submsg -n 3 t >out 2>err
	local subscriber=$pid
	publisher --mode=644 --wait-subs=1 t
	say 1
	wait_until '[[ $(wc -l <out) == 1 ]]'
	say 2
	wait_until '[[ $(wc -l <out) == 2 ]]'
	say 3
	ends "$subscriber"
	finish
	is '1\n2\n3\n' out
}
