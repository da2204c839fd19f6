#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The static layout: a folder with links to devices of the module is a topic directory. Runs in a
# guest, by test/kernel/cli --devices, as other families do.

load helper

setup() {
	[[ -n ${BAF_TEST_DEVICES:-} ]] || skip "it is about links to devices"
	prepare
	alice=$((1000000000 + RANDOM * 32768 + RANDOM))
	alice=(setpriv --reuid="$alice" --regid="$alice" --clear-groups)
	chmod 755 "$BATS_TEST_TMPDIR"
	programs=$(mktemp -d "${TMPDIR:-/tmp}/baf-test.XXXXXXXX")
	chmod 755 "$programs"
	cp "$(realpath "$PUBMSG")" "$programs/pubmsg"
	cp "$(realpath "$SUBMSG")" "$programs/submsg"
	PATH=$programs:$PATH
}

teardown() {
	clean_up
	rm -rf "${programs:-}"
}

@test "--rm is refused, with advice, and the link stays" {
	fails 2 pubmsg --rm -m x t
	says '^pubmsg: t: a device cannot be removed: omit --rm$'
	[[ -L $BAF_DIR/t ]]
	prints '' submsg --drain t
}

@test "another capacity is refused, with advice, and the one that the device has is not" {
	pubmsg -s 4M -m x t
	fails 2 pubmsg --size=64K -m y t
	says '^pubmsg: t: a device keeps its capacity: omit --size'
	prints 'x\n' submsg --drain t
}

@test "devices, links to links and shared memory are read as one" {
	ready_subscriber -v t u memory
	pubmsg -m 1 t
	wait_until '[[ $(wc -l <out) == 1 ]]'
	pubmsg -m 2 memory
	wait_until '[[ $(wc -l <out) == 2 ]]'
	pubmsg --wait-subs=1 -m 3 u
	wait_until '[[ $(wc -l <out) == 3 ]]'
	is 't\t1\nmemory\t2\nu\t3\n' out
	# No file of baf's beside the links.
	[[ $(find "$BAF_DIR" -name '.t.*' -o -name '.u.*') == "" ]]
}

@test "a link that a stranger made in a directory for all is not followed" {
	chmod 777 "$BAF_DIR" # with the sticky bit the kernel does not even follow it
	chmod 666 /dev/fanout9
	"${alice[@]}" ln -s /dev/fanout9 "$BAF_DIR/hers"
	fails 1 pubmsg -m x hers
	says '^pubmsg: hers: '
	fails 1 submsg -n 1 hers
	says '^submsg: hers: '
	"${alice[@]}" pubmsg -m mine hers
	prints 'mine\n' "${alice[@]}" submsg --drain hers
}

@test "the mode of the device says who may subscribe and publish" {
	chmod 644 /dev/fanout
	chmod 600 /dev/fanout2
	pubmsg -m open t
	prints 'open\n' "${alice[@]}" submsg --drain t
	fails 5 "${alice[@]}" pubmsg -m x t
	says '^pubmsg: t: no permission'
	fails 5 "${alice[@]}" submsg --drain u
	says '^submsg: u: no permission'
}
