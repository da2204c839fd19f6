/* SPDX-License-Identifier: MIT */
#include "ctl/topic-options.h"
#include "util/parse.h"

static void take_size(struct baf_topic_options *topic, const struct options *options)
{
	if (!parse_capacity(optarg, &topic->capacity))
		options_reject(options, 's', optarg,
			       "a number of bytes, also with K, M or G, such as 16M, up to 1024G");
}

static void take_mode(struct baf_topic_options *topic, const struct options *options)
{
	mode_t mode;

	if (!parse_mode(optarg, &mode))
		options_reject(options, TOPIC_KEY_MODE, optarg, "octal digits, such as 640");
	topic->mode = BAF_MODE(mode);
}

static void take_owner(struct baf_topic_options *topic, const struct options *options)
{
	uid_t owner;

	if (!parse_user(optarg, &owner))
		options_reject(options, TOPIC_KEY_OWNER, optarg,
			       "the name or number of a user who exists");
	topic->owner = BAF_OWNER(owner);
}

static void take_group(struct baf_topic_options *topic, const struct options *options)
{
	gid_t group;

	if (!parse_group(optarg, &group))
		options_reject(options, TOPIC_KEY_GROUP, optarg,
			       "the name or number of a group that exists");
	topic->group = BAF_GROUP(group);
}

bool topic_take_option(struct baf_topic_options *topic, const struct options *options, int key)
{
	switch (key) {
	case 's':
		take_size(topic, options);
		return true;
	case TOPIC_KEY_MODE:
		take_mode(topic, options);
		return true;
	case TOPIC_KEY_OWNER:
		take_owner(topic, options);
		return true;
	case TOPIC_KEY_GROUP:
		take_group(topic, options);
		return true;
	}
	return false;
}
