#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# No room, no descriptors, no permission to write, and files that are cut off.

load helper

# in_tmpfs OPTIONS 'COMMANDS': runs them with a small file system as the topic directory.
in_tmpfs() {
	as_root
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
	unshare -m --propagation private bash -euc '
		mount -t tmpfs -o "$0" tmpfs "$BAF_DIR"
		'"$2" "$1"
}

@test "a full file system is an error with advice, and what was published stays readable" {
	in_tmpfs size=2m '
		seq 1000000 >numbers
		status=0
		pubmsg -s 4M t <numbers 2>err || status=$?
		((status == 1))
		submsg --drain t >out'
	says '^pubmsg: t: .*([Nn]o (space|room)|full).*'
	grep -q -- '--size' err
	[[ $(head -n 1 out) == 1 ]]
	contiguous out
}

@test "a publisher goes on when there is room again" {
	in_tmpfs size=3m '
		head -c 2000000 /dev/zero >"$BAF_DIR/.ballast"
		seq 1000000 >numbers
		pubmsg -s 4M t <numbers 2>err && exit 1
		rm "$BAF_DIR/.ballast"
		submsg --drain --last=1 t >before
		seq $(($(<before) + 1)) $(($(<before) + 1000)) | pubmsg t
		submsg --drain t >out'
	contiguous out
	(($(tail -n 1 out) == $(<before) + 1000))
}

@test "a full file system without room for one page is an error with advice" {
	in_tmpfs size=64k '
		head -c 65536 /dev/zero >"$BAF_DIR/.ballast" || :
		status=0
		pubmsg -m x t 2>err || status=$?
		((status == 1))
		[[ ! -e $BAF_DIR/t ]] || submsg --drain t'
	says '^pubmsg: t: .*([Nn]o (space|room)|full).*'
}

@test "a file system without inodes is an error" {
	in_tmpfs size=1m,nr_inodes=2 '
		status=0
		{ pubmsg -m x t && pubmsg -m x u; } 2>err || status=$?
		((status == 1))'
	says '^pubmsg: [tu]: .+'
}

@test "subscribers of a topic whose file system is full go on, and get what comes later" {
	in_tmpfs size=3m '
		submsg t >out 2>err &
		subscriber=$!
		seq 1000000 >numbers
		status=0
		pubmsg --wait-subs=1 --patience=inf -s 4M t <numbers 2>said || status=$?
		((status == 1))
		seq 1000000 1000010 | pubmsg -s 64K t
		until [[ $(tail -n 1 out) == 1000010 ]]; do sleep 0.01; done
		kill $subscriber
		wait $subscriber || :'
	silent
	contiguous <(head -n -11 out)
}

@test "a read-only file system can be subscribed to, and publishing says why it cannot" {
	in_tmpfs size=10m '
		seq 1000 | pubmsg t
		mount -o remount,ro "$BAF_DIR"
		submsg --drain t >out
		status=0
		pubmsg -m x t 2>err || status=$?
		((status == 1 || status == 5))
		pubmsg -m x u 2>/dev/null || status=$?
		((status == 1 || status == 5))'
	seq 1000 | cmp - out
	says '^pubmsg: t: .+'
}

@test "a topic directory may be on a disk" {
	[[ $(stat -f -c %T .) != tmpfs ]] || skip "the temporary directory is a tmpfs itself"
	mkdir disk
	seq 1000 | pubmsg --dir=disk t
	seq 1000 | cmp - <(submsg --dir=disk --drain t)
}

@test "out of descriptors, a publisher says so" {
	local status limit seen=0
	for limit in {4..20}; do
		status=0
		prlimit --nofile="$limit" pubmsg -m x t 2>err || status=$?
		case $status in
		0) silent ;;
		1) says '^pubmsg: t: .*([Tt]oo many open files|descriptors)'; seen=1 ;;
		127) ;; # no descriptor even for libc
		*) return 1 ;;
		esac
	done
	((seen))
}

@test "out of descriptors, a subscriber names a topic that it cannot read and goes on with others" {
	local i status=0
	for i in {1..60}; do
		pubmsg -m "$i" "t$i"
	done
	prlimit --nofile=40 submsg --drain >out 2>err || status=$?
	((status == 1))
	grep -qE '^submsg: t[0-9]+: .*([Tt]oo many open files|descriptors)' err
	[[ -s out ]]
	(($(wc -l <out) < 60))
}

# without_inotify 'COMMANDS': runs them where no instance of inotify is to be had.
without_inotify() {
	unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_inotify_instances' 2>/dev/null ||
		skip "needs a user namespace"
	unshare -Ur bash -euc 'echo 0 >/proc/sys/user/max_inotify_instances; '"$1"
}

@test "without an inotify instance, a subscriber still gets everything" {
	without_inotify '
		submsg -n 3 t >out 2>err &
		first=$!
		submsg -n 3 "*" >all 2>err &
		second=$!
		pubmsg --wait-subs=2 -m one t
		pubmsg -m two t
		pubmsg -m three u
		pubmsg -m four t
		wait $first
		wait $second'
	is 'one\ntwo\nfour\n' out
	[[ $(wc -l <all) == 3 ]]
}

