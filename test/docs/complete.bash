#!/bin/bash
# SPDX-License-Identifier: MIT
#
# complete.bash DIRECTORY LINE: prints what bash would offer at the end of the line, by the
# completion in that directory.

# shellcheck source=/dev/null
source "$1/baf.bash"

# Splits a line into words as readline does: at blanks without a backslash, and before and
# behind "=" and ":".
split_line()
{
	local IFS=$' \t' line=${1//=/ = }

	line=${line//:/ : }
	line=${line//'\ '/$'\1'}
	set -f
	# shellcheck disable=SC2206 # it is split on purpose
	COMP_WORDS=($line)
	COMP_WORDS=("${COMP_WORDS[@]//$'\1'/\\ }")
	[[ $1 != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

COMP_LINE=$2
COMP_POINT=${#2}
split_line "$2"
current=${COMP_WORDS[COMP_CWORD]}
[[ $current != [=:] ]] || current=
previous=${COMP_WORDS[COMP_CWORD - 1]}

specification=$(complete -p "${COMP_WORDS[0]}") || exit
[[ $specification =~ -F\ ([^ ]+) ]] || exit
"${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$current" "$previous"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
