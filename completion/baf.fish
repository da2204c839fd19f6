# SPDX-License-Identifier: MIT
#
# Completion of baf for fish.

set -l commands ls info wait create set rm gc pipe setup doctor

complete -c baf -f
complete -c baf -n __fish_use_subcommand -s h -l help -d 'List the commands'
complete -c baf -n __fish_use_subcommand -s V -l version -d 'Print the version'
complete -c baf -n __fish_use_subcommand -a ls -d 'List topics'
complete -c baf -n __fish_use_subcommand -a info -d 'Show everything about a topic'
complete -c baf -n __fish_use_subcommand -a wait \
	-d 'Wait for a topic, its publisher, or subscribers'
complete -c baf -n __fish_use_subcommand -a create -d 'Create topics'
complete -c baf -n __fish_use_subcommand -a pipe -d 'Run a command between topics'
complete -c baf -n __fish_use_subcommand -a set -d 'Change topics'
complete -c baf -n __fish_use_subcommand -a rm -d 'Remove topics'
complete -c baf -n __fish_use_subcommand -a gc -d 'Remove leftover files'
complete -c baf -n __fish_use_subcommand -a setup -d 'Create the topics that topics.conf declares'
complete -c baf -n __fish_use_subcommand -a doctor -d 'Find problems on this machine'

# Options of every command.
set -l any "__fish_seen_subcommand_from $commands"
complete -c baf -n $any -l dir -x -a '(__fish_complete_directories)' -d 'Topic directory'
complete -c baf -n $any -l user -d 'The topic directory of the user'
complete -c baf -n $any -l system -d 'The topic directory of the system'
complete -c baf -n $any -s h -l help -d 'Explain the command'

# Options of commands that print.
complete -c baf -n '__fish_seen_subcommand_from ls info gc setup doctor' \
	-s J -l json -d 'Print JSON'

set -l wait '__fish_seen_subcommand_from wait'
complete -c baf -n $wait -l publisher -d 'Wait for a publisher'
complete -c baf -n $wait -l subscribers -x -d 'Wait for subscribers'
complete -c baf -n $wait -s W -l timeout -x -d 'Give up after a time'

# Options of commands that create or change topics.
set -l making '__fish_seen_subcommand_from create set'
complete -c baf -n $making -s s -l size -x -d 'Capacity of the topic (K, M, G)'
complete -c baf -n $making -l mode -x -d 'File mode'
complete -c baf -n $making -l owner -x -a '(__fish_complete_users)' -d 'Owner'
complete -c baf -n $making -l group -x -a '(__fish_complete_groups)' -d 'Group'

complete -c baf -n '__fish_seen_subcommand_from pipe' -F -d pipe \
	-a '(path basename /etc/baf/pipes/*.conf | path change-extension "")'
complete -c baf -n '__fish_seen_subcommand_from ls info wait set rm' -a '(__baf_topics)' -d topic

set -l setup '__fish_seen_subcommand_from setup'
complete -c baf -n $setup -l check -d 'Print differences, change nothing'
complete -c baf -n $setup -F
