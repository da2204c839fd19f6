# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Packages of suites that this machine does not have in its sources, without a trace in the system:
# lists of our own, and packages that are unpacked, not installed. (To install a kernel's image
# would pull in a boot set-up.) The mirrors are the machine's own.

suites=(bookworm bookworm-security bookworm-backports trixie-backports)

# mirror PATTERN: where this machine gets the first suite from whose name matches.
mirror()
{
	local uri

	# shellcheck disable=SC2016 # apt-get expands that
	uri=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk -v pattern="$1" '$1 ~ pattern && $2 ~ /debian/ { print $2; exit }')
	[ -n "$uri" ] || fail "this machine's sources name no mirror of Debian for $1"
	echo "$uri"
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

write_sources()
{
	local main security suite uri

	main=$(mirror '^(bookworm|trixie|forky|stable)$')
	security=$(mirror '-security$')
	for suite in "${suites[@]}"; do
		uri=$main
		[[ $suite != *-security ]] || uri=$security
		echo "deb [arch=amd64 signed-by=$keyring] $uri $suite main"
	done
}

# The options that make apt use our lists.
apt_options=(
	-o "Dir::Etc::sourcelist=$cache/apt/sources.list"
	-o Dir::Etc::sourceparts=/dev/null
	-o Dir::Etc::preferencesparts=/dev/null
	-o "Dir::State::lists=$cache/apt/lists"
	-o "Dir::Cache=$cache/apt/cache"
	-o APT::Sandbox::User=root
	-o APT::Update::Post-Invoke=
)

# The lists are a day old at most. Without a network, older ones do.
update_lists()
{
	local stamp=$cache/apt/updated output

	[ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || return 0
	[ -f "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"
	mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
	write_sources >"$cache/apt/sources.list"
	if output=$(apt-get "${apt_options[@]}" --error-on=any update 2>&1 </dev/null); then
		touch "$stamp"
	elif [ -e "$stamp" ]; then
		say "the package lists are old, and there are none newer"
	else
		fail "no package lists: $output"
	fi
}

# newest_package PATTERN: the name, among those that match, with the highest version in it.
newest_package()
{
	apt-cache "${apt_options[@]}" search --names-only "$1" | awk '{ print $1 }' | sort -V |
		tail -n 1
}

# version_of PACKAGE[/SUITE]
version_of()
{
	apt-get "${apt_options[@]}" download --print-uris "$1" 2>/dev/null | awk '{ print $2 }' |
		sed 's/^[^_]*_//; s/_[^_]*$//; s/%3a/:/'
}

# download FOLDER PACKAGE...
download()
{
	mkdir -p "$1"
	(cd "$1" && quietly "download of ${*:2}" apt-get "${apt_options[@]}" download "${@:2}")
}

# unpack FOLDER DEB...
unpack()
{
	local deb

	mkdir -p "$1"
	for deb in "${@:2}"; do
		dpkg -x "$deb" "$1" || fail "cannot unpack $deb"
	done
}
