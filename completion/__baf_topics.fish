# SPDX-License-Identifier: MIT
#
# Shared by the completions of pubmsg and submsg: prints the topics of the directory that the
# command line selects. With --list, each topic follows the list that was typed before it.

function __baf_topics
	set -l before ''

	if test "$argv[1]" = --list
		set before (string match -r '.*,' -- (commandline -ct); or echo '')
	end
	for file in (__baf_directory)/*
		set -l name (string replace -r '.*/' '' -- $file)

		string match -qr '^(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$' -- $name; or continue
		test (string length -- $name) -le 200 -a -f $file; or continue
		set -l pattern '(^|,)'(string escape --style=regex -- $name)','
		string match -qr $pattern -- $before; and continue
		echo $before$name
	end
end

function __baf_directory
	set -l chosen default
	set -l path

	set -l words (commandline -opc)
	while set -q words[1]
		switch $words[1]
			case --dir
				set chosen path
				set path $words[2]
			case '--dir=*'
				set chosen path
				set path (string replace -r '^--dir=' '' -- $words[1])
			case --user
				set chosen user
			case --system
				set chosen system
			case --
				break
		end
		set -e words[1]
	end
	if test $chosen = path
		string replace -r '^~/' $HOME/ -- $path
	else if test $chosen = default -a -n "$BAF_DIR"
		echo $BAF_DIR
	else if test $chosen = system; or test $chosen = default -a -d /dev/baf
		echo /dev/baf
	else if string match -q '/*' -- $XDG_RUNTIME_DIR
		echo $XDG_RUNTIME_DIR/baf
	else
		echo /dev/shm/baf-(id -u)
	end
end
