#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Topics in containers, as far as the kernel makes them: namespaces of mounts and of users.
# Needs root, to make them.

load helper

setup() {
	as_root
	prepare
	alice=$((1000000000 + RANDOM * 32768 + RANDOM))
	chmod 755 "$shm"
	programs=$(mktemp -d "${TMPDIR:-/tmp}/baf-test.XXXXXXXX")
	chmod 755 "$programs"
	cp "$(realpath "$PUBMSG")" "$programs/pubmsg"
	cp "$(realpath "$SUBMSG")" "$programs/submsg"
	PATH=$programs:$PATH
	inner=$shm/inner
	mkdir "$inner"
}

teardown() {
	clean_up
	rm -rf "$programs"
}

# contained COMMAND...: in mounts of its own, where $inner is another set of topics and stands in
# the place of the topic directory.
contained() {
	local type=tmpfs
	[[ -z ${BAF_TEST_FANOUT:-} ]] || type=fanout
	unshare --mount --propagation private bash -c '
		mount -t "$1" -o mode=1777 topics "$2" && mount --move "$2" "$BAF_DIR" || exit 99
		shift 2
		exec "$@"' - "$type" "$inner" "$@"
}

# as_guest COMMAND...: by a user of the machine who is root in a namespace of users of their own.
as_guest() {
	setpriv --reuid="$alice" --regid="$alice" --clear-groups unshare --user --map-root-user "$@"
}

needs_guests() {
	as_guest true 2>/dev/null || skip "needs a user namespace, and users may make none here"
}

@test "a container with a mount of its own has topics of its own" {
	pubmsg -m outside t
	contained bash -c 'pubmsg -m inside t && submsg --drain t && submsg --drain' >out
	is 'inside\ninside\n' out
	prints 'outside\n' submsg --drain t
}

@test "a container that is given the directory shares its topics" {
	ready_subscriber -n 1 t
	unshare --mount --propagation private bash -c '
		mount --bind "$BAF_DIR" "$1" && BAF_DIR=$1 pubmsg -m hello t' - "$inner"
	ends "$subscriber"
	is 'hello\n' out
}

@test "with a namespace of users, too, modes say who may subscribe and publish" {
	needs_guests
	pubmsg --mode=644 -m open t
	pubmsg --mode=600 -m secret u
	pubmsg --mode=666 -m 'for all' a
	prints 'open\n' as_guest submsg --drain t
	fails 5 as_guest pubmsg -m x t
	says '^pubmsg: t: no permission'
	fails 5 as_guest submsg --drain u
	says '^submsg: u: no permission'
	as_guest pubmsg -m too a
	prints 'for all\ntoo\n' submsg --drain a
}

@test "a publisher in a container is one for others, and its death frees the topic" {
	publisher_in_container() {
		exec unshare --mount --pid --fork --kill-child pubmsg t
	}
	rm -f input
	mkfifo input
	exec 7<>input
	spawn publisher_in_container <input
	local container=$pid
	# A look that is no publisher itself, and so cannot have the topic in its place.
	baf wait --publisher --timeout="${DEADLINE}s" t
	fails 7 pubmsg -m x t
	says '^pubmsg: t: topic already has a publisher'
	kill -KILL "$container"
	ends "$container" 137
	exec 7>&-
	wait_until 'pubmsg -m y t 2>err'
}

@test "the kernel's topics cannot be mounted by a user in a namespace of his own" {
	[[ -n ${BAF_TEST_FANOUT:-} ]] || skip "it is about a mount of topics in the kernel"
	needs_guests
	fails 32 as_guest unshare --mount mount -t fanout fanout "$inner"
	fails 32 as_guest unshare --mount mount -t fanout fanout /tmp
}
