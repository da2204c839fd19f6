#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The units of units/, as far as it can be said without starting them.

bats_require_minimum_version 1.5.0

UNITS=$BATS_TEST_DIRNAME/../../units
BAF=${BAF:-$BATS_TEST_DIRNAME/../../build/ctl/baf}

setup() {
	local unit folder
	set -o pipefail
	cd "$BATS_TEST_TMPDIR" || return
	mkdir units
	folder=$(realpath "$(dirname "$BAF")")
	for unit in "$UNITS"/*.in; do
		sed "s#@bindir@#$folder#" "$unit" >"units/$(basename "$unit" .in)"
	done
	cp "$UNITS"/*.mount units
	# Behind ours, those of the machine.
	export SYSTEMD_UNIT_PATH=$PWD/units:
}

# verify: whatever systemd says of our units. It ends with 0 also when it says something.
verify() {
	systemd-analyze verify --man=no units/*.* 2>&1 || :
}

@test "systemd finds nothing wrong in any unit" {
	[[ $(ls units) == *baf-pipe@.service*baf-setup.service*dev-baf.mount* ]]
	verify | tee said
	[[ ! -s said ]]
}

@test "systemd finds nothing wrong in the mount with the drop-in for the kernel's topics" {
	cp -R "$UNITS/dev-baf.mount.d" units
	systemd-analyze verify --man=no units/dev-baf.mount 2>&1 | tee said
	[[ ! -s said ]]
}

@test "a mistake in a unit would be found" {
	sed -i 's/^Type=/Sandbox=yes\n&/' units/baf-setup.service
	cp -R "$UNITS/dev-baf.mount.d" units
	echo 'Device=none' >>units/dev-baf.mount.d/fanout.conf
	verify >said
	grep -q "Unknown key.* 'Sandbox'" said
	grep -q "Unknown key.* 'Device'" said
}

@test "services that run for long are exposed to at most 2.0 of 10" {
	local unit n=0
	for unit in units/*.service; do
		! grep -q '^Type=oneshot' "$unit" || continue
		systemd-analyze security --offline=yes --threshold=20 "$unit" >said ||
			{ cat said; false; }
		n=$((n + 1))
	done
	((n > 0))
}

@test "the group of the topics is made by systemd-sysusers" {
	mkdir -p root/etc
	cp "$UNITS/sysusers.conf" root/baf.conf
	systemd-sysusers --root="$PWD/root" "$PWD/root/baf.conf"
	grep -q '^baf:' root/etc/group
}

@test "all that is for a group is for the same one" {
	grep -qx 'g baf - -' "$UNITS/sysusers.conf"
	grep -q '^Options=.*[=,]gid=baf,' "$UNITS/dev-baf.mount"
	grep -q '^Options=.*[=,]gid=baf,' "$UNITS/dev-baf.mount.d/fanout.conf"
	grep -qx 'SupplementaryGroups=baf' "$UNITS/baf-pipe@.service.in"
	grep -q 'GROUP="baf"' "$UNITS/../kernel/90-fanout.rules"
}
