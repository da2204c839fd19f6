#!/usr/bin/env zsh
# SPDX-License-Identifier: MIT
#
# complete.zsh DIRECTORY LINE: prints what zsh would offer at the end of the line, by the
# completions in that directory.
#
# An interactive shell is started on a terminal of its own; there compadd, through which all
# completions pass, prints what it is given. In $HOME it leaves a list of completions, for the next
# time.

setopt extended_glob
zmodload zsh/zpty || exit 2

inner() {
	PROMPT=
	fpath=($1 $fpath)
	autoload -Uz compinit
	compinit -u -d ~/completions

	compadd() {
		# Calls that only compute do not offer anything.
		if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
			builtin compadd "$@"
			return
		fi
		local -a hits
		local -A before
		local hit
		builtin compadd -O hits "$@"
		zparseopts -E P:=before p:=before
		for hit in $hits; do
			print -r -- "=> $IPREFIX${before[-P]}${before[-p]}$hit"
		done
		builtin compadd "$@"
	}

	show() {
		print
		_main_complete
		print -r -- '=> END'
		exit
	}
	zle -C show complete-word show
	bindkey '^I' show
}

zpty shell zsh -f -i
zpty -w shell "$(functions inner); inner ${(q)1:A}; print REA''DY"
while zpty -r shell line; do
	[[ $line != READY* ]] || break
done
zpty -w -n shell "$2"$'\t'
while zpty -r shell line; do
	line=${line%%[[:space:]]#}
	case $line in
	'=> END') break ;;
	'=> '*) print -r -- ${line#=> } ;;
	esac
done
zpty -d shell
