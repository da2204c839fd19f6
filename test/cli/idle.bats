#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs that wait use no CPU and wake up at most once a second.

load helper

# look NAME: reads the usage of all spawned processes into an array: how often each was woken, and
# its CPU time in ticks. Without another process, so that it takes no time itself.
look() {
	local -n usages=$1
	local status stat
	usages=()
	for pid in "${spawned[@]}"; do
		mapfile -t status <"/proc/$pid/status"
		read -ra stat <"/proc/$pid/stat"
		# The line before the last one says voluntary_ctxt_switches.
		usages+=("${status[-2]##*[[:space:]]} $((stat[13] + stat[14]))")
	done
}

# woken: how often each was woken between the arrays before and after, and the ticks it used.
woken() {
	local i
	for i in "${!before[@]}"; do
		echo "$((${after[i]% *} - ${before[i]% *})) $((${after[i]#* } - ${before[i]#* }))"
	done
}

# at_rest: none of them does more than to look around once in a while.
at_rest() {
	look before
	sleep 0.3
	look after
	[[ -z $(woken | awk '$1 > 1 || $2 > 0') ]]
}

# idle: the spawned processes come to rest, and then none uses CPU or wakes up more than once a
# second. The time is that which went by, as a busy machine may take longer than it was asked for.
idle() {
	local before after start seconds
	wait_until at_rest
	start=${EPOCHREALTIME//[!0-9]/}
	look before
	sleep 2 # the time that is measured
	look after
	seconds=$(((${EPOCHREALTIME//[!0-9]/} - start) / 1000000))
	for pid in "${spawned[@]}"; do
		tr '\0' ' ' <"/proc/$pid/cmdline"
		echo
	done | paste - <(woken)
	# One more, since a second begins anywhere. (Who spins uses 100 ticks a second; a busy
	# machine may count some for somebody else's work.)
	[[ -z $(woken | awk -v seconds="$seconds" '$1 > seconds + 1 || $2 > 5') ]]
}

@test "waiting subscribers use no CPU and wake up at most once a second" {
	pubmsg -m x one
	pubmsg -m x two
	spawn submsg one >/dev/null
	spawn submsg one two no-such >/dev/null
	spawn submsg no-such >/dev/null
	spawn submsg >/dev/null
	spawn submsg -e one >/dev/null
	spawn submsg -W 1h --idle=1h one >/dev/null
	spawn submsg --observe one >/dev/null
	spawn submsg -J --from=oldest 'n.*' one >/dev/null
	mkfifo pipe
	exec 5<>pipe
	spawn submsg one >pipe
	idle
}

@test "waiting publishers use no CPU and wake up at most once a second" {
	mkfifo input
	exec 7<>input
	spawn pubmsg one <input
	spawn pubmsg --shared two <input
	spawn pubmsg --shared two <input
	spawn pubmsg --tee three <input >/dev/null
	spawn pubmsg --stats four <input 2>/dev/null
	spawn pubmsg --wait-subs=1 five <input
	spawn pubmsg --wait-subs=1:1h six <input
	spawn pubmsg --framing=raw seven <input
	idle
}

@test "subscribers of a publisher that says nothing use no CPU and wake up at most once a second" {
	publisher --wait-subs=3 t
	spawn submsg --eof t >first
	spawn submsg t >second
	spawn submsg --stats t no-such >third 2>/dev/null
	say x
	wait_until '[[ -s first && -s second && -s third ]]'
	idle
}

@test "subscribers of shared and of many topics use no CPU and wake up at most once a second" {
	local i
	for i in {1..50}; do
		pubmsg --shared -m x "t.$i"
	done
	publisher --shared --wait-subs=2 t.51 # --eof waits for one that has not been there
	spawn submsg 't.*' >out
	spawn submsg --eof t.51 >second
	say x
	wait_until '[[ -s out && -s second ]]'
	idle
}

@test "a publisher that waits for a subscriber that stands still uses no CPU" {
	spawn pubmsg -s 4K --wait-subs=1 --patience=inf t < <(exec yes)
	stalled_subscriber t
	# Of a full pipe.
	wait_until '(($(awk "/^wchar/ { print \$2 }" "/proc/$subscriber/io") > 60000))'
	idle
	exec 6<&-
	wait_until '! alive "$subscriber"'
}
