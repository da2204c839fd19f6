# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # used where this is included
#
# What the scripts of this folder share: where things are, and how they speak.
#
# Kernels, tools and builds are in a cache outside the checkout. A folder in it is made under
# another name and renamed when it is complete, so what is there is whole; its name holds the
# version of the packages (or the hash of the configuration) that it was made from, so it is never
# out of date.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/baf/kernels

# Programs that are for root stand here, and not everybody's PATH has them.
PATH=$PATH:/usr/sbin:/sbin

fail()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

say()
{
	echo "${0##*/}: $*" >&2
}

# quietly WHAT COMMAND...: everything that the command says if it fails, nothing if not.
quietly()
{
	local output

	output=$("${@:2}" 2>&1 </dev/null) || fail "$1 failed:"$'\n'"$output"
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "not root, and no sudo: as root, run: $*"
	fi
}

# of_full SAMPLE FULL: a count of `make check-slow`, or of `make check-long`.
of_full()
{
	if [ -n "${BAF_TEST_FULL-}" ]; then
		echo "$2"
	else
		echo "$1"
	fi
}

# remove FOLDER...: never through a mount: files of another file system stay where they are.
remove()
{
	local folder

	for folder in "$@"; do
		[ -e "$folder" ] || continue
		! grep -qF " $(realpath "$folder")/" /proc/self/mounts ||
			fail "something is mounted below $folder: unmount it first"
		rm -rf --one-file-system "$folder"
	done
}

# hash: what identifies stdin, short.
hash()
{
	sha256sum | cut -c 1-12
}

# kernel_folder KERNEL: fetches or builds the kernel if it is not there, and prints its folder,
# which holds `image` (to boot), `headers` (to build modules for it) and perhaps `chroot` (to build
# them in).
kernel_folder()
{
	if [ -f "$here/kernel-config/$1.config" ]; then
		"$here/sanitised" "$1"
	else
		"$here/fetch" "$1"
	fi
}

# is_program FOLDER: whether the kernel in it is a program: User Mode Linux.
is_program()
{
	grep -qx CONFIG_UML=y "$1/headers/.config"
}
