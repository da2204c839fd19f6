#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One short call: it works a thousand times, and starts nothing but itself. How long it takes is
# measured in bench/, on a quiet machine.

load helper

@test "hundreds of short publishers in a row lose nothing" {
	local i
	for i in {1..300}; do
		pubmsg -m "$i" t
	done
	seq 300 | cmp - <(submsg --drain t)
}

@test "a short call does not wait for anything" {
	local i started=${EPOCHREALTIME/[.,]/}
	for i in {1..100}; do
		echo x | pubmsg t
	done
	local each=$(((${EPOCHREALTIME/[.,]/} - started) / 100))
	echo "# $each microseconds for echo x | pubmsg t" >&3
	# Generous, since machines are busy and sanitizers slow; but a wait of any kind shows.
	((${EPOCHREALTIME/[.,]/} - started < DEADLINE * 1000000))
}

@test "a topic is made before the machine has gathered randomness" {
	[[ -z ${BAF_TEST_FANOUT:-} ]] || skip "the kernel makes its own rings"
	traced -f -e trace=getrandom -o calls pubmsg -m hello t
	grep -q 'GRND_INSECURE' calls
	never grep -v 'GRND_INSECURE\|GRND_NONBLOCK\|exited with' calls
}

@test "the programs need libc and nothing else" {
	local program
	for program in "$PUBMSG" "$SUBMSG"; do
		ldd "$(realpath "$program")" >libraries || continue # linked statically
		never grep -q 'san\.so' libraries || skip "a build with sanitizers"
		awk '!/linux-vdso|ld-linux|libc\.so/' libraries | nothing
	done
}
