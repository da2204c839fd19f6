/* SPDX-License-Identifier: MIT */
/*
 * baf setup: makes the topics that topics.conf declares. Before it makes anything, it checks all of
 * topics.conf, and that the directory and the devices exist.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/setup-device.h"
#include "ctl/setup-topic.h"
#include "ctl/transport-name.h"
#include "util/explain.h"

enum { KEY_CHECK = OPTION_KEY_FIRST };

/*
 * The directory.
 */

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool fail_directory(struct setup *setup, int error)
{
	struct explanation explanation = explain(error);

	if (!topic_directory_is_system(setup->path)) {
		setup_note_status(setup, topic_directory_fail(setup->path, error));
		return false;
	}
	if (error == -ENOENT)
		explanation.advice =
			"create it (systemctl start dev-baf.mount, or mount -t tmpfs -o "
			"mode=1777,size=1g,x-mount.mkdir tmpfs /dev/baf)";
	setup_note_status(setup, fail(explanation.status, "%s: %s: %s", setup->path,
				      explanation.wrong, explanation.advice));
	return false;
}

/* The first user of a directory makes it, except the system's. */
static bool find_directory(struct setup *setup)
{
	struct baf_directory_info info = BAF_DIRECTORY_INFO_INIT;
	bool make = !topic_directory_is_system(setup->path);
	int fd = open_directory(setup->path);

	if (fd == -ENOENT && make && !setup->check)
		fd = mkdir(setup->path, 0700) ? -errno : open_directory(setup->path);
	if (fd < 0 && !(fd == -ENOENT && make))
		return fail_directory(setup, fd);
	setup->directory = fd;
	setup->holds = BAF_TRANSPORT_SHARED_MEMORY;
	if (fd >= 0 && baf_directory_query(setup->path, &info) == 0)
		setup->holds = (enum baf_transport)info.transport;
	return true;
}

/*
 * Whether it can be done at all.
 */

/* Returns whether the directory can hold the topic as declared; reports why if not. */
static bool can_hold(struct setup *setup, const struct declaration *topic)
{
	const char *wanted = transport_name(topic->transport);

	if (!topic->transport || topic->transport == setup->holds)
		return true;
	if (setup->holds == BAF_TRANSPORT_KERNEL)
		setup_fail(setup, NULL,
			   "%s:%u: transport=%s, but %s is a fanout file system: declare "
			   "transport=kernel, or use a directory on a tmpfs",
			   topic->file, topic->line, wanted, setup->path);
	else if (topic->transport == BAF_TRANSPORT_KERNEL)
		setup_fail(setup, NULL,
			   "%s:%u: transport=%s, but %s is not a fanout file system: mount one "
			   "there (mount -t fanout none %s), or declare another transport",
			   topic->file, topic->line, wanted, setup->path, setup->path);
	return setup->holds != BAF_TRANSPORT_KERNEL && topic->transport == BAF_TRANSPORT_DEVICE;
}

static bool can_be_done(struct setup *setup, const struct topics_conf *conf)
{
	bool can = setup_has_devices(setup, conf);

	for (size_t i = 0; i < conf->n_topics; i++)
		if (!can_hold(setup, conf->topics[i]))
			can = false;
	return can;
}

static void set_up_all(struct setup *setup, const struct topics_conf *conf)
{
	if (!find_directory(setup) || !can_be_done(setup, conf))
		return;
	for (size_t i = 0; i < conf->n_topics; i++)
		if (conf->topics[i]->transport != BAF_TRANSPORT_DEVICE)
			setup_topic(setup, conf->topics[i]);
	setup_devices(setup, conf);
	if (setup->check && setup->differs)
		setup_note_status(setup, STATUS_FAILED);
	if (setup->directory >= 0)
		close(setup->directory);
}

/*
 * The command.
 */

static enum status read_declarations(struct topics_conf *conf, const char *file)
{
	if (file)
		topics_conf_read(conf, file);
	else
		topics_conf_read_folder(conf, TOPICS_CONF_FOLDER);
	if (conf->errors.n)
		return STATUS_FAILED;
	if (!conf->n_files)
		return fail(STATUS_FAILED, "no topics are declared: write " TOPICS_CONF_FOLDER
					   "/topics.conf (see 'man topics.conf'), or give a file");
	return STATUS_DONE;
}

/* Declarations in /etc are meant for the system's directory. */
static void choose_directory(struct command_line *line)
{
	const char *chosen = getenv("BAF_DIR");

	if (line->operands[0] || line->directory.given || line->directory.which ||
	    (chosen && *chosen))
		return;
	line->directory.which = BAF_DIRECTORY_SYSTEM;
	(void)topic_directory_find(&line->directory);
}

static enum status run(int argc, char **argv)
{
	struct setup setup = { 0 };
	struct topics_conf conf = { 0 };
	struct command_line line;
	enum status status, printed;
	bool json = false;
	int key;

	command_start(&line, &setup_command, argc, argv);
	while ((key = command_next(&line)) >= 0) {
		json |= key == 'J';
		setup.check |= key == KEY_CHECK;
	}
	if (line.operands[0] && line.operands[1])
		usage_error("unexpected argument '%s': give one file", line.operands[1]);
	choose_directory(&line);
	setup.path = line.directory.path;
	setup_report_init(&setup, json);
	status = read_declarations(&conf, line.operands[0]);
	if (!status) {
		set_up_all(&setup, &conf);
		status = setup.status;
	}
	topics_conf_free(&conf);
	printed = table_print(&setup.table);
	return status ? status : printed;
}

static const struct option_row rows[] = {
	{ .name = "What to do" },
	{ KEY_CHECK, 0, "check", NULL,
	  "change nothing; print differences, and exit with code 1 if there are any" },
	COMMAND_JSON_ROW,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "baf setup", "create what is declared in /etc/baf" },
	{ "baf setup --check", "show what would change" },
	{ "baf setup --user topics", "private topics, from a file" },
	{ NULL, NULL },
};

const struct command setup_command = {
	.name = "setup",
	.program = {
		.usage = "baf setup [OPTIONS] [FILE]",
		.summary = "Creates the topics that topics.conf declares.",
		.rows = rows,
		.examples = examples,
		.notes = "Without FILE, reads /etc/baf/topics.conf and\n"
			 "/etc/baf/topics.conf.d/*.conf, and uses /dev/baf by default. '-' is\n"
			 "stdin.\n",
	},
	.run = run,
};
