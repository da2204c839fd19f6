#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which topics a subscriber reads, and which directory they are in.

load helper

# make_topics NAME...: each holds one message, its name.
make_topics() {
	local name
	for name; do
		pubmsg -m "$name" "$name"
	done
}

# reads 'NAMES' ARGUMENT...: submsg --drain with these arguments prints these topics, in any order.
reads() {
	local expected=$1
	shift
	submsg --drain "$@" >out
	[[ $(sort out | tr '\n' ' ') == "${expected:+$expected }" ]] ||
		{ echo "$*: $(sort out | tr '\n' ' ')"; return 1; }
}

@test "topics may be listed with blanks, with commas, and with both" {
	make_topics a b c d
	reads 'a b' a b
	reads 'a b' a,b
	reads 'a b c' a,b c
	reads 'a b c d' a,b c,d
}

@test "a topic that is named twice is read once" {
	make_topics a b
	reads 'a' a a
	reads 'a b' a,b '*' b '>'
}

@test "no argument means every topic" {
	make_topics a b.c d.e.f
	reads 'a b.c d.e.f'
}

@test "'*' and '+' stand for one segment" {
	make_topics a a.b a.c a.b.c x.b
	reads 'a' '*'
	reads 'a' +
	reads 'a.b a.c' 'a.*'
	reads 'a.b a.c' a.+
	reads 'a.b x.b' '*.b'
	reads 'a.b x.b' +.b
	reads 'a.b.c' 'a.*.c'
	reads 'a.b a.c x.b' '*.*'
}

@test "a last '>' and '#' stand for the rest" {
	make_topics a a.b a.b.c x.b
	reads 'a a.b a.b.c x.b' '>'
	reads 'a a.b a.b.c x.b' '#'
	reads 'a.b a.b.c' 'a.>'
	reads 'a.b a.b.c' a.#
	reads 'a.b.c' 'a.b.>'
	reads 'a.b a.b.c' 'a.b' 'a.*.>'
}

@test "names and patterns may be mixed" {
	make_topics a b.a b.b c
	reads 'a b.a b.b' a 'b.*'
	reads 'a b.a b.b' 'a,b.*'
}

@test "-e reads everything but the listed topics" {
	make_topics a b c
	reads 'b c' -e a
	reads 'c' -e a b
	reads 'c' -e a,b
}

@test "-e means all operands, wherever it stands" {
	make_topics a b c
	reads 'c' a b -e
	reads 'c' a -e b
	reads 'c' --exclude a b
	reads 'c' a b --exclude
}

@test "-e takes patterns, and names of topics that do not exist" {
	make_topics a a.b a.c x
	reads 'a x' -e 'a.*'
	reads 'a a.b a.c' -e x no-such
	reads '' -e '>'
}

@test "without arguments, topics that appear later join" {
	make_topics a
	ready_subscriber
	pubmsg -m again a
	make_topics b c.d
	wait_until '[[ $(wc -l <out) == 3 ]]'
	[[ $(sort out) == $'again\nb\nc.d' ]]
	silent
}

@test "topics that appear later join by a pattern, and only those that match" {
	ready_subscriber 'a.*'
	make_topics a b a.b.c a.b a.c
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'a.b\na.c\n' out
	silent
}

@test "with -e, topics that appear later join unless they are left out" {
	ready_subscriber -e a 'x.*'
	make_topics a x.y b x.z c
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'b\nc\n' out
	silent
}

@test "a busy topic keeps neither a quiet one nor a new one from being read" {
	busy -s 64K busy
	make_topics quiet
	spawn_job 'submsg | grep --line-buffered -m 2 "[a-z]" >out'
	local job=$pid
	pubmsg --wait-subs=1 -m quiet quiet
	wait_until '[[ $(wc -l <out) == 1 ]]'
	make_topics new
	ends "$job"
	is 'quiet\nnew\n' out
	end_job "$busy"
}

@test "a topic that was removed and made again joins again" {
	ready_subscriber
	pubmsg --rm --wait-subs=1 -m one t
	wait_until '[[ $(wc -l <out) == 1 ]]'
	[[ ! -e $BAF_DIR/t ]]
	pubmsg --rm --wait-subs=1 -m two t
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'one\ntwo\n' out
	silent
}

