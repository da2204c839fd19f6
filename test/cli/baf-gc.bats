#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baf gc

load helper

@test "nothing is left of topics that were removed as files" {
	of_shared_memory
	pubmsg -m one a
	pubmsg -m two b
	rm "$BAF_DIR/a"
	baf gc >out
	[[ $(wc -l <out) == 2 ]]
	grep -qxF .a.publisher out
	grep -Eqx '[.]a[.][0-9a-f]{16}[.]subscribers' out
	[[ -z $(compgen -G "$BAF_DIR/.a.*") ]]
	[[ $(submsg --drain b) == two ]]
	baf gc | nothing
}

@test "topics stay, whether they are in use or not" {
	publisher a
	say one
	holds a 1
	baf create b
	files=$(ls -A "$BAF_DIR")
	baf gc | nothing
	[[ $(ls -A "$BAF_DIR") == "$files" ]]
	say two
	finish
	[[ $(submsg --drain a | xargs) == 'one two' ]]
}

@test "what a publisher holds stays, though its ring was removed" {
	of_shared_memory
	publisher a
	say one
	holds a 1
	rm "$BAF_DIR/a"
	baf gc | nothing
	exec 7>&-
	wait "$publisher" || :
	[[ $(baf gc | wc -l) == 2 ]]
	[[ -z $(ls -A "$BAF_DIR") ]]
}

@test "publishers that come and go meanwhile are not disturbed" {
	of_shared_memory
	spawn_job 'while :; do baf gc; done'
	cleaner=$pid
	for ((i = 0; i < 50; i++)); do
		pubmsg -m "$i" --rm a
		pubmsg -m "$i" b
	done
	end_job "$cleaner"
	[[ $(submsg --drain b | wc -l) == 50 ]]
}

@test "what was removed is told as a table or as JSON, too" {
	of_shared_memory
	pubmsg -m one a
	rm "$BAF_DIR/a"
	baf gc --json >out
	jq -es 'map(.removed) | length == 2 and contains([".a.publisher"])' out
	pubmsg -m one a
	rm "$BAF_DIR/a"
	[[ $(script -qec 'baf gc' /dev/null | tr -d '\r' | head -n 1) == REMOVED ]]
}

@test "files that may not be removed are an error" {
	of_shared_memory
	as_root
	pubmsg -m one a
	rm "$BAF_DIR/a"
	chmod 755 "$BAF_DIR"
	fails 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v baf)" gc
	says '^baf gc: .*: no permission'
	silent out
}

@test "it takes no topics" {
	usage_error "unexpected argument 'a'" baf gc a
}
