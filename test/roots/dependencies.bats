#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# test/dependencies, on machines that lack things: stand-ins for apt-get and sudo say what they were
# asked to do.

bats_require_minimum_version 1.5.0

setup() {
	dependencies=$(realpath "$BATS_TEST_DIRNAME/../dependencies")
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin
	local tool
	for tool in bash cat env grep head mktemp rm sed sort; do
		ln -s "$(type -P "$tool")" bin
	done
	stand_in apt-cache 'exit 1'
	stand_in id 'echo 1000'
}

# stand_in PROGRAM 'COMMANDS': what the program does.
stand_in() {
	rm -f "bin/$1"
	printf '#!%s\n%s\n' "$(type -P bash)" "$2" >"bin/$1"
	chmod +x "bin/$1"
}

# An apt-get that notes what it is asked for, reports as the real one does, and installs nothing.
stand_in_apt_get() {
	stand_in apt-get "
		echo \"\$*\" >>'$PWD/calls'
		[[ \$1 == install ]] || exit 0
		echo dlstatus:1:3.5:Retrieving file 1 of 2
		echo dlstatus:2:60.1:Retrieving file 2 of 2
		echo Unpacking meson: with a colon
		echo pmstatus:meson:50.0:Unpacking meson
		echo pmstatus:meson:100.0:Installed meson
		${1-}"
}

# never COMMAND...: it fails. (A mere "!" would not end a test.)
never() {
	! "$@"
}

dependencies() {
	status=0
	PATH=$PWD/bin "$dependencies" "$@" >out 2>err </dev/null || status=$?
}

@test "without root and sudo, there is one line to copy that contains all packages" {
	stand_in_apt_get
	dependencies test
	((status == 1))
	[[ ! -s out && ! -e calls ]]
	[[ $(wc -l <err) == 1 ]]
	local package
	grep -qF 'as root, run: apt-get update && apt-get install -y --no-install-recommends ' err
	for package in gcc libc6-dev meson ninja-build scdoc bats clang libcmocka-dev zsh; do
		grep -qE " $package( |\$)" err
	done
}

@test "nothing says that it installs where it does not" {
	stand_in_apt_get
	dependencies test
	never grep -q installing out err
	dependencies --check test
	((status == 1))
	never grep -q installing out err
}

@test "while packages install, it shows how far it is" {
	stand_in_apt_get
	stand_in id 'echo 0'
	dependencies build
	grep -q '^installing what is lacking: .*meson' out
	diff - <(grep % out) <<-'END'
		  downloading: 3 %
		  downloading: 60 %
		  installing: 50 %
		  installing: 100 %
	END
}

@test "what apt-get says is shown if it fails" {
	stand_in_apt_get 'echo E: no space >&2; exit 100'
	stand_in id 'echo 0'
	dependencies build
	((status == 1))
	grep -qx 'Unpacking meson: with a colon' err
	grep -qx 'E: no space' err
}

@test "what is still lacking after it was installed is told" {
	stand_in_apt_get
	stand_in id 'echo 0'
	dependencies build
	((status == 1))
	grep -q '^installed, and still lacking: .*meson' err
}

@test "with sudo, that is used" {
	stand_in_apt_get
	stand_in sudo "echo \"sudo \$*\" >>'$PWD/calls'; exec \"\$@\""
	dependencies build
	grep -q '^sudo apt-get update' calls
	grep -q '^sudo env .* install .*meson' calls
}
