/* SPDX-License-Identifier: MIT */
/*
 * The loop: take what is there; when there is nothing left, write it out; then sleep.
 *
 * While messages keep coming, we sleep on the ring's futex for a moment: that wakes fastest. If
 * nothing comes in that time, we arm the set's descriptor and poll it together with stdout, so that
 * an idle submsg uses no processor time and still notices when its reader goes away. A signal ends
 * both sleeps: see signals.c for why none is missed.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "sub/stream.h"
#include "util/clock.h"
#include "util/explain.h"
#include "util/signals.h"

#define EVENTS_AT_ONCE 256 /* between two checks of the clock */
#define SHORT_SLEEP (50 * NANOSECONDS_PER_MILLISECOND)
#define SLEEP_WITHOUT_DESCRIPTOR NANOSECONDS_PER_SECOND

/* For the SIGBUS handler. */
static struct baf_subscriber *volatile open_subscriber;

int stream_mend(const void *address)
{
	return open_subscriber && baf_subscriber_handle_sigbus(open_subscriber, address);
}

static enum status fail_with(const struct stream *stream, const char *topic, int error)
{
	struct explanation explanation = explain(error);

	if (!topic)
		return topic_directory_fail(stream->settings->directory.path, error);
	return fail(explanation.status, "%s: %s (in %s): %s", topic, explanation.wrong,
		    stream->settings->directory.path, explanation.advice);
}

static enum status add(struct stream *stream, const char *pattern)
{
	int r = baf_subscriber_add(stream->subscriber, pattern);

	if (r == -ENOENT)
		return fail(STATUS_NO_TOPIC, "%s: no such topic (in %s): publish to it first",
			    pattern, stream->settings->directory.path);
	return r < 0 ? fail_with(stream, pattern, r) : STATUS_DONE;
}

static enum status exclude(struct stream *stream, const char *pattern)
{
	int r = baf_subscriber_exclude(stream->subscriber, pattern);

	return r < 0 ? fail_with(stream, pattern, r) : STATUS_DONE;
}

static enum status add_topics(struct stream *stream)
{
	const struct sub_settings *settings = stream->settings;
	enum status status = STATUS_DONE;

	for (size_t i = 0; i < settings->n_topics && !status; i++)
		status = settings->exclude ? exclude(stream, settings->topics[i]) :
					     add(stream, settings->topics[i]);
	if (!status && (settings->exclude || settings->n_topics == 0))
		status = add(stream, ">");
	return status;
}

static void init_times(struct stream *stream)
{
	uint64_t now = clock_monotonic();

	stream->timeout_at = clock_after(now, stream->settings->timeout);
	stream->idle_at = clock_after(now, stream->settings->idle);
	meter_start(&stream->meter, stream->settings->stats);
}

enum status stream_open(struct stream *stream, const struct sub_settings *settings)
{
	struct baf_subscriber_options options = settings->subscriber;
	int r;

	*stream = (struct stream){ .settings = settings };
	if (settings->count == 0) { /* only checks, without waiting */
		options.start = BAF_START_NEWEST;
		options.flags |= BAF_SUBSCRIBER_DRAIN;
	}
	r = baf_subscriber_open(&stream->subscriber, settings->directory.path, &options);
	if (r < 0)
		return fail_with(stream, NULL, r);
	open_subscriber = stream->subscriber;
	if (settings->verbose)
		say("topics in %s", settings->directory.path);
	printer_init(&stream->printer, settings, stream->subscriber);
	losses_init(&stream->losses, settings->quiet);
	waiting_notice_init(&stream->notice, settings);
	init_times(stream);
	return add_topics(stream);
}

static struct meter_reading read_meter(struct stream *stream)
{
	struct baf_subscriber_counters counters = { .size = sizeof(counters) };

