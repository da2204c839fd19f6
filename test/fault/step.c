// SPDX-License-Identifier: MIT
/*
 * The child stops itself by a signal before it acts and again after. In between the tracer has it
 * make a step and stop, by SIGTRAP. Whatever the child holds (locks, descriptors, mappings) the
 * kernel takes back when it is killed, as it does from any process.
 *
 * What others can see of a process is what it stores in shared files, and its system calls. So
 * whoever is killed after each store and around each system call has died in every way that makes a
 * difference; to stop after each instruction takes longer and shows the same once more.
 *
 * Each victim of a scene goes one step further than the one before, and its way there is the same.
 * So the steps of all victims are noted, and the next one comes at full speed to where the last one
 * stood: a breakpoint at its last instruction is hit as often as that instruction was executed. One
 * that strays from the noted way (because it waits for time to pass, say) is not believed: the next
 * one makes all its steps singly, and notes them anew. So do all victims on processors for which no
 * breakpoint is written down here.
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
#include <sys/user.h>
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

/* Lets it go, and says whether it is stopped by the tracer; else it has acted to the end. */
static bool resume(const struct victim *victim, int request)
{
	int signal;

	require(ptrace(request, victim->pid, NULL, NULL) == 0);
	signal = stopped_by(victim->pid);
	require(signal == SIGTRAP || signal == SIGSTOP);
	return signal == SIGTRAP;
}

/*
 * The way that is known.
 */

/**
 * struct way - what the victims of a scene have executed so far
 * @addresses:      of the instructions, from the beginning
 * @n_instructions: how many
 * @room:           for how many there is memory
 * @n_steps:        how many steps that is
 * @strayed:        the last victim did not keep to it
 */
static struct way {
	unsigned long *addresses;
	size_t n_instructions;
	size_t room;
	unsigned int n_steps;
	bool strayed;
} way;

static void way_forget(void)
{
	way.n_instructions = 0;
	way.n_steps = 0;
	way.strayed = false;
}

#ifdef __x86_64__

/* int3: behind it the victim stops. */
enum { BREAKPOINT = 0xcc, BREAKPOINT_SIZE = 1 };

static unsigned long position(const struct victim *victim)
{
	return (unsigned long)ptrace(PTRACE_PEEKUSER, victim->pid, offsetof(struct user, regs.rip),
				     NULL);
}

static void set_position(const struct victim *victim, unsigned long address)
{
	require(ptrace(PTRACE_POKEUSER, victim->pid, offsetof(struct user, regs.rip), address) ==
		0);
}

static void way_note(const struct victim *victim)
{
	if (way.n_instructions == way.room) {
		way.room = way.room ? 2 * way.room : 4096;
		way.addresses = realloc(way.addresses, way.room * sizeof(*way.addresses));
		require(way.addresses != NULL);
	}
	way.addresses[way.n_instructions++] = position(victim);
}

/* How often the last instruction was executed. */
static unsigned int n_executions(void)
{
	unsigned int n = 0;

	for (size_t i = 0; i < way.n_instructions; i++)
		n += way.addresses[i] == way.addresses[way.n_instructions - 1];
	return n;
}

/* Stops before @address is executed for the @n-th time. False: it does not come to that. */
static bool come_to(const struct victim *victim, unsigned long address, unsigned int n)
{
	long code = ptrace(PTRACE_PEEKTEXT, victim->pid, address, NULL);
	long with_breakpoint = (code & ~0xffL) | BREAKPOINT;
	bool acting = true;

	while (acting && n--) {
		require(ptrace(PTRACE_POKETEXT, victim->pid, address, with_breakpoint) == 0);
		acting = resume(victim, PTRACE_CONT);
		require(ptrace(PTRACE_POKETEXT, victim->pid, address, code) == 0);
		if (!acting)
			break;
		require(position(victim) == address + BREAKPOINT_SIZE);
		set_position(victim, address);
		if (n)
			acting = resume(victim, PTRACE_SINGLESTEP);
	}
	return acting;
}

/* To where the last victim stood. False: it has acted to the end. */
static bool catch_up(struct victim *victim, enum step step)
{
	unsigned long last = way.addresses[way.n_instructions - 1];

	if (!come_to(victim, last, n_executions())) {
		way.strayed = true;
		return false;
	}
	(void)has_stored(victim);
	if (!resume(victim, PTRACE_SINGLESTEP)) {
		way.strayed = true;
		return false;
	}
	way.strayed = step == STEP_STORE && !has_stored(victim);
	return true;
}

#else

static void way_note(const struct victim *victim)
{
	(void)victim;
}

static bool catch_up(struct victim *victim, enum step step)
{
	(void)victim;
	(void)step;
	return false;
}

#endif

/* One step. False: it has acted to the end. */
static bool go_on(struct victim *victim, enum step step)
{
	bool acting;

	if (step == STEP_SYSTEM_CALL)
		return resume(victim, PTRACE_SYSCALL);
	do {
		way_note(victim);
		acting = resume(victim, PTRACE_SINGLESTEP);
	} while (acting && step == STEP_STORE && !has_stored(victim));
	way.n_steps += acting;
	return acting;
}

bool victim_act(struct victim *victim, enum step step, unsigned int n_steps)
{
	unsigned int n = 0;
	bool acting = true;

	if (way.n_instructions && n_steps == way.n_steps + 1) {
		n = way.n_steps;
		acting = catch_up(victim, step);
	} else {
		way_forget();
	}
	for (; n < n_steps && acting && !way.strayed; n++)
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
	unsigned int n_steps = 0, n_strayed = 0;
	bool acting = true;

	way_forget();
	while (acting) {
		trying("it stops after %u %s", n_steps, names[step]);
		acting = stop_after(scene, step, n_steps);
		if (way.strayed) {
			way_forget();
			n_strayed++;
			acting = true;
		} else {
			n_steps++;
		}
	}
	remark("it stopped after 0 to %u %s", n_steps - 2, names[step]);
	if (n_strayed)
		remark("%u times it went another way than before, and was stepped anew", n_strayed);
}
