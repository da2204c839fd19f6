// SPDX-License-Identifier: MIT
/*
 * The child stops itself by a signal before it acts and again after. In between the tracer has it
 * make a step and stop, by SIGTRAP. Whatever the child holds (locks, descriptors, mappings) the kernel
 * takes back when it is killed, as it does from any process.
 *
 * What others can see of a process is what it stores in shared files, and its system calls. So whoever is
 * killed after each store and around each system call has died in every way that makes a
 * difference; to stop after each instruction takes longer and shows the same once more.
 */
#include "test/fault/step.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/fault/promise.h"

struct role {
	void (*prepare)(void *context);
	void (*act)(void *context);
	void *context;
};

/* A step is two switches between tracer and victim, which cost far less on one processor. */
static void stay_on_this_processor(void)
{
	cpu_set_t processors;

	CPU_ZERO(&processors);
	CPU_SET((size_t)sched_getcpu(), &processors);
	(void)sched_setaffinity(0, sizeof(processors), &processors);
}

static void play(void *context)
{
	const struct role *role = context;

	role->prepare(role->context);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	raise(SIGSTOP);
	role->act(role->context);
	raise(SIGSTOP);
	_exit(0);
}

/* The signal by which it stopped; 0: it is gone. */
static int stopped_by(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		require(errno == EINTR);
	return WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
}

void victim_start(struct victim *victim, void (*prepare)(void *), void (*act)(void *),
		  void *context)
{
	struct role role = { .prepare = prepare, .act = act, .context = context };

	stay_on_this_processor();
	*victim = (struct victim){ .pid = spawn(play, &role) };
	require_equal(stopped_by(victim->pid), SIGSTOP);
	require(ptrace(PTRACE_SETOPTIONS, victim->pid, NULL, PTRACE_O_EXITKILL) == 0);
}

void victim_watch(struct victim *victim, const char *path, size_t size)
{
	struct watched *watched = &victim->watched[victim->n_watched++];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map;

	require(fd >= 0);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	require(map != MAP_FAILED);
	close(fd);
	watched->now = map;
	watched->size = size;
	watched->before = malloc(size);
	require(watched->before != NULL);
	memcpy(watched->before, watched->now, size);
}

static void stop_watching(struct victim *victim)
{
	for (size_t i = 0; i < victim->n_watched; i++) {
		munmap((void *)(uintptr_t)victim->watched[i].now, victim->watched[i].size);
		free(victim->watched[i].before);
	}
	victim->n_watched = 0;
}

static bool has_stored(struct victim *victim)
{
	bool has = false;

	for (size_t i = 0; i < victim->n_watched; i++) {
		struct watched *watched = &victim->watched[i];

		if (memcmp(watched->before, watched->now, watched->size) == 0)
			continue;
		memcpy(watched->before, watched->now, watched->size);
		has = true;
	}
	return has;
}

/* One step. False: it has acted to the end. */
static bool go_on(struct victim *victim, enum step step)
{
	int request = step == STEP_SYSTEM_CALL ? PTRACE_SYSCALL : PTRACE_SINGLESTEP;
	int signal;

	do {
		require(ptrace(request, victim->pid, NULL, NULL) == 0);
		signal = stopped_by(victim->pid);
		require(signal == SIGTRAP || signal == SIGSTOP);
	} while (signal == SIGTRAP && step == STEP_STORE && !has_stored(victim));
	return signal == SIGTRAP;
}

bool victim_act(struct victim *victim, enum step step, unsigned int n_steps)
{
	bool acting = true;

	for (unsigned int i = 0; i < n_steps && acting; i++)
		acting = go_on(victim, step);
	stop_watching(victim);
	return acting;
}

void victim_kill(struct victim *victim)
{
	require(kill(victim->pid, SIGKILL) == 0);
	require_equal(stopped_by(victim->pid), 0);
}

void victim_spare(struct victim *victim)
{
	require(ptrace(PTRACE_DETACH, victim->pid, NULL, NULL) == 0);
}

void victim_end(struct victim *victim)
{
	int status;

	while (waitpid(victim->pid, &status, WUNTRACED) != victim->pid)
		require(errno == EINTR);
	require(WIFSTOPPED(status));
	victim_kill(victim);
}

void step_everywhere(bool (*stop_after)(const void *scene, enum step step, unsigned int n_steps),
		     const void *scene, enum step step)
{
	static const char *const names[] = {
		[STEP_INSTRUCTION] = "instructions",
		[STEP_STORE] = "stores",
		[STEP_SYSTEM_CALL] = "entries to and exits from system calls",
	};
	unsigned int n_steps = 0;

	do
		trying("it stops after %u %s", n_steps, names[step]);
	while (stop_after(scene, step, n_steps++));
	remark("it stopped after 0 to %u %s", n_steps - 2, names[step]);
}
