# SPDX-License-Identifier: MIT
#
# Completion of submsg for fish.

set -l framings 'line\t"a newline after each" nul\t"a NUL byte after each"
	len\t"the length before each" raw\t"only the bytes"
	one\t"the first message, then stop"'
set -l positions 'oldest\t"the oldest message" newest\t"the next message"'

complete -c submsg -f -a '(__baf_topics --list)' -d topic
complete -c submsg -s e -l exclude -d 'Subscribe to all but the listed topics'
complete -c submsg -s 0 -d 'Same as --framing=nul'
complete -c submsg -l framing -x -a $framings -d 'How to write messages'
complete -c submsg -s n -s C -l count -x -d 'Stop after a number of messages'
complete -c submsg -s W -l timeout -x -d 'Stop after a time'
complete -c submsg -l idle -x -d 'Stop when no message arrives for a time'
complete -c submsg -l eof -d 'Stop when no publisher is left'
complete -c submsg -l drain -d 'Stop after the messages that exist at the start'
complete -c submsg -l from -x -a $positions -d 'Where to start'
complete -c submsg -l last -x -d 'Start with the last messages'
complete -c submsg -l since -x -d 'Start with messages since a time'
complete -c submsg -l observe -d 'Never make a publisher wait'
complete -c submsg -l strict -d 'Exit with status 3 if messages were lost'
complete -c submsg -s v -l verbose -d 'Write the topic before each message'
complete -c submsg -s J -l json -d 'Write JSON'
complete -c submsg -s F -l format -x -d 'Write each message in a format'
complete -c submsg -l ts -d 'Write the publish time before each message'
complete -c submsg -l stats -d 'Print counters on standard error'
complete -c submsg -l dir -x -a '(__fish_complete_directories)' -d 'Topic directory'
complete -c submsg -l user -d 'The topic directory of the user'
complete -c submsg -l system -d 'The topic directory of the system'
complete -c submsg -s q -l quiet -d 'No warnings, no reports of loss'
complete -c submsg -s h -l help -d 'Print a summary of the options'
complete -c submsg -s V -l version -d 'Print the version'
