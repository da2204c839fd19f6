/* SPDX-License-Identifier: MIT */
/*
 * Stopping: in order if possible, but always.
 *
 * The handler of a signal that asks the program to stop only notes it. The program checks the note
 * wherever it could sleep, finishes the current message, flushes, cleans up, and then dies by the
 * same signal, so that its parent sees how it ended.
 *
 * A signal could arrive between that check and the sleep. Blocking it there would cost a system
 * call or two for each read. Instead the handler starts a timer that interrupts any sleep, again
 * and again: at worst a sleep lasts one tick longer.
 *
 * Finishing may be impossible: a reader of stdout has stopped, or a subscriber has and the patience
 * is infinite. After URGENT_TICKS without any progress the program gives up, and ends in order. If
 * it hangs elsewhere, it dies at once after GRACE_TICKS. Shared memory needs no cleaning up after
 * it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/signals.h"

#define TICK_MICROSECONDS 50000
#define URGENT_TICKS 10
#define GRACE_TICKS 20

static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t idle_ticks;
static signals_mend_function *mend_bus_error;

void signals_die(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
	/* As the first process of a container it survives the default action. */
	_exit(128 + number);
}

static void on_tick(int number)
{
	if (!stop_signal) /* the timer is somebody else's */
		return;
	idle_ticks = idle_ticks + 1;
	if (idle_ticks >= GRACE_TICKS)
		signals_die(stop_signal);
}

static void on_stop(int number)
{
	static const struct itimerval ticking = {
		.it_interval = { .tv_usec = TICK_MICROSECONDS },
		.it_value = { .tv_usec = TICK_MICROSECONDS },
	};
	int saved = errno;

	if (!stop_signal) {
		stop_signal = number;
		setitimer(ITIMER_REAL, &ticking, NULL); /* async-signal-safe on Linux */
	}
	errno = saved;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	/* With the default action restored, the instruction runs again and kills the program. */
	if (!mend_bus_error(info->si_addr))
		signal(SIGBUS, SIG_DFL);
	errno = saved;
}

/*
 * Sets no SA_RESTART, so that signals interrupt sleeping calls. A signal that was ignored at the
 * start (nohup) stays ignored.
 */
static void catch_stop(int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
		return;
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_stop;
	sigaction(number, &action, NULL);
}

static void catch_ticks(void)
{
	struct sigaction action = { .sa_handler = on_tick };
	sigset_t set;

	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void catch_bus_error(void)
{
	struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };

	sigaction(SIGBUS, &action, NULL);
}

void signals_init(signals_mend_function *mend)
{
	mend_bus_error = mend;
	catch_bus_error();
	catch_ticks();
	catch_stop(SIGTERM);
	catch_stop(SIGINT);
	catch_stop(SIGHUP);
}

bool signals_stopping(void)
{
	return stop_signal != 0;
}

void signals_progress(void)
{
	idle_ticks = 0;
}

bool signals_urgent(void)
{
	return idle_ticks >= URGENT_TICKS;
}

void signals_die_if_stopped(void)
{
	if (stop_signal)
		signals_die(stop_signal);
}
