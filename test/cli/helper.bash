# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the programs share.
#
# Each test has a topic directory of its own ($BAF_DIR), runs in a directory of its own, and finds
# the programs as `pubmsg`, `submsg` and `baf`. It starts background processes with `spawn`, and
# waits for what it expects with `wait_until`: there is no other waiting, so a test is as fast as
# the programs and does not fail on a slow machine. What a test started is ended after it. A process
# that is still there then, and that the test does not know of, makes the test fail.
#
# With BAF_TEST_FANOUT the topic directory is a file system of the kernel module's. With
# BAF_TEST_DEVICES it has links to devices of the module, which are new for each test.

bats_require_minimum_version 1.5.0

PUBMSG=${PUBMSG:-$BATS_TEST_DIRNAME/../../build/pub/pubmsg}
SUBMSG=${SUBMSG:-$BATS_TEST_DIRNAME/../../build/sub/submsg}
BAF=${BAF:-$BATS_TEST_DIRNAME/../../build/ctl/baf}

# Seconds until something that has to happen is given up.
DEADLINE=${BAF_TEST_DEADLINE:-20}

# Seconds until the programs of a test that hangs are killed, so that the other tests run.
LIFETIME=$((6 * DEADLINE))

# What all tests of a file share: links to the programs, and a watchdog.
setup_file() {
	local program
	for program in "$PUBMSG" "$SUBMSG" "$BAF"; do
		[[ -x $program ]] || { echo "$program is missing: build first"; return 1; }
	done
	mkdir "$BATS_FILE_TMPDIR/bin" || return
	ln -srt "$BATS_FILE_TMPDIR/bin" "$PUBMSG" "$SUBMSG" "$BAF"
	[[ ${PYTHON:-} != /* ]] || ln -s "$PYTHON" "$BATS_FILE_TMPDIR/bin/python3"
	mkfifo "$BATS_FILE_TMPDIR/never" "$BATS_FILE_TMPDIR/watched"
	start_watchdog
}

teardown_file() {
	kill "$watchdog"
	wait "$watchdog" 2>/dev/null || :
}

setup() {
	prepare
}

prepare() {
	skip_early
	set -o pipefail
	exec </dev/null
	shm=/dev/shm/baf-test.$SRANDOM
	export BAF_DIR=$shm/topics
	unset XDG_RUNTIME_DIR NOTIFY_SOCKET
	mkdir -m 755 "$shm" "$BAF_DIR" "$BATS_TEST_TMPDIR/bin" || return
	cd "$BATS_TEST_TMPDIR" || return
	[[ -z ${BAF_TEST_FANOUT:-} ]] || mount -t fanout -o mode=0755,size=600M fanout "$BAF_DIR"
	[[ -z ${BAF_TEST_DEVICES:-} ]] || make_devices
	PATH=$PWD/bin:$BATS_FILE_TMPDIR/bin:$PATH
	spawned=()
	heeding=()
	echo "$BAF_DIR" >"$BATS_FILE_TMPDIR/watched"
}

# heed_hangup: what the test spawns from here on heeds SIGHUP, also under nohup(1), where everything
# inherits that the signal is ignored.
heed_hangup() {
	local ignored
	ignored=$(awk '/^SigIgn:/ { print $2 }' /proc/self/status)
	((0x$ignored & 1)) || return 0
	heeding=(env --default-signal=HUP)
	"${heeding[@]}" true 2>/dev/null || skip "SIGHUP is ignored, and env cannot change that"
}

# traced OPTION... COMMAND...: under strace. LeakSanitizer cannot look at a process that is traced.
traced() {
	strace -o /dev/null true 2>/dev/null || skip "strace does not work here"
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace "$@"
}

# skip_early: a test that will skip itself needs no preparation, which takes seconds in a guest.
skip_early() {
	local body requirement
	[[ -n ${BAF_TEST_FANOUT:-}${BAF_TEST_DEVICES:-} ]] || return 0
	body=$(declare -f "$BATS_TEST_NAME")
	for requirement in of_shared_memory of_no_device of_no_topic; do
		[[ $body != *[[:space:]]"$requirement"[[:space:]\;]* ]] || "$requirement"
	done
}

# device_capacity: what the test asks for, by itself or in a function that it calls, in bytes.
device_capacity() {
	local body function
	body=$(declare -f "$BATS_TEST_NAME")
	for function in $(compgen -A function); do
		[[ $body != *[[:space:]]"$function"[[:space:]\;]* ]] ||
			body+=$(declare -f "$function")
	done
	[[ ! $body =~ (-s\ |--size=)([0-9]+[KM]) ]] || numfmt --from=iec "${BASH_REMATCH[2]}"
}

# Links straight to devices, and by way of others, with relative and absolute paths.
make_devices() {
	local names=(t u a b c d last first second) i capacity
	capacity=$(device_capacity)
	! grep -q '^fanout ' /proc/modules || rmmod fanout || return
	insmod /baf/fanout.ko numberofdevs=16 buffersize="${capacity:-4194304}" || return
	mkdir "$shm/links"
	for i in "${!names[@]}"; do
		ln -s "/dev/fanout$((i + 1))" "$BAF_DIR/${names[i]}"
	done
	ln -s /dev/fanout "$shm/links/t"
	ln -sf ../links/t "$BAF_DIR/t"
}

teardown() {
	clean_up
}

clean_up() {
	local failed=0
	[[ -n ${shm:-} ]] || return 0
	stop_spawned || failed=1
	wait_until none_left 5 || { end_leaked; failed=1; }
	[[ -z ${BAF_TEST_FANOUT:-} ]] || umount "$shm/topics" || failed=1
	rm -rf "$shm"
	return $failed
}

# find_own_processes DIRECTORY: those that have this directory of a test in their environment, in
# ${own[@]}.
find_own_processes() {
	local files
	files=$(
		unset BAF_DIR
		exec grep -lzsxF "BAF_DIR=$1" /proc/[0-9]*/environ
	) || :
	files=${files//\/proc\//}
	read -rd '' -a own <<<"${files//\/environ/}" || :
}

# none_left: no process of this test is left.
none_left() {
	find_own_processes "$BAF_DIR"
	((${#own[@]} == 0))
}

# The watchdog kills the programs of a test that hangs. It is told the directory of each test that
# begins, and ends with the process that runs the file.
start_watchdog() {
	local runner=$$
	(
		set +eET
		trap - DEBUG ERR EXIT
		unset BAF_DIR
		exec <>"$BATS_FILE_TMPDIR/watched" >/dev/null 2>&1 3>&- 4>&-
		directory=
		while kill -0 "$runner"; do
			if read -rt "$LIFETIME" told; then
				directory=$told
			elif [[ -n $directory ]]; then
				find_own_processes "$directory"
				((${#own[@]} == 0)) || kill -KILL "${own[@]}"
			fi
		done
	) &
	watchdog=$!
}

stop_spawned() {
	local pid failed=0
	for pid in "${spawned[@]}"; do
		kill -TERM "$pid" 2>/dev/null || continue
		kill -CONT "$pid" 2>/dev/null || :
	done
	for pid in "${spawned[@]}"; do
		wait_until "! alive $pid" && continue
		echo "process $pid does not end by SIGTERM"
		kill -KILL "$pid"
		failed=1
	done
	return $failed
}

end_leaked() {
	local pid
	for pid in "${own[@]}"; do
		echo "left over: process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -KILL "$pid"
	done
}

# spawn COMMAND...: starts a program in the background; its number is in $pid.
# It gets none of the descriptors that the test itself holds open.
spawn() {
	"${heeding[@]}" "$@" <&0 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
	pid=$!
	spawned+=("$pid")
}

# spawn_job 'COMMAND LINE': the same for a pipeline; end_job ends all of it.
spawn_job() {
	spawn setsid bash -c "$1"
	wait_until "kill -0 -- -$pid || ! alive $pid" 2>/dev/null
}

end_job() {
	kill -TERM -- "-$1"
	wait "$1" || :
}

# end PID: ends a spawned process that would not end by itself.
end() {
	kill "$1"
	wait "$1" || :
}

alive() {
	kill -0 "$1" 2>/dev/null
}

# wait_until 'COMMAND' [SECONDS]: waits until the command succeeds.
wait_until() {
	local end=$((SECONDS + ${2:-DEADLINE} + 1)) milliseconds=10
	until eval "$1"; do
		((SECONDS < end)) || { echo "waited in vain for: $1"; return 1; }
		nap $milliseconds
		((milliseconds >= 100)) || ((milliseconds += milliseconds / 2))
	done
}

# nap MILLISECONDS: passes time without a process: it reads what nobody writes.
nap() {
	local span
	printf -v span '0.%03d' "$1"
	read -rt "$span" <>"$BATS_FILE_TMPDIR/never" || :
}

# ends PID [STATUS]: waits until a spawned process ends, and checks how.
ends() {
	local status=0
	wait_until "! alive $1" || return
	wait "$1" || status=$?
	((status == ${2:-0})) || { echo "process $1 ended with $status, not ${2:-0}"; return 1; }
}

# attached TOPIC [NUMBER]: waits until that many subscribers (1) are attached; creates the topic
# if it does not exist. Publishes nothing.
attached() {
	pubmsg --wait-subs="${2:-1}:${DEADLINE}s" "$1" </dev/null
}

# subscriber [OPTION...] TOPIC: starts a subscriber that writes to the files out and err, and
# waits until it is attached.
subscriber() {
	spawn submsg "$@" >out 2>err
	subscriber=$pid
	attached "${!#}"
}

# publisher [OPTION...] TOPIC: starts a publisher of what the test writes to descriptor 7, see say.
publisher() {
	rm -f input
	mkfifo input
	exec 7<>input
	spawn pubmsg "$@" <input
	publisher=$pid
}

# say TEXT...: writes lines to that publisher.
say() {
	printf '%s\n' "$@" >&7
}

# finish: ends that publisher's input, and waits until it has published all and ended well.
finish() {
	exec 7>&-
	ends "$publisher"
}

# stalled_subscriber [OPTION...] TOPIC: starts a subscriber whose output nobody reads before the
# test does, from descriptor 6.
stalled_subscriber() {
	rm -f stalled
	mkfifo stalled
	exec 5<>stalled
	spawn submsg "$@" >stalled 2>err
	subscriber=$pid
	exec 6<stalled 5>&-
}

# waiter [OPTION...] TOPIC: starts to wait with `baf wait`, and sees it asleep.
waiter() {
	spawn baf wait "$@"
	waiter=$pid
	wait_until '[[ $(awk "{ print \$3 }" /proc/$waiter/stat) == S ]]'
}

# holds TOPIC NUMBER: waits until the topic holds that many messages.
holds() {
	wait_until "[[ \$(submsg -q --drain -F '\\n' $1 2>/dev/null | wc -l) == $2 ]]"
}

# busy OPTION... TOPIC: starts to publish numbers as fast as it goes; ends with end_job "$busy".
busy() {
	spawn_job "seq 1000000000 | pubmsg --patience=inf $*"
	busy=$pid
	wait_until "[[ -n \$(submsg -q --drain --last=1 ${!#} 2>/dev/null) ]]"
}

# listener: starts to listen on a socket as systemd does ($socket, or a file of the test's own);
# what arrives stands in the file notified, one datagram a line. Programs that are started then
# report to it.
listener() {
	export NOTIFY_SOCKET=${socket:-$shm/notify}
	spawn python3 -S "$BATS_TEST_DIRNAME/listen.py" "$NOTIFY_SOCKET" >notified
	wait_until '[[ -s notified ]]'
}

# is TEXT FILE: the file holds what printf makes of the text, nothing else.
is() {
	# shellcheck disable=SC2059 # the text is a format on purpose
	printf "$1" | cmp - "$2" || { echo "$2 holds:"; head -c 2000 "$2" | cat -A; return 1; }
}

# never COMMAND...: the command fails. (A plain "! command" cannot make a test fail.)
never() {
	if "$@"; then
		echo "but it is so: $*"
		return 1
	fi
}

# nothing: nothing comes from stdin.
nothing() {
	never grep ''
}

# prints TEXT COMMAND...: the command ends with 0 and writes just that to stdout.
prints() {
	local text=$1 status=0
	shift
	"$@" >printed || status=$?
	is "$text" printed || return
	((status == 0)) || { echo "$* ended with $status"; return 1; }
}

# fails STATUS COMMAND...: the command ends with that status; stdout is in the file
# out, stderr in the file err.
fails() {
	local expected=$1 status=0
	shift
	"$@" >out 2>err || status=$?
	((status != expected)) || return 0
	echo "$* ended with $status, not $expected:"
	cat err
	return 1
}

# says PATTERN: the file err has exactly one line, which matches.
says() {
	local lines
	mapfile -t lines <err
	((${#lines[@]} == 1)) || { echo "not one line:"; cat err; return 1; }
	[[ ${lines[0]} =~ $1 ]] || { echo "does not match $1: ${lines[0]}"; return 1; }
}

# silent [FILE]: nothing was said.
silent() {
	[[ ! -s ${1:-err} ]] || { cat "${1:-err}"; return 1; }
}

# choose_seed: chooses the seed of a random test, and prints it.
choose_seed() {
	seed=${BAF_TEST_SEED:-$((RANDOM * 32768 + RANDOM))}
	echo "# seed $seed, to be repeated with BAF_TEST_SEED=$seed" >&3
}

# of_full SAMPLE FULL: a count of `make check-slow`, or of `make check-long`.
of_full() {
	if [[ -n ${BAF_TEST_FULL:-} ]]; then
		echo "$2"
	else
		echo "$1"
	fi
}

# messages COMMAND...: see messages.py.
messages() {
	python3 -S "$BATS_TEST_DIRNAME/messages.py" "$@"
}

# ready_subscriber [OPTION...] [TOPIC...]: starts a subscriber that writes to the files out and
# err, and waits until it says that it is subscribed: topics need not exist.
ready_subscriber() {
	listener
	spawn submsg "$@" >out 2>err
	subscriber=$pid
	unset NOTIFY_SOCKET
	wait_until 'notified READY=1'
}

# notified WORD: the listener was told something that has this in it.
notified() {
	local lines
	mapfile -t lines <notified
	[[ "${lines[*]}" == *"$1"* ]]
}

# nonblocking DESCRIPTOR COMMAND...: runs the command with O_NONBLOCK set there by somebody else.
nonblocking=(python3 -S -c 'import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.set_blocking(int(sys.argv[1]), False)
os.execvp(sys.argv[2], sys.argv[2:])')

# capacity TOPIC: bytes that the topic holds, as its header says.
capacity() {
	if [[ -n ${BAF_TEST_DEVICES:-} ]]; then
		cat /sys/module/fanout/parameters/buffersize
	elif [[ -n ${BAF_TEST_FANOUT:-} ]]; then
		stat -c %s "$BAF_DIR/$1"
	else
		od -An -t u8 -j 16 -N 8 "$BAF_DIR/$1" | tr -d ' '
	fi
}

# of_shared_memory: the test is about the files of topics in shared memory.
of_shared_memory() {
	[[ -z ${BAF_TEST_FANOUT:-}${BAF_TEST_DEVICES:-} ]] ||
		skip "the kernel's topics are no such files"
}

# of_the_kernel: the test is about topics in the kernel.
of_the_kernel() {
	[[ -n ${BAF_TEST_FANOUT:-}${BAF_TEST_DEVICES:-} ]] ||
		skip "it is about topics in the kernel"
}

# of_no_device: the test makes topics, removes them, or changes their capacity.
of_no_device() {
	[[ -z ${BAF_TEST_DEVICES:-} ]] ||
		skip "devices are not made or removed, and keep their capacity"
}

# of_no_topic: no topic is used, so that it is the same on all transports.
of_no_topic() {
	[[ -z ${BAF_TEST_FANOUT:-}${BAF_TEST_DEVICES:-} ]] || skip "no topic is used"
}

# roster TOPIC: the file with the list of its subscribers.
roster() {
	compgen -G "$BAF_DIR/.$1.*.subscribers"
}

# contiguous FILE: its lines are numbers, each one more than the one before.
contiguous() {
	awk 'NR > 1 && $1 != last + 1 { print "line " NR ": " $1 " after " last; exit 1 }
		{ last = $1 }' "$1"
}

# accounts FILE NUMBER: FILE is the JSON output of a subscriber of messages that are their
# own sequence numbers from 0 on. Each is received or reported as lost, in order and once.
accounts() {
	jq -en --argjson published "$2" '
		reduce inputs as $object ({next: 0, received: 0, lost: 0, orderly: true};
			if $object.lost then
				.orderly = (.orderly and $object.sequence == .next + $object.lost)
				| .lost += $object.lost
				| .next = $object.sequence
			else
				.orderly = (.orderly and $object.sequence == .next
					and $object.message == (.next | tostring))
				| .received += 1
				| .next += 1
			end)
		| if .orderly and .received + .lost == $published then .lost
			else "\(.), of \($published)" | halt_error end' "$1" >lost
}

# lost_by FILE: the sum of the reports of loss in what a subscriber said.
lost_by() {
	sed -nE 's/^submsg: .*: lost ([0-9]+) messages? .*/\1/p' "$1" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# ticks PID: the CPU time of a process, in hundredths of a second.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# sleeps PID: it uses no CPU for a second. (A program that spins uses 100 ticks; a busy machine may
# count one or two for somebody else's work.)
sleeps() {
	local before
	before=$(ticks "$1")
	sleep 1 # the time that is measured
	(($(ticks "$1") - before <= 5))
}

as_root() {
	((EUID == 0)) || skip "needs root"
}

# usage_error PATTERN COMMAND...: the command ends with 2, says in one line what is wrong, and where
# to read more, of a command of baf in its own help; stdout stays empty.
usage_error() {
	local pattern=$1 lines name=$2
	shift
	[[ $1 != baf || ${2-} != [a-z]* ]] || name="baf $2"
	fails 2 "$@" || return
	silent out || return
	mapfile -t lines <err
	((${#lines[@]} == 2)) || { echo "$*: not two lines:"; cat err; return 1; }
	[[ ${lines[0]} =~ $pattern ]] ||
		{ echo "$*: does not match $pattern: ${lines[0]}"; return 1; }
	[[ ${lines[1]} == "Try '$name --help'." ]] ||
		{ echo "$*: ends with ${lines[1]}"; return 1; }
}

# as_the_system 'COMMANDS': runs them where /dev/baf is an empty tmpfs and /etc/baf the folder conf,
# as the only ones to see that, and without BAF_DIR.
as_the_system() {
	as_root
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
	mkdir -p etc conf dev
	cp -p /etc/passwd /etc/group etc
	cp -p /etc/nsswitch.conf /etc/ld.so.cache etc 2>/dev/null || :
	mkdir -p etc/baf
	unshare -m --propagation private bash -euc '
		mount --bind etc /etc
		mount --bind conf /etc/baf
		mount --rbind /dev dev
		mount -t tmpfs -o mode=755 dev /dev
		touch /dev/null /dev/urandom
		mount --bind dev/null /dev/null
		mount --bind dev/urandom /dev/urandom
		ln -s /proc/self/fd /dev/fd
		mkdir /dev/shm /dev/baf
		mount --rbind dev/shm /dev/shm
		mount -t tmpfs -o mode=755 baf /dev/baf
		unset BAF_DIR
		'"$1"
}

# declare_topics LINE...: what topics.conf is in this test.
declare_topics() {
	printf '%s\n' "$@" >topics.conf
}

# transport: that of the topic directory, as baf calls it.
transport() {
	if [[ -n ${BAF_TEST_FANOUT:-} ]]; then
		echo kernel
	else
		echo shared-memory
	fi
}

# examine [COMMAND...]: what baf doctor prints is in the file findings, its status in $status.
examine() {
	status=0
	baf doctor "$@" >findings 2>err || status=$?
	silent || return
	# What is wrong has a command, and makes it end with 1; nothing else does.
	awk -F '\t' 'NF != 4 || ($2 == "wrong") != ($4 != "-") { print "malformed: " $0; exit 1 }' \
		findings || return
	local wrong=0
	! grep -q $'^[^\t]*\twrong\t' findings || wrong=1
	((status == wrong)) || { echo "ended with $status"; cat findings; return 1; }
}

# finds STATE CHECK [WHAT [COMMAND]]: there is a finding of that check in that state, which matches
# the patterns.
finds() {
	grep -qE $'^'"$2"$'\t'"$1"$'\t[^\t]*('"${3-}"$')[^\t]*\t.*('"${4-}"')' findings ||
		{ echo "not found: $*"; cat findings; return 1; }
}

# mended CHECK [OPTION...]: runs the first command for that check, after which nothing is wrong
# there.
mended() {
	local check=$1
	shift
	(eval "$(awk -F '\t' -v check="$check" \
		'$1 == check && $2 == "wrong" { print $4; exit }' findings)")
	examine "$@" || return
	finds ok "$check"
}
