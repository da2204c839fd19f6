# SPDX-License-Identifier: MIT
#
# What a log of `meson test` says; its lines are the inputs, one for each test.

# Of a test that reports its cases one by one (TAP).
def verdict_of_case:
	if test("^ok\\b.*# *skip"; "i") then "skipped"
	elif test("^ok\\b") then "passed"
	else "failed" end;

def cases:
	[.stdout // "" | splits("\n") | select(test("^(not )?ok\\b")) | verdict_of_case];

def verdict:
	if .result == "OK" or .result == "EXPECTEDFAIL" then "passed"
	elif .result == "SKIP" then "skipped"
	else "failed" end;

# A test may fail while all its cases pass: it died after them, say.
def verdicts:
	verdict as $whole | cases as $cases
	| if $cases == [] then [$whole]
	  elif $whole == "failed" and all($cases[]; . != "failed") then $cases + ["failed"]
	  else $cases end;

# Three numbers: passed, failed, skipped.
def counts:
	[inputs | verdicts[]] as $all
	| ["passed", "failed", "skipped"]
	| map(. as $verdict | $all | map(select(. == $verdict)) | length)
	| join(" ");

# Why a test, or cases of it, were skipped. (TAP has "1..0 # skip" for a whole test.)
def reasons:
	[.stdout // "" | splits("\n") | select(test("^(ok|1\\.\\.0)\\b.*# *skip"; "i"))
		| sub("^.*?# *skip[a-z]*:? *"; ""; "i")] as $told
	| if $told == [] and verdict == "skipped" then ["\(.name) says no reason"] else $told end;

# How many there are for each reason, the most frequent first.
def skips:
	[inputs | reasons[]] | group_by(.) | sort_by(-length)[]
	| "  \(length) skipped: \(.[0])";

# What failed tests printed, less the cases that passed.
def failures:
	inputs | select(verdict == "failed")
	| [
		"", "== \(.name): \(.result)",
		(.stdout // "" | splits("\n") | select(test("^(ok\\b|1\\.\\.)|^$") | not)),
		(.stderr // "" | splits("\n") | select(. != ""))
	  ]
	| .[:100][];