	baf_subscriber_get_counters(stream->subscriber, &counters);
	return (struct meter_reading){
		.messages = stream->printer.messages,
		.bytes = stream->printer.bytes,
		.extras = { { "lost", stream->lost }, { "bytes lag", counters.lag } },
	};
}

void stream_close(struct stream *stream)
{
	struct meter_reading reading;

	if (!stream->subscriber)
		return;
	losses_tell_all(&stream->losses);
	reading = read_meter(stream);
	meter_end(&stream->meter, &reading);
	/* Closing touches the rings, too: keep them visible to the SIGBUS handler until then. */
	stream->subscriber = baf_subscriber_close(stream->subscriber);
	open_subscriber = NULL;
	waiting_notice_deinit(&stream->notice);
	losses_deinit(&stream->losses);
	printer_deinit(&stream->printer);
}

static void take_loss(struct stream *stream, const struct baf_event *event)
{
	/* An unknown number of lost messages is not zero. */
	stream->lost += event->count ? event->count : 1;
	losses_add(&stream->losses, event->topic, event->count);
	render_loss(&stream->printer.renderer, &stream->printer.output, event->topic, event->count,
		    event->sequence);
}

static void take_attached(struct stream *stream, const struct baf_event *event)
{
	waiting_notice_attached(&stream->notice, event->topic);
	if (stream->settings->verbose)
		say("%s: attached; the next message is number %" PRIu64 "%s%s", event->topic,
		    event->sequence, event->reason ? "; " : "", event->reason ? event->reason : "");
}

static bool is_single_topic(const struct sub_settings *settings)
{
	return settings->n_topics == 1 && !settings->exclude && baf_name_valid(settings->topics[0]);
}

/* Reports that a topic failed. The others continue. */
static void take_failure(struct stream *stream, const struct baf_event *event)
{
	struct explanation explanation = explain(event->error);

	say("%s: %s (in %s): %s", event->topic, event->reason, stream->settings->directory.path,
	    explanation.advice);
	stream->topic_status = is_single_topic(stream->settings) ? explanation.status :
								   STATUS_FAILED;
}

static void take_event(struct stream *stream, const struct baf_event *event)
{
	switch (event->type) {
	case BAF_EVENT_MESSAGES:
		break; /* they are in the output already */
	case BAF_EVENT_LOST:
		take_loss(stream, event);
		break;
	case BAF_EVENT_ATTACHED:
		take_attached(stream, event);
		break;
	case BAF_EVENT_RETIRED:
		if (stream->settings->verbose)
			say("%s: removed or replaced", event->topic);
		break;
	case BAF_EVENT_FAILED:
		take_failure(stream, event);
		break;
	}
}

/* Takes events up to a limit. Returns whether the limit was reached. */
static bool take_events(struct stream *stream)
{
	struct printer *printer = &stream->printer;
	struct baf_event event;

	for (int i = 0; i < EVENTS_AT_ONCE && printer->left > 0 && !printer->status; i++) {
		int r = printer_next(printer, &event);

		if (r < 0 && !printer->status)
			printer->status = fail_with(stream, NULL, r);
		if (r <= 0)
			return false;
		stream->idle = false;
		take_event(stream, &event);
	}
	return true;
}

/* Prints the reports that are due. */
static void tell(struct stream *stream, uint64_t now)
{
	struct meter_reading reading;

	losses_tell(&stream->losses, now);
	waiting_notice_tell(&stream->notice, now);
	if (now < meter_due(&stream->meter))
		return;
	reading = read_meter(stream);
	meter_show(&stream->meter, &reading);
}

/*
 * Returns whether a time-out has passed. Messages since the last check restart the idle time-out.
 */
static bool timed_out(struct stream *stream, uint64_t now)
{
	if (stream->idle_messages != stream->printer.messages) {
		stream->idle_messages = stream->printer.messages;
		stream->idle_at = clock_after(now, stream->settings->idle);
	}
	return now >= stream->timeout_at || now >= stream->idle_at;
}

