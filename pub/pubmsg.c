/* SPDX-License-Identifier: MIT */
/*
 * pubmsg: stdin -> topic.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pub/input.h"
#include "pub/message.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/notify.h"
#include "util/signals.h"

struct pubmsg {
	struct pub_settings settings;
	struct sink sink;
	struct source source;
	struct meter meter;
};

static uint64_t show_meter(void *context)
{
	struct pubmsg *pubmsg = context;
	struct meter_reading reading = sink_read_meter(&pubmsg->sink);

	meter_show(&pubmsg->meter, &reading);
	return meter_due(&pubmsg->meter);
}

static void end_meter(struct pubmsg *pubmsg)
{
	struct meter_reading reading = sink_read_meter(&pubmsg->sink);

	meter_end(&pubmsg->meter, &reading);
}

static enum status publish_arguments(struct pubmsg *pubmsg)
{
	const struct pub_settings *settings = &pubmsg->settings;
	enum status status = STATUS_DONE;
	struct message message;

	message_init(&message, &pubmsg->sink);
	for (size_t i = 0; i < settings->n_messages && !status && !signals_stopping(); i++) {
		status =
			message_add(&message, settings->messages[i], strlen(settings->messages[i]));
		if (!status)
			status = message_end(&message);
	}
	message_deinit(&message);
	return status;
}

static void prepare_descriptors(const struct pub_settings *settings)
{
	io_enlarge_pipe(STDIN_FILENO);
	if (settings->tee) {
		io_enlarge_pipe(STDOUT_FILENO);
		signal(SIGPIPE, SIG_IGN);
	}
}

static enum status publish(struct pubmsg *pubmsg)
{
	enum status status = STATUS_DONE;

	if (pubmsg->settings.wait_subscribers > 0)
		status = sink_wait_subscribers(&pubmsg->sink);
	if (status || signals_stopping())
		return status;
	notify("READY=1");
	if (pubmsg->settings.n_messages > 0)
		return publish_arguments(pubmsg);
	prepare_descriptors(&pubmsg->settings);
	return input_publish(&pubmsg->source, &pubmsg->sink);
}

static enum status run(struct pubmsg *pubmsg)
{
	enum status status = sink_open(&pubmsg->sink, &pubmsg->settings);

	if (status)
		return status;
	meter_start(&pubmsg->meter, pubmsg->settings.stats);
	pubmsg->source = (struct source){
		.tee = pubmsg->settings.tee,
		.tick = show_meter,
		.tick_context = pubmsg,
		.tick_due = meter_due(&pubmsg->meter),
	};
	status = publish(pubmsg);
	notify("STOPPING=1");
	end_meter(pubmsg);
	sink_close(&pubmsg->sink);
	return status;
}

int main(int argc, char **argv)
{
	struct pubmsg pubmsg;
	enum status status;
	int r;

	pub_settings_parse(&pubmsg.settings, argc, argv);
	io_fill_standard_descriptors();
	signals_init(sink_mend);
	r = topic_directory_find(&pubmsg.settings.directory);
	if (r < 0)
		status = fail(STATUS_FAILED, "no topic directory: %s: give one with --dir",
			      strerror(-r));
	else
		status = run(&pubmsg);
	free(pubmsg.settings.messages);
	signals_die_if_stopped();
	return status;
}
