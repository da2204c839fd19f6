#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The promises about exactness, for longer; in make check-long, for much longer.

load helper

DEADLINE=300
many=$(of_full 200000 1000000)

# four_copies FRAMING SIZE LONGEST: a million random messages (in make check-slow a fifth of that)
# reach four subscribers byte for byte.
four_copies() {
	local i subscribers=()
	choose_seed
	messages random "$1" "$many" "$3" "$seed" >"$shm/input"
	messages convert "$1" "$1" <"$shm/input" | sha256sum >expected
	spawn pubmsg --framing="$1" --patience=inf --wait-subs=4 -s "$2" t <"$shm/input"
	local publisher=$pid
	for i in 1 2 3 4; do
		spawn_job "set -o pipefail
			submsg --framing=$1 --eof --strict t 2>err$i | sha256sum >out$i"
		subscribers+=("$pid")
	done
	ends "$publisher"
	for i in 1 2 3 4; do
		ends "${subscribers[i - 1]}"
		cmp expected "out$i"
		silent "err$i"
	done
}

@test "very many random messages reach four subscribers byte for byte (lengths, 1 MiB)" {
	four_copies len 1M 2000
}

@test "very many random messages reach four subscribers byte for byte (lengths, one page)" {
	four_copies len 4K 1000
}

@test "very many random lines reach four subscribers byte for byte (64 KiB)" {
	four_copies line 64K 1000
}

@test "very many random NUL-delimited messages reach four subscribers byte for byte (256 KiB)" {
	four_copies nul 256K 1000
}

# lose_often PATIENCE: four million numbers (or a fifth), and four readers that are slow in their
# own ways.
lose_often() {
	local i jobs=()
	choose_seed
	spawn pubmsg -s 16K --wait-subs=4 --patience="$1" t < <(exec seq 0 $((4 * many - 1)))
	local publisher=$pid
	for i in 1 2 3 4; do
		spawn_job "submsg -J --eof t 2>err$i |
			python3 -S '$BATS_TEST_DIRNAME/messages.py' sip $seed$i >out$i"
		jobs+=("$pid")
	done
	ends "$publisher"
	for i in 1 2 3 4; do
		ends "${jobs[i - 1]}"
		accounts "out$i" $((4 * many))
		(($(lost_by "err$i") == $(<lost)))
	done
}

@test "millions of messages are received or reported as lost, without patience" {
	lose_often 0
}

@test "millions of messages are received or reported as lost, with patience" {
	lose_often 10ms
}

@test "subscribers that join and leave all the time see no gap and no message twice" {
	local i rounds
	rounds=$(of_full 100 300)
	busy -s 256K t
	for ((i = 0; i < rounds; i++)); do
		submsg --last=$((RANDOM % 1000)) -n 5000 t >out 2>err
		contiguous out
		silent
	done
	end_job "$busy"
}

@test "publishers and subscribers that are killed all the time disturb nobody else" {
	local i rounds
	rounds=$(of_full 60 200)
	choose_seed
	RANDOM=$seed
	pubmsg -s 256K t </dev/null
	spawn submsg -q --observe -F '%s\n' t >sequences
	local witness=$pid
	for ((i = 0; i < rounds; i++)); do
		spawn pubmsg -q --patience=1ms t < <(exec seq 100000000)
		local publisher=$pid
		spawn submsg -q t >/dev/null
		local subscriber=$pid
		sleep "0.0$((RANDOM % 5))$((RANDOM % 10))"
		kill -KILL "$publisher" "$subscriber"
		ends "$publisher" 137
		ends "$subscriber" 137
		spawned=("$witness")
	done
	pubmsg -m last t
	# The observer may have lost messages, but saw none twice and none out of order.
	wait_until "[[ \$(tail -n 1 sequences) == \$(submsg --drain --last=1 -F %s t) ]]"
	awk '$1 <= last && NR > 1 { print "line " NR ": " $1 " after " last; exit 1 }
		{ last = $1 }' sequences
}
