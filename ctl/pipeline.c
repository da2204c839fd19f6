/* SPDX-License-Identifier: MIT */
/*
 * A pipe is at most three processes, its stages:
 *
 *     source              command           sink
 *     submsg FROM   ───▶  sh -c COMMAND ───▶  pubmsg TO
 *
 * It starts at its end: the sink first, and the other stages when the sink is ready. So a pipe that
 * cannot publish takes nothing from its source.
 *
 * It ends at its source. A signal that stops the pipe goes to the first stage only. Each other
 * stage finishes what it has: its input ends when the stage before it has ended. A signal must
 * therefore reach only one stage. So each stage has a process group of its own, which includes what
 * the shell starts.
 *
 * When a stage ends by itself, the later stages go on to the end of their input. The earlier ones
 * have lost their reader: they are asked to end, and killed if they do not. A stage that dies by
 * SIGPIPE did so because a later one ended; that later one must explain why.
 *
 * submsg and pubmsg report when they are ready (sd_notify(3)), as they do to a service manager;
 * here the pipe listens. It ignores messages from other processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/pipeline.h"
#include "ctl/ready-socket.h"
#include "ctl/stage.h"
#include "util/clock.h"
#include "util/notify.h"
#include "util/signals.h"

/* How long a stage that has lost its reader may take to end. */
#define GRACE (5 * NANOSECONDS_PER_SECOND)

/* The exit status of sh for a command that died by SIGPIPE. */
#define SHELL_SIGPIPE (128 + SIGPIPE)

enum position { SOURCE, COMMAND, SINK, N_STAGES };

struct pipeline {
	struct stage stages[N_STAGES];
	int signals, notifications; /* descriptors */
	char address[READY_SOCKET_ADDRESS_SIZE]; /* address of the socket for notifications */
	bool started; /* all stages were started */
	bool is_ready; /* we have reported that the pipe is ready */
	int stop_signal; /* 0: nobody asked the pipe to end */
	uint64_t deadline; /* when to kill stages that have lost their reader */
	enum status status; /* of the first stage that failed */
};

/*
 * Listening.
 */

static int listen_to_signals(struct pipeline *pipeline)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	signal(SIGCHLD, SIG_DFL); /* if SIGCHLD were ignored, we could not wait for stages */
	sigprocmask(SIG_BLOCK, &set, NULL);
	pipeline->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return pipeline->signals < 0 ? -errno : 0;
}

static void take_notifications(struct pipeline *pipeline)
{
	pid_t process;

	while ((process = ready_socket_next(pipeline->notifications)))
		for (int i = 0; i < N_STAGES; i++)
			if (pipeline->stages[i].process == process)
				pipeline->stages[i].ready = true;
}

/*
 * Starting.
 */

static bool has_stage(const struct pipeline *pipeline, enum position position)
{
	return stage_exists(&pipeline->stages[position]);
}

static bool is_alive(const struct pipeline *pipeline, enum position position)
{
	return stage_is_alive(&pipeline->stages[position]);
}

static enum position first_stage(const struct pipeline *pipeline)
{
	return has_stage(pipeline, SOURCE) ? SOURCE : COMMAND;
}

static void fail_pipeline(struct pipeline *pipeline, enum status status)
{
	if (!pipeline->status)
		pipeline->status = status;
}

static void start_stage(struct pipeline *pipeline, enum position position)
{
	const char *ready_socket = position == COMMAND ? NULL : pipeline->address;

	fail_pipeline(pipeline, stage_start(&pipeline->stages[position], ready_socket,
					    position == first_stage(pipeline)));
}

/* Starts the stages that wait for the sink. */
static void start_others(struct pipeline *pipeline)
{
	if (pipeline->started || pipeline->stop_signal || pipeline->status)
		return;
	if (has_stage(pipeline, SINK) && !pipeline->stages[SINK].ready)
		return;
	pipeline->started = true;
	start_stage(pipeline, COMMAND);
	if (!pipeline->status)
		start_stage(pipeline, SOURCE);
}

