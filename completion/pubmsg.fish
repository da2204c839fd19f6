# SPDX-License-Identifier: MIT
#
# Completion of pubmsg for fish.

set -l framings 'line\t"lines" nul\t"ending in a NUL byte" len\t"each after its length"
	raw\t"each read is a message" one\t"all of it is one message"'
set -l policies 'fail\t"exit with status 6" truncate\t"publish the beginning"
	split\t"publish several messages" skip\t"do not publish it"'

complete -c pubmsg -f -a '(__baf_topics)' -d topic
complete -c pubmsg -s 0 -d 'Same as --framing=nul'
complete -c pubmsg -l framing -x -a $framings -d 'How to split standard input into messages'
complete -c pubmsg -s m -l message -x -d 'Publish a text, do not read standard input'
complete -c pubmsg -s s -l size -x -d 'Capacity of the topic (K, M, G)'
complete -c pubmsg -l mode -x -d 'File mode of a new topic'
complete -c pubmsg -l group -x -a '(__fish_complete_groups)' -d 'Group of a new topic'
complete -c pubmsg -l patience -x -a inf -d 'How long one publish may wait for subscribers'
complete -c pubmsg -l wait-subs -x -d 'Wait until subscribers are attached'
complete -c pubmsg -l shared -d 'Allow other publishers'
complete -c pubmsg -l rm -d 'Remove the topic on exit'
complete -c pubmsg -l on-large -x -a $policies -d 'What to do with messages that are too large'
complete -c pubmsg -l tee -d 'Also copy standard input to standard output'
complete -c pubmsg -l stats -d 'Print counters on standard error'
complete -c pubmsg -l dir -x -a '(__fish_complete_directories)' -d 'Topic directory'
complete -c pubmsg -l user -d 'The topic directory of the user'
complete -c pubmsg -l system -d 'The topic directory of the system'
complete -c pubmsg -s q -l quiet -d 'No warnings'
complete -c pubmsg -s v -l verbose -d 'Print which directory and topic are used'
complete -c pubmsg -s h -l help -d 'Print a summary of the options'
complete -c pubmsg -s V -l version -d 'Print the version'
