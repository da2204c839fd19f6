# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Steps: what they take, and what they may take by test/budgets. A step that takes longer is worth a
# look, and no failure: the machine may be slow, or busy.

budgets=$(dirname "${BASH_SOURCE[0]}")/budgets

# step NAME COMMAND...: runs the command, and says how long that took; its status is the command's.
# The file $BAF_STEPS, if that is set, gets the line, too.
step()
{
	local start=$SECONDS status=0 seconds budget line

	"${@:2}" || status=$?
	seconds=$((SECONDS - start))
	budget=$(awk -v step="$1" '$1 == step { print $2 }' "$budgets")
	line="$1: $seconds s"
	[ -z "$budget" ] || line+=" of $budget"
	[ "$seconds" -le "${budget:-$seconds}" ] || line+=', warning: longer than its budget'
	echo "# $line"
	[ -z "${BAF_STEPS-}" ] || echo "$line" >>"$BAF_STEPS"
	return $status
}