static void tell_ready(struct pipeline *pipeline)
{
	if (pipeline->is_ready || !pipeline->started || pipeline->stop_signal || pipeline->status)
		return;
	for (int i = 0; i < N_STAGES; i++)
		if (has_stage(pipeline, i) && !pipeline->stages[i].ready)
			return;
	pipeline->is_ready = true;
	notify("READY=1");
}

/*
 * Ending.
 */

static void signal_stage(struct pipeline *pipeline, enum position position, int number)
{
	stage_signal(&pipeline->stages[position], number);
}

/* Ends the pipe in order, beginning with its first stage. */
static void end_source(struct pipeline *pipeline)
{
	if (!pipeline->started)
		signal_stage(pipeline, SINK, SIGTERM);
	signal_stage(pipeline, first_stage(pipeline), SIGTERM);
	for (int i = 0; i < N_STAGES; i++)
		stage_close_ends(&pipeline->stages[i]);
}

static void take_signal(struct pipeline *pipeline, int number)
{
	if (number == SIGCHLD)
		return;
	if (!pipeline->stop_signal) {
		pipeline->stop_signal = number;
		notify("STOPPING=1");
		end_source(pipeline);
	} else {
		for (int i = 0; i < N_STAGES; i++)
			signal_stage(pipeline, i, number);
	}
}

static void take_signals(struct pipeline *pipeline)
{
	struct signalfd_siginfo info;

	while (read(pipeline->signals, &info, sizeof(info)) == sizeof(info))
		take_signal(pipeline, (int)info.ssi_signo);
}

/* Ends the stages before one that has ended. */
static void end_stages_before(struct pipeline *pipeline, enum position position, bool failed)
{
	for (int i = 0; i < (int)position; i++) {
		if (!is_alive(pipeline, i))
			continue;
		/* A command may close its output and still have work to finish. */
		if (failed || position == COMMAND)
			signal_stage(pipeline, i, SIGTERM);
		pipeline->deadline = earlier(pipeline->deadline, clock_monotonic() + GRACE);
	}
}

static bool is_broken_pipe(const struct pipeline *pipeline, enum position position, int how)
{
	bool died = (WIFSIGNALED(how) && WTERMSIG(how) == SIGPIPE) ||
		    (WIFEXITED(how) && WEXITSTATUS(how) == SHELL_SIGPIPE);

	return died && position < SINK && has_stage(pipeline, position + 1);
}

/* Our own programs' exit statuses become the pipe's. A command's have meanings of their own. */
static void note_failure(struct pipeline *pipeline, enum position position, int how)
{
	const char *name = pipeline->stages[position].name;
	enum status status = STATUS_FAILED;

	if (WIFSIGNALED(how)) {
		say("%s was killed by signal %d (%s)", name, WTERMSIG(how),
		    strsignal(WTERMSIG(how)));
	} else {
		say("%s ended with status %d", name, WEXITSTATUS(how));
		if (position != COMMAND && WEXITSTATUS(how) != STATUS_NOT_RUN)
			status = WEXITSTATUS(how);
	}
	/* A command's status (grep without a match) is no failure if somebody ended the pipe. */
	if (position != COMMAND || !pipeline->stop_signal)
		fail_pipeline(pipeline, status);
}

static void end_of_stage(struct pipeline *pipeline, enum position position, int how)
{
	struct stage *stage = &pipeline->stages[position];
	bool failed = how != 0 && !stage_ended_as_told(stage, how) &&
		      !is_broken_pipe(pipeline, position, how);

	stage->process = 0;
	if (failed)
		note_failure(pipeline, position, how);
	end_stages_before(pipeline, position, how != 0);
}

static void collect_ended(struct pipeline *pipeline)
{
	int how;

	for (int i = 0; i < N_STAGES; i++)
		if (is_alive(pipeline, i) &&
		    waitpid(pipeline->stages[i].process, &how, WNOHANG) > 0)
			end_of_stage(pipeline, i, how);
}

static void kill_overdue(struct pipeline *pipeline)
{
	bool unread = false;

	if (clock_monotonic() < pipeline->deadline)
		return;
	pipeline->deadline = NEVER;
	for (int i = SINK; i >= SOURCE; i--) {
		if (unread && is_alive(pipeline, i)) {
			say("%s does not end: killing it", pipeline->stages[i].name);
			signal_stage(pipeline, i, SIGKILL);
		}
		unread = unread || (has_stage(pipeline, i) && !is_alive(pipeline, i));
	}
}

