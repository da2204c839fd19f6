/* SPDX-License-Identifier: MIT */
/* baf doctor: finds out what is wrong on this machine, and how to mend it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/doctor.h"
#include "ctl/table.h"

static char *format_text(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		out_of_memory();
	return text;
}

/*
 * Findings.
 */

static void add(struct doctor *doctor, const char *check, enum finding_state state,
		const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void add(struct doctor *doctor, const char *check, enum finding_state state,
		const char *format, va_list arguments)
{
	doctor->findings = or_out_of_memory(
		reallocarray(doctor->findings, doctor->n_findings + 1, sizeof(*doctor->findings)));
	doctor->findings[doctor->n_findings++] = (struct finding){
		.check = check,
		.state = state,
		.what = format_text(format, arguments),
	};
}

void doctor_add(struct doctor *doctor, const char *check, enum finding_state state,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(doctor, check, state, format, arguments);
	va_end(arguments);
}

void doctor_add_wrong(struct doctor *doctor, const char *check, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(doctor, check, FINDING_WRONG, format, arguments);
	va_end(arguments);
}

void doctor_mend(struct doctor *doctor, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	doctor->findings[doctor->n_findings - 1].command = format_text(format, arguments);
	va_end(arguments);
}

bool doctor_found_wrong(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_findings; i++)
		if (doctor->findings[i].state == FINDING_WRONG)
			return true;
	return false;
}

/*
 * The machine.
 */

char *doctor_path(const struct doctor *doctor, char *path, const char *format, ...)
{
	va_list arguments;
	int n = snprintf(path, PATH_MAX, "%s", doctor->root);

	va_start(arguments, format);
	vsnprintf(path + n, PATH_MAX - (size_t)n, format, arguments);
	va_end(arguments);
	return path;
}

bool doctor_read(const struct doctor *doctor, const char *file, struct buffer *text)
{
	char path[PATH_MAX];
	int fd = open(doctor_path(doctor, path, "%s", file), O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return false;
	r = buffer_read_to_end(text, fd);
	close(fd);
	if (r)
		buffer_free(text);
	else
		*buffer_reserve(text, 1) = '\0';
	return r == 0;
}

static void open_directory(struct doctor *doctor)
{
	char **topics;

	doctor->topics = or_out_of_memory(calloc(1, sizeof(*doctor->topics)));
	doctor->directory = open(doctor->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	doctor->error = doctor->directory < 0 ? errno : 0;
	if (doctor->directory < 0)
		return;
	(void)fstat(doctor->directory, &doctor->status);
	(void)baf_directory_query(doctor->path, &doctor->info);
	doctor->is_kernel = doctor->info.transport == BAF_TRANSPORT_KERNEL;
	if (baf_topic_list(doctor->path, &topics) < 0)
		return;
	free(doctor->topics);
	doctor->topics = topics;
}

static void read_declarations(struct doctor *doctor)
{
	char folder[PATH_MAX];

	doctor->is_system = topic_directory_is_system(doctor->path);
	doctor->conf.errors.quiet = true;
	if (doctor->is_system)
		topics_conf_read_folder(&doctor->conf,
					doctor_path(doctor, folder, TOPICS_CONF_FOLDER));
}

void doctor_init(struct doctor *doctor, const char *root, const char *path)
{
	*doctor = (struct doctor){
		.root = root,
		.path = path,
		.info = BAF_DIRECTORY_INFO_INIT,
	};
	open_directory(doctor);
	read_declarations(doctor);
}

void doctor_deinit(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_findings; i++) {
		free(doctor->findings[i].what);
		free(doctor->findings[i].command);
	}
	free(doctor->findings);
	free(doctor->topics);
	topics_conf_free(&doctor->conf);
	if (doctor->directory >= 0)
		close(doctor->directory);
}

/*
 * The command.
 */

static void (*const checks[])(struct doctor *doctor) = {
	check_directory,    check_group,  check_file_system, check_room,
	check_declarations, check_topics, check_holders,     check_leftovers,
	check_logind,       check_module, check_inotify,
};

static const char *state_name(enum finding_state state)
{
	static const char *const names[] = {
		[FINDING_OK] = "ok",
		[FINDING_NOT_NEEDED] = "not needed",
		[FINDING_WRONG] = "wrong",
	};

	return names[state];
}

static const struct column columns[] = {
	{ "check", "CHECK" },
	{ "state", "STATE" },
	{ "found", "FOUND" },
	{ "command", "WHAT TO DO" },
};

static enum status print(const struct doctor *doctor, bool json)
{
	struct table table;

	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), look_choose(json));
	for (size_t i = 0; i < doctor->n_findings; i++) {
		const struct finding *finding = &doctor->findings[i];

		table_row(&table,
			  (struct cell[]){ cell_text(finding->check),
					   cell_text(state_name(finding->state)),
					   cell_text(finding->what), cell_text(finding->command) });
	}
	return table_print(&table);
}

static enum status run(int argc, char **argv)
{
	struct command_line line;
	struct doctor doctor;
	enum status status;
	bool json = false;

	command_start(&line, &doctor_command, argc, argv);
	/* The command has no options of its own. */
	while (command_next(&line) >= 0)
		json = true;
	if (line.operands[0])
		usage_error("unexpected argument '%s': give options only", line.operands[0]);
	doctor_init(&doctor, "", line.directory.path);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&doctor);
	status = print(&doctor, json);
	if (!status && doctor_found_wrong(&doctor))
		status = STATUS_FAILED;
	doctor_deinit(&doctor);
	return status;
}

static const struct option_row rows[] = {
	{ .name = "Output" },
	COMMAND_JSON_ROW,
	COMMAND_COMMON_ROWS,
};

static const struct option_example examples[] = {
	{ "sudo baf doctor --system", "check /dev/baf" },
	{ "baf doctor --json | jq -r .command", "print the repairs" },
	{ NULL, NULL },
};

const struct command doctor_command = {
	.name = "doctor",
	.program = {
		.usage = "baf doctor [OPTIONS]",
		.summary = "Finds problems on this machine, and tells how to solve them.",
		.rows = rows,
		.examples = examples,
		.notes = "Changes nothing. Exits with code 1 if it finds a problem.\n",
	},
	.run = run,
};
