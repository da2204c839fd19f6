# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Counts and shows checks, as test/lint does.

n=0
failed=0

# check WHAT COMMAND...: what the command says is shown if it fails. It is not called in a
# condition, where -e would have no effect.
check()
{
	local output status start=$SECONDS

	n=$((n + 1))
	set +e
	output=$(set -e; "${@:2}" 2>&1 </dev/null)
	status=$?
	set -e

	if [ $status = 0 ]; then
		echo "ok $n $1 # $((SECONDS - start)) s"
	else
		failed=$((failed + 1))
		echo "not ok $n $1"
		echo "$output"
	fi
}

# skip WHAT REASON
skip()
{
	n=$((n + 1))
	echo "ok $n $1 # skip $2"
}

# check_guest WHAT COMMAND...: each test that the guest reports counts, and one for the whole.
check_guest()
{
	local file status=0 ok not_ok

	file=$(mktemp)
	echo "# $1"
	"${@:2}" </dev/null 2>&1 | tee "$file" || status=$?
	ok=$(grep -c '^ok ' "$file" || true)
	not_ok=$(grep -c '^not ok ' "$file" || true)
	rm "$file"
	n=$((n + ok + not_ok + 1))
	failed=$((failed + not_ok))
	if [ $status = 0 ] && [ "$ok" != 0 ] && [ "$not_ok" = 0 ]; then
		echo "ok $1"
	else
		failed=$((failed + 1))
		echo "not ok $1: $ok passed, $not_ok failed, status $status"
	fi
}

# summary TASK
summary()
{
	echo "$1: $((n - failed)) passed, $failed failed"
	[ "$failed" = 0 ] && [ "$n" != 0 ]
}

# as_tap: numbers the tests of several guests as one, and makes a comment of what else is said;
# fails if one of them did.
as_tap()
{
	awk '/^1\.\.[0-9]/ { next }
		/^(not )?ok / { sub(/ok( [0-9]+)?/, "ok " ++n) }
		!/^(not )?ok / { sub(/^(# )?/, "# ") }
		/^not ok / { failed = 1 }
		{ print; fflush() }
		END { print "1.." n + 0; exit failed || !n }'
}
