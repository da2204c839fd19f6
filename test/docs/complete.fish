#!/usr/bin/env -S fish --no-config
# SPDX-License-Identifier: MIT
#
# complete.fish DIRECTORY LINE: prints what fish would offer at the end of the line, by the
# completions in that directory.

set -p fish_complete_path $argv[1]
set -p fish_function_path $argv[1]
for line in (complete -C $argv[2])
	string split -f 1 \t -- $line; or true
end