@test "without an inotify instance, --eof ends and a replaced topic is followed" {
	without_inotify '
		submsg --eof t >out &
		pubmsg --wait-subs=1 -m one t
		wait $!
		submsg -n 2 t >followed &
		pubmsg -s 64K --wait-subs=1 -m two t
		pubmsg -s 128K -m three t
		wait $!'
	is 'one\n' out
	is 'two\nthree\n' followed
}

@test "submsg raises its soft limit of descriptors to the hard one" {
	local i
	for i in {1..60}; do
		pubmsg -m "$i" "t$i"
	done
	(ulimit -Sn 40 && submsg --drain >out)
	[[ $(wc -l <out) == 60 ]]
}

@test "a topic that is cut off under its publisher is an error, not a crash" {
	of_shared_memory
	publisher -s 1M t
	say x
	holds t 1
	truncate -s 0 "$BAF_DIR/t"
	say y
	ends "$publisher" 1
	exec 7>&-
}

@test "the error of a topic that is cut off names it" {
	of_shared_memory
	mkfifo input
	exec 7<>input
	spawn pubmsg -s 1M t <input 2>err
	say x
	holds t 1
	truncate -s 4096 "$BAF_DIR/t"
	say y
	ends "$pid" 1
	exec 7>&-
	says '^pubmsg: t: .+'
}

@test "a topic that is cut off under its subscriber is an error, not a crash" {
	of_shared_memory
	publisher --wait-subs=1 t
	spawn submsg t >out 2>err
	local subscriber=$pid
	say x
	wait_until '[[ -s out ]]'
	truncate -s 0 "$BAF_DIR/t"
	say y
	ends "$subscriber" 1
	says '^submsg: t: .+'
	exec 7>&-
	wait_until '! alive "$publisher"'
}

@test "a topic that is cut off leaves the other topics of a subscriber alone" {
	of_shared_memory
	publisher --wait-subs=1 bad
	spawn submsg bad good >out 2>err
	local subscriber=$pid
	attached good
	say x
	wait_until '[[ -s out ]]'
	truncate -s 0 "$BAF_DIR/bad"
	say y
	wait_until 'grep -q "^submsg: bad: " err'
	pubmsg -m z good
	wait_until '[[ $(tail -n 1 out) == z ]]'
	exec 7>&-
	kill -TERM "$subscriber"
	ends "$subscriber" 143
	wait_until '! alive "$publisher"'
}

@test "a topic that is cut off while it streams crashes nobody, and can be made anew" {
	of_shared_memory
	local status
	for _ in {1..5}; do
		spawn pubmsg -s 1M --wait-subs=1 t < <(exec yes 'a line of some length') 2>said
		local publisher=$pid
		spawn submsg -q t >out 2>err
		local subscriber=$pid
		wait_until '[[ -s out ]]'
		truncate -s "$((RANDOM * 30))" "$BAF_DIR/t"
		# Either may be beyond the cut at that moment, and then nothing is wrong for it.
		wait_until '! alive "$publisher"' 1 || kill -TERM "$publisher"
		wait_until '! alive "$publisher"'
		status=0
		wait "$publisher" || status=$?
		((status == 1 || status == 143)) ||
			{ echo "ended with $status"; cat said; return 1; }
		rm "$BAF_DIR/t"
		pubmsg -m anew t
		wait_until '! alive "$subscriber" || [[ $(tail -n 1 out) == anew ]]'
		if [[ $(tail -n 1 out) == anew ]]; then
			kill -TERM "$subscriber"
			ends "$subscriber" 143
		else
			ends "$subscriber" 1
			grep -q '^submsg: t: .' err
		fi
		awk '!/^(a line of some length|anew)$/' out | nothing
		pubmsg --rm t </dev/null
	done
}

@test "a list of subscribers that is cut off does not crash anybody" {
	of_shared_memory
	publisher --wait-subs=1 t
	spawn submsg t >out 2>err
	local subscriber=$pid
	say x
	wait_until '[[ -s out ]]'
	truncate -s 0 "$(roster t)"
	say y
	wait_until '[[ $(wc -l <out) == 2 ]]'
	say z
	wait_until '[[ $(wc -l <out) == 3 ]]'
	finish
	is 'x\ny\nz\n' out
	alive "$subscriber"
	pubmsg -m last t
	wait_until '[[ $(wc -l <out) == 4 ]]'
}

@test "a list of subscribers that is removed does not stop anybody" {
	of_shared_memory
	publisher --wait-subs=1 t
	spawn submsg t >out 2>err
	local subscriber=$pid
	say x
	wait_until '[[ -s out ]]'
	rm "$(roster t)"
	say y
	wait_until '[[ $(wc -l <out) == 2 ]]'
	finish
	pubmsg -m z t
	wait_until '[[ $(wc -l <out) == 3 ]]'
	is 'x\ny\nz\n' out
}

@test "a topic takes memory as it fills, not before" {
	of_shared_memory
	pubmsg -s 64M t </dev/null
	(($(du -sk "$BAF_DIR" | cut -f1) < 256))
	pubmsg -m x t
	(($(du -sk "$BAF_DIR" | cut -f1) < 1500))
	head -c 20000000 /dev/zero >large
	pubmsg --framing=one t <large
	(($(du -sk "$BAF_DIR" | cut -f1) < 30000))
}