/* Returns when there is something to do even if no message comes. */
static uint64_t next_due(const struct stream *stream)
{
	uint64_t due = earlier(stream->timeout_at, stream->idle_at);

	due = earlier(due, meter_due(&stream->meter));
	due = earlier(due, losses_due(&stream->losses));
	return earlier(due, waiting_notice_due(&stream->notice));
}

/*
 * Waits for the set's descriptor (for the time-out only if it is -1), and for stdout to close. If
 * nothing came, the stream counts as idle from now on.
 */
static enum status poll_with_stdout(struct stream *stream, int fd, uint64_t timeout)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = STDOUT_FILENO } };
	struct timespec span = { .tv_sec = (time_t)(timeout / NANOSECONDS_PER_SECOND),
				 .tv_nsec = (long)(timeout % NANOSECONDS_PER_SECOND) };

	if (ppoll(fds, 2, timeout == NEVER ? NULL : &span, NULL) <= 0) {
		stream->idle = true;
		return STATUS_DONE;
	}
	return output_check(fds[1].revents);
}

/* The user has no inotify instance left, so the set has no descriptor. */
static enum status sleep_without_descriptor(struct stream *stream, uint64_t due)
{
	uint64_t timeout = earlier(SLEEP_WITHOUT_DESCRIPTOR, clock_until(due, clock_monotonic()));

	baf_subscriber_wait(stream->subscriber, timeout);
	return poll_with_stdout(stream, -1, 0);
}

/* Sleeps until there is an event, or @p due has come. */
static enum status sleep_until(struct stream *stream, uint64_t due)
{
	struct baf_subscriber *subscriber = stream->subscriber;
	uint64_t timeout = earlier(SHORT_SLEEP, clock_until(due, clock_monotonic()));
	int fd;

	if (!stream->idle && baf_subscriber_wait(subscriber, timeout) != 0)
		return STATUS_DONE;
	fd = baf_subscriber_fd(subscriber);
	if (fd < 0)
		return sleep_without_descriptor(stream, due);
	if (baf_subscriber_arm(subscriber) != 0)
		return STATUS_DONE;
	timeout =
		earlier(baf_subscriber_get_sleep(subscriber), clock_until(due, clock_monotonic()));
	return poll_with_stdout(stream, fd, timeout);
}

/* Returns whether it is time to stop, and stores the status to exit with. */
static bool is_over(struct stream *stream, bool more, enum status *statusp)
{
	*statusp = stream->printer.status;
	if (*statusp || stream->printer.left == 0 || signals_stopping())
		return true;
	if (stream->topic_status && is_single_topic(stream->settings))
		return true;
	if (!more && baf_subscriber_ended(stream->subscriber))
		return true;
	if (!timed_out(stream, clock_monotonic()))
		return false;
	*statusp = STATUS_TIMEOUT;
	return true;
}

static enum status loop(struct stream *stream)
{
	enum status status;

	for (;;) {
		bool more = take_events(stream);

		if (!more)
			printer_flush(&stream->printer);
		tell(stream, clock_monotonic());
		if (is_over(stream, more, &status))
			return status;
		if (!more)
			status = sleep_until(stream, next_due(stream));
		if (status)
			return status;
	}
}

enum status stream_run(struct stream *stream)
{
	enum status status = loop(stream);

	printer_flush(&stream->printer);
	if (stream->printer.status)
		return stream->printer.status;
	if (status && status != STATUS_TIMEOUT)
		return status;
	if (stream->topic_status)
		return stream->topic_status;
	if (stream->lost > 0 && stream->settings->strict)
		return STATUS_LOST;
	return status;
}

enum status stream_check(struct stream *stream)
{
	struct baf_event event;

	while (baf_subscriber_read_batch(stream->subscriber, NULL, 0, &event) > 0)
		if (event.type == BAF_EVENT_FAILED)
			take_failure(stream, &event);
	return stream->topic_status;
}
