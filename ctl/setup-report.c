/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "ctl/account.h"
#include "ctl/setup-report.h"
#include "util/explain.h"

void setup_note_status(struct setup *setup, enum status status)
{
	if (!setup->status)
		setup->status = status;
}

void setup_fail(struct setup *setup, const struct declaration *topic, const char *format, ...)
{
	char wrong[PATH_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(wrong, sizeof(wrong), format, arguments);
	va_end(arguments);
	if (topic)
		say("%s: %s", topic->name, wrong);
	else
		say("%s", wrong);
	setup_note_status(setup, STATUS_FAILED);
}

void setup_fail_errno(struct setup *setup, const struct declaration *topic, int error)
{
	struct explanation explanation = explain(error);

	if (error == -EBUSY)
		explanation = (struct explanation){ error, STATUS_FAILED,
						    "a publisher has the topic",
						    "stop it and run 'baf setup' again" };
	say("%s: %s: %s", topic->name, explanation.wrong, explanation.advice);
	setup_note_status(setup,
			  explanation.status == STATUS_USAGE ? STATUS_FAILED : explanation.status);
}

/*
 * Rows.
 */

static const struct column columns[] = {
	{ "topic", "TOPIC" },
	{ "setting", "SETTING" },
	{ "from", "FROM" },
	{ "to", "TO" },
};

enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

void setup_report_init(struct setup *setup, bool json)
{
	table_init(&setup->table, columns, N_COLUMNS, look_choose(json));
}

void setup_add(struct setup *setup, const struct declaration *topic, const char *setting,
	       struct cell from, struct cell to)
{
	setup->differs = true;
	table_row(&setup->table,
		  (struct cell[]){ cell_text(topic->name), cell_text(setting), from, to });
}

static void add_mode(struct setup *setup, const struct declaration *topic, mode_t from, mode_t to)
{
	char old[8], new[8];

	snprintf(old, sizeof(old), "%03o", from & 0777);
	snprintf(new, sizeof(new), "%03o", to & 0777);
	setup_add(setup, topic, "mode", cell_text(old), cell_text(new));
}

static void add_owner(struct setup *setup, const struct declaration *topic, uid_t from, uid_t to)
{
	char old[ACCOUNT_NAME_SIZE], new[ACCOUNT_NAME_SIZE];

	account_name_user(old, from);
	account_name_user(new, to);
	setup_add(setup, topic, "owner", cell_text(old), cell_text(new));
}

static void add_group(struct setup *setup, const struct declaration *topic, gid_t from, gid_t to)
{
	char old[ACCOUNT_NAME_SIZE], new[ACCOUNT_NAME_SIZE];

	account_name_group(old, from);
	account_name_group(new, to);
	setup_add(setup, topic, "group", cell_text(old), cell_text(new));
}

bool setup_compare_rights(const struct declaration *topic, const struct stat *status,
			  struct baf_topic_options *wish)
{
	const struct baf_topic_options *declared = &topic->options;

	*wish = (struct baf_topic_options)BAF_TOPIC_OPTIONS_INIT;
	if (declared->mode && declared->mode != BAF_MODE(status->st_mode & 0777))
		wish->mode = declared->mode;
	if (declared->owner && declared->owner != BAF_OWNER(status->st_uid))
		wish->owner = declared->owner;
	if (declared->group && declared->group != BAF_GROUP(status->st_gid))
		wish->group = declared->group;
	return wish->mode || wish->owner || wish->group;
}

void setup_add_rights(struct setup *setup, const struct declaration *topic,
		      const struct stat *status, const struct baf_topic_options *wish)
{
	if (wish->mode)
		add_mode(setup, topic, status->st_mode, wish->mode);
	if (wish->owner)
		add_owner(setup, topic, status->st_uid, (uid_t)(wish->owner - 1));
	if (wish->group)
		add_group(setup, topic, status->st_gid, (gid_t)(wish->group - 1));
}