@test "a topic that was removed by hand and made again joins again" {
	ready_subscriber t
	pubmsg -m one t
	wait_until '[[ $(wc -l <out) == 1 ]]'
	rm "$BAF_DIR/t"
	pubmsg -m two t
	wait_until '[[ $(wc -l <out) == 2 ]]'
	is 'one\ntwo\n' out
	silent
}

@test "a file that becomes a topic by being renamed joins" {
	of_shared_memory
	mkdir "$shm/aside"
	pubmsg --dir="$shm/aside" -m moved t
	ready_subscriber
	mv "$shm/aside/t" "$BAF_DIR/t"
	wait_until '[[ -s out ]]'
	is 'moved\n' out
}

@test "files that begin with a dot are never opened as topics" {
	of_shared_memory
	make_topics t
	publisher p
	say p
	holds p 1
	cp "$BAF_DIR/t" "$BAF_DIR/.copy"
	mkfifo "$BAF_DIR/.fifo"
	printf 'garbage' >"$BAF_DIR/.t"
	fails 0 submsg --drain
	[[ $(sort out) == $'p\nt' ]]
	silent
	ready_subscriber -v
	cp "$BAF_DIR/t" "$BAF_DIR/.another"
	pubmsg -m last t
	wait_until 'grep -q last out'
	never grep -e copy -e fifo -e another out err
	find "/proc/$subscriber/fd" -lname '*/.copy' -o -lname '*/.another' | nothing
	finish
}

@test "files that lie about in the directory without a valid name are not opened" {
	of_shared_memory
	make_topics t
	printf 'garbage' >"$BAF_DIR/a b"
	printf 'garbage' >"$BAF_DIR/-x"
	printf 'garbage' >"$BAF_DIR/x~"
	printf 'garbage' >"$BAF_DIR/a..b"
	fails 0 submsg --drain
	is 't\n' out
	silent
}

@test "no lock file is taken for a topic" {
	publisher t
	say t
	holds t 1
	fails 0 submsg --drain
	is 't\n' out
	fails 0 submsg --drain -e t
	silent out
	silent
	finish
}