/*
 * All of it.
 */

static bool any_alive(const struct pipeline *pipeline)
{
	return is_alive(pipeline, SOURCE) || is_alive(pipeline, COMMAND) ||
	       is_alive(pipeline, SINK);
}

static void wait_for_event(const struct pipeline *pipeline)
{
	struct pollfd fds[] = {
		{ .fd = pipeline->signals, .events = POLLIN },
		{ .fd = pipeline->notifications, .events = POLLIN },
	};
	uint64_t left = clock_until(pipeline->deadline, clock_monotonic());
	struct timespec span = { .tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND),
				 .tv_nsec = (long)(left % NANOSECONDS_PER_SECOND) };

	ppoll(fds, 2, left == NEVER ? NULL : &span, NULL);
}

static void run_stages(struct pipeline *pipeline)
{
	start_stage(pipeline, SINK);
	start_others(pipeline);
	while (any_alive(pipeline)) {
		tell_ready(pipeline);
		wait_for_event(pipeline);
		take_notifications(pipeline);
		take_signals(pipeline);
		collect_ended(pipeline);
		kill_overdue(pipeline);
		start_others(pipeline);
	}
}

static int connect_stages(struct pipeline *pipeline)
{
	for (int i = SOURCE; i < SINK; i++) {
		int ends[2];

		if (!has_stage(pipeline, i) || !has_stage(pipeline, i + 1))
			continue;
		if (pipe2(ends, O_CLOEXEC))
			return -errno;
		pipeline->stages[i].output = ends[1];
		pipeline->stages[i + 1].input = ends[0];
	}
	pipeline->stages[first_stage(pipeline)].input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return 0;
}

static void set_up_stages(struct pipeline *pipeline, const struct pipe_conf *conf)
{
	char dash_c[] = "-c";
	struct stage *stages = pipeline->stages;

	if (conf->from)
		stage_set_arguments(&stages[SOURCE], "submsg", conf->framing, conf->from,
				    conf->n_from);
	if (conf->to)
		stage_set_arguments(&stages[SINK], "pubmsg", conf->framing, &conf->to, 1);
	stage_set_arguments(&stages[COMMAND], "/bin/sh", NULL, (char *[]){ dash_c, conf->command },
			    2);
}

/* Adds the folder of this program to PATH, so that programs beside it are found. */
static void look_beside_baf(void)
{
	const char *path = getenv("PATH");
	char self[PATH_MAX], *list;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	if (asprintf(&list, "%s:%s", path && *path ? path : "/usr/local/bin:/usr/bin:/bin", self) <
	    0)
		out_of_memory();
	setenv("PATH", list, 1);
	free(list);
}

static void open_all(struct pipeline *pipeline)
{
	int r = listen_to_signals(pipeline);

	if (r == 0)
		r = pipeline->notifications = ready_socket_open(pipeline->address);
	if (r >= 0)
		r = connect_stages(pipeline);
	if (r < 0)
		fail_pipeline(pipeline, fail(STATUS_FAILED, "no pipe: %s", strerror(-r)));
}

enum status pipeline_run(const struct pipe_conf *conf, const char *directory)
{
	struct pipeline pipeline = {
		.stages = {
			[SOURCE] = { .name = "submsg", .input = -1, .output = -1 },
			[COMMAND] = { .name = "the command", .input = -1, .output = -1 },
			[SINK] = { .name = "pubmsg", .input = -1, .output = -1 },
		},
		.deadline = NEVER,
	};

	set_up_stages(&pipeline, conf);
	setenv("BAF_DIR", directory, 1);
	look_beside_baf();
	open_all(&pipeline);
	if (!pipeline.status)
		run_stages(&pipeline);
	for (int i = 0; i < N_STAGES; i++)
		stage_free(&pipeline.stages[i]);
	if (!pipeline.status && pipeline.stop_signal)
		signals_die(pipeline.stop_signal);
	return pipeline.status;
}
