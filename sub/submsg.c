/* SPDX-License-Identifier: MIT */
/*
 * submsg: topics -> stdout.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sub/stream.h"
#include "util/io.h"
#include "util/notify.h"
#include "util/signals.h"

/* Each topic takes descriptors, and there may be many topics. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum status subscribe(const struct sub_settings *settings)
{
	struct stream stream;
	enum status status = stream_open(&stream, settings);

	if (!status && settings->count == 0) {
		status = stream_check(&stream);
	} else if (!status) {
		notify("READY=1");
		status = stream_run(&stream);
		notify("STOPPING=1");
	}
	stream_close(&stream);
	return status;
}

int main(int argc, char **argv)
{
	struct sub_settings settings;
	enum status status;
	int r;

	sub_settings_parse(&settings, argc, argv);
	io_fill_standard_descriptors();
	signals_init(stream_mend);
	raise_descriptor_limit();
	io_enlarge_pipe(STDOUT_FILENO);
	r = topic_directory_find(&settings.directory);
	if (r < 0)
		status = fail(STATUS_FAILED, "no topic directory: %s: give one with --dir",
			      strerror(-r));
	else
		status = subscribe(&settings);
	sub_settings_deinit(&settings);
	signals_die_if_stopped();
	return status;
}