@test "--rm removes the topic and all that belongs to it" {
	pubmsg --rm -m x t
	[[ -z $(ls -A "$BAF_DIR") ]]
	publisher --rm t
	say x
	holds t 1
	kill -TERM "$publisher"
	ends "$publisher" 143
	exec 7>&-
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "without --rm the topic stays" {
	pubmsg -m x t
	[[ -e $BAF_DIR/t ]]
}

@test "attached subscribers read what is in a topic that is removed" {
	seq 100000 >expected
	spawn pubmsg --rm --wait-subs=1 --patience=inf -s 64K t <expected
	local publisher=$pid
	submsg -n 100000 --strict t | cmp - expected
	ends "$publisher"
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "--dir goes before BAF_DIR" {
	mkdir "$shm/other"
	pubmsg --dir="$shm/other" -m x t
	[[ ! -e $BAF_DIR/t ]]
	prints 'x\n' submsg --drain --dir="$shm/other" t
	fails 4 submsg --drain t
}

@test "a directory that does not exist is made, for its owner only" {
	pubmsg --dir="$shm/new" -m x t
	[[ $(stat -c %a "$shm/new") == 700 ]]
	prints 'x\n' submsg --drain --dir="$shm/new" t
}

@test "a topic directory may be named by a relative path and through a symbolic link" {
	mkdir "$shm/other"
	ln -s "$shm/other" link
	pubmsg --dir=link -m x t
	prints 'x\n' submsg --drain --dir=./link t
	[[ -e $shm/other/t ]]
}

@test "--user is the directory baf in XDG_RUNTIME_DIR, whatever BAF_DIR says" {
	export XDG_RUNTIME_DIR=$shm
	pubmsg --user -m x t
	[[ -e $shm/baf/t ]]
	[[ $(stat -c %a "$shm/baf") == 700 ]]
	[[ ! -e $BAF_DIR/t ]]
	prints 'x\n' submsg --user --drain t
	fails 4 submsg --drain t
}

@test "an empty XDG_RUNTIME_DIR or BAF_DIR counts as not set" {
	as_root
	[[ ! -e /dev/baf ]] || skip "this machine has a /dev/baf"
	local user=$((1000000000 + RANDOM * 32768 + RANDOM)) status=0
	as_stranger() {
		setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
	}
	chmod 755 "$BATS_RUN_TMPDIR" 2>/dev/null
	as_stranger test -x "$(realpath "$PUBMSG")" || skip "another user cannot reach the programs"
	as_stranger env BAF_DIR= XDG_RUNTIME_DIR= "$(realpath "$PUBMSG")" -m x t || status=$?
	[[ -e /dev/shm/baf-$user/t ]] || status=1
	[[ $(stat -c '%a %u' "/dev/shm/baf-$user") == "700 $user" ]] || status=1
	rm -rf "/dev/shm/baf-$user"
	((status == 0))
}

# in_new_dev 'COMMANDS': runs them with a /dev of their own, without a /dev/baf.
in_new_dev() {
	as_root
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
	unshare -m --propagation private bash -euc '
		mkdir "$0/dev"
		mount -t tmpfs tmpfs "$0/dev"
		mkdir "$0/dev/shm"
		mknod -m 666 "$0/dev/null" c 1 3
		mknod -m 666 "$0/dev/urandom" c 1 9
		mount --bind /dev/shm "$0/dev/shm"
		mount --move "$0/dev" /dev
		ln -s /proc/self/fd /dev/fd
		'"$1" "$shm"
}

@test "the system's directory is taken if it exists, and --user goes before it" {
	export XDG_RUNTIME_DIR=$shm
	unset BAF_DIR
	in_new_dev '
		mkdir /dev/baf
		mount -t tmpfs -o size=64m tmpfs /dev/baf
		pubmsg -m system t
		[[ -e /dev/baf/t ]]
		[[ $(submsg --drain t) == system ]]
		[[ $(submsg --system --drain t) == system ]]
		pubmsg --user -m user t
		[[ -e $XDG_RUNTIME_DIR/baf/t ]]
		[[ $(submsg --user --drain t) == user ]]
		BAF_DIR=$XDG_RUNTIME_DIR/baf
		export BAF_DIR
		[[ $(submsg --drain t) == user ]]
		[[ $(submsg --system --drain t) == system ]]
		submsg -v --drain t 2>&1 >/dev/null | grep -q "$BAF_DIR"
		submsg -v --system --drain t 2>&1 >/dev/null | grep -q /dev/baf'
	BAF_DIR=$shm/topics
}

@test "the system's directory is never made by a program: that would take it from all users" {
	export XDG_RUNTIME_DIR=$shm
	unset BAF_DIR
	in_new_dev '
		pubmsg --system -m x t 2>published && exit 1
		[[ ! -e /dev/baf ]]
		submsg --system --drain 2>subscribed && exit 1
		[[ ! -e /dev/baf ]]
		pubmsg -m user t
		[[ -e $XDG_RUNTIME_DIR/baf/t ]]'
	BAF_DIR=$shm/topics
	grep -q '^pubmsg: .*/dev/baf' published
	grep -q '^submsg: .*/dev/baf' subscribed
}

@test "-v says which directory is used, on stderr" {
	fails 0 pubmsg -v -m x t
	silent out
	grep -q "^pubmsg: .*$BAF_DIR" err
	fails 0 submsg -v --drain t
	is 't\tx\n' out
	grep -q "^submsg: .*$BAF_DIR" err
}

@test "-v says which topics are attached, and prints the topic before each message" {
	make_topics a b
	fails 0 submsg -v --drain a b
	[[ $(sort out) == $'a\ta\nb\tb' ]]
	grep -q '^submsg: a: ' err
	grep -q '^submsg: b: ' err
}

@test "the topic of a merged message can be told" {
	make_topics a b.c
	[[ $(submsg --drain -v 2>/dev/null | sort) == $'a\ta\nb.c\tb.c' ]]
	[[ $(submsg --drain -J | jq -r .topic | sort) == $'a\nb.c' ]]
	[[ $(submsg --drain -F '%t\n' | sort) == $'a\nb.c' ]]
}

@test "without -v nothing is said where nothing is wrong" {
	fails 0 pubmsg -m x t
	silent out
	silent
	fails 0 submsg --drain t
	silent
}

@test "a topic that does not exist yet is said to be waited for, on a terminal only" {
	spawn script -qefc 'submsg t' typescript
	wait_until 'grep -q "submsg: t: waiting for the topic" typescript'
	pubmsg -m x t
	wait_until 'grep -q "^x" typescript'
	kill -TERM "$pid"
	wait "$pid" || :
	fails 124 submsg -W 1.5 u
	silent
	script -qefc 'submsg -q -W 1.5 u' quiet >/dev/null || :
	never grep -q waiting quiet
}
