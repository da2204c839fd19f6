# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of pubmsg, submsg and baf for bash. It is installed under their names, so that the
# package bash-completion loads it. It uses nothing else of that package, so it can also be sourced.

# Short options that take a value, for all programs.
_baf_letters_with_value=smnCWF

# The words of the command line up to the cursor. Bash splits "--dir=/tmp" in three, and "2:5s" too;
# this joins them again.
_baf_get_words()
{
	local i word

	words=("${COMP_WORDS[0]}")
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == [=:] || ${words[-1]} == *[=:] ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
}

# Whether an option takes the next word as its value.
_baf_takes_next()
{
	case $1 in
	--framing | --message | --size | --mode | --owner | --group | --patience | --wait-subs | \
		--on-large | --count | --timeout | --subscribers | --idle | --from | --last | \
		--since | --format | --dir)
		return 0
		;;
	--*)
		return 1
		;;
	-*)
		# The first letter with a value takes what is left of the word, if there is any.
		[[ $1 =~ ^-[^$_baf_letters_with_value]*[$_baf_letters_with_value]$ ]]
		return
		;;
	esac
	return 1
}

# Examines the words before the completed one: the topic directory, and the number of operands.
_baf_read_words()
{
	local i word options=yes

	directory=default
	n_operands=0
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [[ -z $options || $word != -?* ]]; then
			((++n_operands))
			continue
		fi
		case $word in
		--) options= ;;
		--dir) directory=path:${words[i + 1]} ;;
		--dir=*) directory=path:${word#*=} ;;
		--user) directory=user ;;
		--system) directory=system ;;
		esac
		! _baf_takes_next "$word" || ((++i))
	done
}

_baf_print_user_directory()
{
	if [[ ${XDG_RUNTIME_DIR-} == /* ]]; then
		printf '%s\n' "$XDG_RUNTIME_DIR/baf"
	else
		printf '%s\n' "/dev/shm/baf-$EUID"
	fi
}

_baf_print_directory()
{
	local path

	case $directory in
	path:*)
		path=${directory#path:}
		path=${path/#'~/'/"$HOME/"}
		printf '%s\n' "${path//[\"\'\\]/}"
		;;
	user) _baf_print_user_directory ;;
	system) echo /dev/baf ;;
	default)
		if [[ -n ${BAF_DIR-} ]]; then
			printf '%s\n' "$BAF_DIR"
		elif [[ -d /dev/baf ]]; then
			echo /dev/baf
		else
			_baf_print_user_directory
		fi
		;;
	esac
}

_baf_print_topics()
{
	local LC_ALL=C path file name

	path=$(_baf_print_directory)
	while IFS= read -r file; do
		name=${file##*/}
		[[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$ ]] || continue
		if ((${#name} <= 200)) && [[ -f $file ]]; then
			printf '%s\n' "$name"
		fi
	done < <(compgen -f -- "$path/")
}

_baf_reply()
{
	mapfile -t COMPREPLY < <(compgen "$@")
}

_baf_complete_topic()
{
	((n_operands > 0)) || _baf_reply -W "$(_baf_print_topics)" -- "$current"
}

# Completes the last name of a comma-separated list with topics that are not in the list.
_baf_complete_topics()
{
	local before='' topic

	[[ $current != *,* ]] || before=${current%,*},
	COMPREPLY=()
	while read -r topic; do
		[[ ,$before != *,"$topic",* && $before$topic == "$current"* ]] &&
			COMPREPLY+=("$before$topic")
	done < <(_baf_print_topics)
}

# Completes the value of option $1.
_baf_complete_value()
{
	case $1 in
	--framing) _baf_reply -W 'line nul len raw one' -- "$current" ;;
	--on-large) _baf_reply -W 'fail truncate split skip' -- "$current" ;;
	--from) _baf_reply -W 'oldest newest' -- "$current" ;;
	--patience) _baf_reply -W 'inf' -- "$current" ;;
	--owner) _baf_reply -u -- "$current" ;;
	--group) _baf_reply -g -- "$current" ;;
	--dir)
		compopt -o filenames 2>/dev/null
		_baf_reply -d -- "$current"
		;;
	esac
}

# Completes an option from the list in $1, a value, or what $2 completes.
_baf_complete()
{
	local words directory n_operands current previous

	_baf_get_words
	_baf_read_words
	current=${words[-1]}
	previous=${words[-2]}
	COMPREPLY=()
	if [[ $current == --*=* ]]; then
		local option=${current%%=*}

		current=${current#*=}
		_baf_complete_value "$option"
		# What stands before "=" is a word of its own, as a rule.
		[[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$option=}")
	elif _baf_takes_next "$previous"; then
		_baf_complete_value "$previous"
	elif [[ $current == -* ]]; then
		_baf_reply -W "$1" -- "$current"
		[[ ${COMPREPLY[0]-} != *= || ${#COMPREPLY[@]} != 1 ]] ||
			compopt -o nospace 2>/dev/null
	else
		"$2"
	fi
}

_baf_pubmsg()
{
	_baf_complete '-0 --framing= -m --message= -s --size= --mode= --group= --patience=
		--wait-subs= --shared --rm --on-large= --tee --stats --dir= --user --system
		-q --quiet -v --verbose -h --help -V --version' _baf_complete_topic
}

_baf_submsg()
{
	_baf_complete '-e --exclude -0 --framing= -n -C --count= -W --timeout= --idle= --eof --drain
		--from= --last= --since= --observe --strict -v --verbose -J --json -F --format=
		--ts --stats --dir= --user --system -q --quiet -h --help -V --version' \
		_baf_complete_topics
}

# Options of each command of baf, except common ones; and of baf itself.
declare -A _baf_options=(
	[ls]='-J --json'
	[info]='-J --json'
	[wait]='--publisher --subscribers= -W --timeout='
	[create]='-s --size= --mode= --owner= --group='
	[set]='-s --size= --mode= --owner= --group='
	[gc]='-J --json'
	[pipe]=''
	[rm]=''
	[setup]='--check -J --json'
	[doctor]='-J --json'
)

_baf_print_pipes()
{
	local file

	for file in /etc/baf/pipes/*.conf; do
		[[ ! -e $file ]] || basename "$file" .conf
	done
}

# Completes the operands of the command.
_baf_complete_operand()
{
	((--n_operands)) # the command itself

	case $command in
	info | wait) _baf_complete_topic ;;
	ls | rm | set) _baf_reply -W "$(_baf_print_topics)" -- "$current" ;;
	pipe) _baf_reply -fW "$(_baf_print_pipes)" -- "$current" ;;
	setup)
		compopt -o filenames 2>/dev/null
		_baf_reply -f -- "$current"
		;;
	esac
}

_baf_complete_command()
{
	_baf_reply -W "${!_baf_options[*]}" -- "$current"
}

_baf_baf()
{
	local command=${COMP_WORDS[1]}

	if ((COMP_CWORD == 1)); then
		_baf_complete '-h --help -V --version' _baf_complete_command
	elif [[ -v _baf_options[$command] ]]; then
		_baf_complete "${_baf_options[$command]} --dir= --user --system -h --help" \
			_baf_complete_operand
	fi
}

complete -F _baf_baf baf
complete -F _baf_pubmsg pubmsg
complete -F _baf_submsg submsg
