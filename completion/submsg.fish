# SPDX-License-Identifier: MIT
#
# Completion of submsg for fish.

set -l framings 'line\t"a newline behind each" nul\t"a NUL byte behind each"
	len\t"the length in front of each" raw\t"the bytes and nothing else"
	one\t"the first message, then end"'
set -l positions 'oldest\t"the oldest message" newest\t"the next message"'

complete -c submsg -f -a '(__baf_topics --list)' -d topic
complete -c submsg -s e -l exclude -d 'Subscribe to all but the listed topics'
complete -c submsg -s 0 -d 'Same as --framing=nul'
complete -c submsg -l framing -x -a $framings -d 'How messages are written'
complete -c submsg -s n -s C -l count -x -d 'End after a number of messages'
complete -c submsg -s W -l timeout -x -d 'End after a time'
complete -c submsg -l idle -x -d 'End when nothing came for a time'
complete -c submsg -l eof -d 'End when all publishers are gone'
complete -c submsg -l drain -d 'End behind what is there at the start'
complete -c submsg -l from -x -a $positions -d 'Where to start'
complete -c submsg -l last -x -d 'Start with the last messages'
complete -c submsg -l since -x -d 'Start with messages since a time'
complete -c submsg -l observe -d 'Never hold a publisher up'
complete -c submsg -l strict -d 'Exit with status 3 if messages were lost'
complete -c submsg -s v -l verbose -d 'Write the topic before each message'
complete -c submsg -s J -l json -d 'Write JSON'
complete -c submsg -s F -l format -x -d 'Write each message by a format'
complete -c submsg -l ts -d 'Write the time before each message'
complete -c submsg -l stats -d 'Print counters on standard error'
complete -c submsg -l dir -x -a '(__fish_complete_directories)' -d 'Topic directory'
complete -c submsg -l user -d 'The topic directory of the user'
complete -c submsg -l system -d 'The topic directory of the system'
complete -c submsg -s q -l quiet -d 'No warnings, no reports of loss'
complete -c submsg -s h -l help -d 'Print a summary of the options'
complete -c submsg -s V -l version -d 'Print the version'
