/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/stage.h"

void stage_set_arguments(struct stage *stage, const char *program, const char *framing,
			 char *const *operands, size_t n_operands)
{
	char **argv = or_out_of_memory(calloc(n_operands + 3, sizeof(*argv)));

	stage->argv = argv;
	*argv++ = or_out_of_memory(strdup(program));
	if (framing && asprintf(argv++, "--framing=%s", framing) < 0)
		out_of_memory();
	for (size_t i = 0; i < n_operands; i++)
		*argv++ = or_out_of_memory(strdup(operands[i]));
}

void stage_free(struct stage *stage)
{
	for (char **word = stage->argv; word && *word; word++)
		free(*word);
	free(stage->argv);
}

bool stage_exists(const struct stage *stage)
{
	return stage->argv != NULL;
}

bool stage_is_alive(const struct stage *stage)
{
	return stage->process > 0;
}

void stage_close_ends(struct stage *stage)
{
	if (stage->input >= 0)
		close(stage->input);
	if (stage->output >= 0)
		close(stage->output);
	stage->input = stage->output = -1;
}

/* Resets what a stage must not inherit: systemd, for one, starts services with SIGPIPE ignored. */
static void reset_signals(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Runs in the new process. */
static _Noreturn void become(const struct stage *stage, const char *ready_socket, bool is_first,
			     pid_t parent)
{
	setpgid(0, 0);
	/* If the pipe died, nobody else could end the source; the other stages end after it. */
	if (is_first) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(STATUS_NOT_RUN);
	}
	if ((stage->input >= 0 && dup2(stage->input, STDIN_FILENO) < 0) ||
	    (stage->output >= 0 && dup2(stage->output, STDOUT_FILENO) < 0))
		_exit(STATUS_NOT_RUN);
	reset_signals();
	if (ready_socket)
		setenv("NOTIFY_SOCKET", ready_socket, 1);
	else
		unsetenv("NOTIFY_SOCKET");
	execvp(stage->argv[0], stage->argv);
	say("cannot run %s: %s: install it beside baf, or set PATH", stage->argv[0],
	    strerror(errno));
	_exit(STATUS_NOT_RUN);
}

enum status stage_start(struct stage *stage, const char *ready_socket, bool is_first)
{
	pid_t parent = getpid(), process;
	enum status status = STATUS_DONE;

	if (!stage_exists(stage))
		return STATUS_DONE;
	process = fork();
	if (process == 0)
		become(stage, ready_socket, is_first, parent);
	if (process < 0) {
		status = fail(STATUS_FAILED, "cannot start %s: %s", stage->name, strerror(errno));
	} else {
		setpgid(process, process); /* before anybody signals the group */
		stage->process = process;
		stage->ready = !ready_socket;
	}
	stage_close_ends(stage);
	return status;
}

void stage_signal(struct stage *stage, int number)
{
	if (!stage_is_alive(stage))
		return;
	stage->told = number;
	kill(-stage->process, number);
}

/* It may have died of another cause just before it got the signal. */
bool stage_ended_as_told(const struct stage *stage, int how)
{
	return stage->told && (WIFEXITED(how) || WTERMSIG(how) == stage->told);
}
