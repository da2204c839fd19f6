#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs that wait use no CPU and wake up at most once a second.

load helper

# usage PID: how often the process was woken, and its CPU time in ticks.
usage() {
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$1/status"
	cut -d' ' -f14,15 "/proc/$1/stat"
}

# idle SECONDS: the spawned processes have come to rest, and in this time none uses CPU or wakes
# up more than once a second.
idle() {
	local i seconds=$1 before=() after switches failed=0
	for pid in "${spawned[@]}"; do
		at_rest "$pid"
	done
	for pid in "${spawned[@]}"; do
		before+=("$(usage "$pid" | tr '\n' ' ')")
	done
	sleep "$seconds" # the time that is measured
	for i in "${!spawned[@]}"; do
		pid=${spawned[i]}
		after=$(usage "$pid" | tr '\n' ' ')
		switches=$((${after%% *} - ${before[i]%% *}))
		echo "$(tr '\0' ' ' <"/proc/$pid/cmdline"): $switches wake-ups, before ${before[i]}, after $after"
		((switches <= seconds + 1)) || failed=1
		[[ ${after#* } == "${before[i]#* }" ]] || failed=1
	done
	((failed == 0))
}

# at_rest PID: waits until the process was not woken for a while.
at_rest() {
	previous=
	wait_until '[[ $(usage '"$1"') == "$previous" ]] ||
		{ previous=$(usage '"$1"'); sleep 0.25; false; }'
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
	idle 3
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
	idle 3
}

@test "subscribers of a publisher that says nothing use no CPU and wake up at most once a second" {
	publisher --wait-subs=3 t
	spawn submsg --eof t >first
	spawn submsg t >second
	spawn submsg --stats t no-such >third 2>/dev/null
	say x
	wait_until '[[ -s first && -s second && -s third ]]'
	idle 3
}

@test "subscribers of a shared topic and of many topics use no CPU and wake up at most once a second" {
	local i
	for i in {1..50}; do
		pubmsg --shared -m x "t.$i"
	done
	publisher --shared --wait-subs=2 t.1
	spawn submsg 't.*' >out
	spawn submsg --eof t.1 >second
	say x
	wait_until '[[ -s out && -s second ]]'
	idle 3
}

@test "a publisher that waits for a subscriber that stands still uses no CPU" {
	spawn pubmsg -s 4K --wait-subs=1 --patience=inf t < <(exec yes)
	stalled_subscriber t
	idle 3
	exec 6<&-
	wait_until '! alive "$subscriber"'
}
