#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Machines without /dev/shm, as some containers are. Needs root, to make one.

load helper

MISSING="/dev/shm/baf-$EUID: there is no /dev/shm: mount a tmpfs there, "
MISSING+='or set BAF_DIR to a directory on another file system'

setup() {
	as_root
	of_shared_memory
	prepare
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
}

# without_shm COMMAND...: runs it where /dev has no shm, and nobody chose a topic directory.
without_shm() {
	unshare --mount --propagation private bash -euc '
		mkdir dev
		mount -t tmpfs -o mode=755 dev dev
		for node in null zero urandom; do
			touch "dev/$node"
			mount --bind "/dev/$node" "dev/$node"
		done
		ln -s /proc/self/fd dev/fd
		mount --move dev /dev
		rmdir dev
		unset BAF_DIR
		exec "$@"' - "$@"
}

# fails_without_shm COMMAND...: it ends with an error that names the missing folder and what to do.
fails_without_shm() {
	fails 1 without_shm "$@"
	silent out
	grep -qF ": $MISSING" err
	[[ $(wc -l <err) == 1 ]]
}

@test "publisher and subscriber name the folder that is missing, and another way" {
	fails_without_shm pubmsg -m x t
	fails_without_shm submsg --drain t
	fails_without_shm submsg
}

@test "no command of baf takes it for an empty topic directory" {
	fails_without_shm baf ls
	fails_without_shm baf ls --json
	fails_without_shm baf gc
	fails_without_shm baf info t
	fails_without_shm baf create t
	fails_without_shm baf rm t
	fails_without_shm baf set t --mode=600
}

@test "baf doctor finds it" {
	local status=0
	without_shm baf doctor >findings || status=$?
	((status == 1))
	finds wrong directory 'there is no /dev/shm' 'BAF_DIR'
}

@test "BAF_DIR on another file system works" {
	[[ $(stat -f -c %T .) != tmpfs ]] || skip "the temporary directory is a tmpfs itself"
	without_shm env BAF_DIR="$PWD/topics" pubmsg -m x t
	prints 'x\n' without_shm env BAF_DIR="$PWD/topics" submsg --drain t
	without_shm env BAF_DIR="$PWD/topics" baf ls >out
	[[ $(cut -f 1 out) == t ]]
}

@test "make demo names it, or takes the directory that BAF_DIR names" {
	local demo=$BATS_TEST_DIRNAME/../demo build
	build=$(dirname "$(dirname "$(realpath "$PUBMSG")")")
	fails 1 without_shm "$demo" "$build"
	says '^demo: there is no /dev/shm: .*BAF_DIR'
	mkdir elsewhere
	without_shm env BAF_DIR="$PWD/elsewhere" DEMO_MEGABYTES=1 "$demo" "$build" >out
	grep -q 'All three are equal to the input' out
	nothing < <(ls -A elsewhere)
}
