#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What all commands of baf have in common.

load helper

@test "baf --help lists the commands, and each command explains itself" {
	of_no_topic
	local command
	baf --help >out
	grep -q '^Usage: baf COMMAND' out
	sed -n '/^Commands:/,/^$/s/^  \([^ ]*\) .*/\1/p' out >commands
	grep -qx create commands
	grep -qx rm commands
	while read -r command; do
		baf "$command" --help >out
		grep -q "^Usage: baf $command " out
		grep -q -e --dir=DIR out
	done <commands
}

@test "baf --version prints the version" {
	of_no_topic
	[[ $(baf --version) == "baf (baf) "[0-9]* ]]
	[[ $(baf -V) == $(baf --version) ]]
}

@test "a command that is missing or unknown is told" {
	of_no_topic
	usage_error 'no command' baf
	fails 2 baf foo
	silent out
	[[ $(<err) == "baf: unknown command 'foo', "*$'\n'"Try 'baf --help'." ]]
}

@test "an option in front of the command is told where it belongs" {
	of_no_topic
	usage_error 'command first' baf --dir="$BAF_DIR" create a
	usage_error 'command first' baf -x
}

@test "wrong arguments of a command are told in its name" {
	of_no_topic
	fails 2 baf create --size=none a
	[[ $(head -n 1 err) == "baf create: --size: 'none' is not a valid SIZE: give"* ]]
	usage_error 'unknown option -x' baf create -x a
	usage_error 'topic is missing' baf create
	usage_error 'not a topic name' baf create a..b
	usage_error 'not a topic name' baf rm ../topics/a
	usage_error 'path of a directory' baf rm --dir= a
}

@test "baf NAME runs the program baf-NAME with the arguments that are left" {
	of_no_topic
	cat >bin/baf-greet <<-'END'
		#!/bin/sh
		echo "$(basename "$0")"; printf '<%s>\n' "$@"; exit 9
	END
	chmod +x bin/baf-greet
	fails 9 baf greet 'a b' --dir=x ''
	is 'baf-greet\n<a b>\n<--dir=x>\n<>\n' out
	silent
}

@test "a program baf-NAME does not take the place of a command" {
	printf '#!/bin/sh\nexit 9\n' >bin/baf-create
	chmod +x bin/baf-create
	baf create a
	[[ -e $BAF_DIR/a ]]
}

@test "a name with a slash is not looked for as a program" {
	of_no_topic
	mkdir baf-x
	printf '#!/bin/sh\nexit 9\n' >baf-x/y
	chmod +x baf-x/y
	fails 2 baf x/y
}

@test "commands take the directory from --dir, BAF_DIR, and --user" {
	baf create --dir="$shm/other" a
	[[ -e $shm/other/a ]]
	never test -e "$BAF_DIR/a"
	mkdir "$shm/run"
	XDG_RUNTIME_DIR=$shm/run baf create --user b
	[[ -e $shm/run/baf/b ]]
	BAF_DIR=$shm/other baf rm a
	never test -e "$shm/other/a"
}
