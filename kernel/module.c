// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The module, its parameters and its devices.
 *
 * /dev/fanout is minor 0, /dev/fanout1 minor 1 and so on. A user who makes nodes by hand, from
 * the major number in /proc/devices, may give them any names. A device costs nothing until it is
 * opened.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "file.h"

#define NAME "fanout"
#define DEVICES_MAX 255

static unsigned long buffersize = 16384;
module_param(buffersize, ulong, 0444);
MODULE_PARM_DESC(buffersize, "bytes of a device's ring, 1 to 1073741824; a power of two is taken");

static unsigned int numberofdevs = 8;
module_param(numberofdevs, uint, 0444);
MODULE_PARM_DESC(numberofdevs, "how many devices, 1 to 255");

static unsigned int nodemode = 0660;
module_param(nodemode, uint, 0444);
MODULE_PARM_DESC(nodemode, "permissions of the devices, in octal: 0660");

static int debuglevel;
module_param(debuglevel, int, 0444);
MODULE_PARM_DESC(debuglevel, "1: also say when the module goes; there are tracepoints for more");

/**
 * struct fanout_devices - all devices
 * @first:  device number
 * @cdev:   one for all of them
 * @topics: by minor number
 */
static struct fanout_devices {
	dev_t first;
	struct cdev cdev;
	struct fanout_topic **topics;
} devices;

struct fanout_topic *fanout_device_topic(struct inode *inode)
{
	unsigned int minor = iminor(inode) - MINOR(devices.first);

	return minor < numberofdevs ? fanout_topic_get(devices.topics[minor]) : NULL;
}

/*
 * Counters, see ABI.
 */

struct counters {
	u64 messages;
	u64 bytes;
	u64 lapses;
	unsigned int publishers;
	unsigned int readers;
};

static ssize_t count(struct device *device, struct counters *counters)
{
	struct fanout_topic *topic = dev_get_drvdata(device);

	*counters = (struct counters){};
	if (mutex_lock_interruptible(&topic->turn))
		return -ERESTARTSYS;
	if (topic->ring) {
		counters->messages = topic->writer.sequence;
		counters->bytes = topic->writer.bytes;
		counters->lapses = topic->ring->lapses;
		counters->publishers = topic->n_publishers;
		counters->readers = fanout_topic_count(topic, NULL);
	}
	mutex_unlock(&topic->turn);
	return 0;
}

#define COUNTER(name, format)                                                                      \
	static ssize_t name##_show(struct device *device, struct device_attribute *attribute,      \
				   char *buffer)                                                   \
	{                                                                                          \
		struct counters counters;                                                          \
		ssize_t r = count(device, &counters);                                              \
												   \
		return r ? r : sysfs_emit(buffer, format "\n", counters.name);                     \
	}                                                                                          \
	static DEVICE_ATTR_RO(name)

COUNTER(messages, "%llu");
COUNTER(bytes, "%llu");
COUNTER(lapses, "%llu");
COUNTER(publishers, "%u");
COUNTER(readers, "%u");

static ssize_t capacity_show(struct device *device, struct device_attribute *attribute,
			     char *buffer)
{
	struct fanout_topic *topic = dev_get_drvdata(device);

	return sysfs_emit(buffer, "%llu\n", topic->size);
}
static DEVICE_ATTR_RO(capacity);

static ssize_t overruns_show(struct device *device, struct device_attribute *attribute,
			     char *buffer)
{
	struct fanout_topic *topic = dev_get_drvdata(device);

	return sysfs_emit(buffer, "%lld\n", atomic64_read(&topic->overruns));
}
static DEVICE_ATTR_RO(overruns);

static struct attribute *fanout_attrs[] = {
	&dev_attr_capacity.attr,
	&dev_attr_messages.attr,
	&dev_attr_bytes.attr,
	&dev_attr_publishers.attr,
	&dev_attr_readers.attr,
	&dev_attr_lapses.attr,
	&dev_attr_overruns.attr,
	NULL,
};
ATTRIBUTE_GROUPS(fanout);

/*
 * Devices.
 */

static char *fanout_devnode(FANOUT_CONST_DEVICE *device, umode_t *mode)
{
	if (mode)
		*mode = nodemode;
	return NULL;
}

static struct class fanout_class = {
	.name = NAME,
	.devnode = fanout_devnode,
	.dev_groups = fanout_groups,
};

static void free_topics(void)
{
	unsigned int i;

	for (i = 0; i < numberofdevs; i++)
		if (devices.topics[i])
			fanout_topic_put(devices.topics[i]);
	kfree(devices.topics);
}

static int make_topics(void)
{
	unsigned int i;

	devices.topics = kcalloc(numberofdevs, sizeof(*devices.topics), GFP_KERNEL);
	if (!devices.topics)
		return -ENOMEM;
	for (i = 0; i < numberofdevs; i++) {
		devices.topics[i] = fanout_topic_new(buffersize, 0, NULL);
		if (!devices.topics[i]) {
			free_topics();
			return -ENOMEM;
		}
	}
	return 0;
}

static void remove_nodes(unsigned int n)
{
	while (n)
		device_destroy(&fanout_class, devices.first + --n);
}

static int make_nodes(void)
{
	struct device *device;
	unsigned int i;

	for (i = 0; i < numberofdevs; i++) {
		device = device_create(&fanout_class, NULL, devices.first + i, devices.topics[i],
				       i ? NAME "%u" : NAME, i);
		if (IS_ERR(device)) {
			remove_nodes(i);
			return PTR_ERR(device);
		}
	}
	return 0;
}

static int make_devices(void)
{
	int r = make_topics();

	if (r)
		return r;
	r = alloc_chrdev_region(&devices.first, 0, numberofdevs, NAME);
	if (r)
		goto topics;
	cdev_init(&devices.cdev, &fanout_file_operations);
	devices.cdev.owner = THIS_MODULE;
	r = cdev_add(&devices.cdev, devices.first, numberofdevs);
	if (r)
		goto region;
	r = class_register(&fanout_class);
	if (r)
		goto cdev;
	r = make_nodes();
	if (r == 0)
		return 0;

	class_unregister(&fanout_class);
cdev:
	cdev_del(&devices.cdev);
region:
	unregister_chrdev_region(devices.first, numberofdevs);
topics:
	free_topics();
	return r;
}

static void remove_devices(void)
{
	remove_nodes(numberofdevs);
	class_unregister(&fanout_class);
	cdev_del(&devices.cdev);
	unregister_chrdev_region(devices.first, numberofdevs);
	free_topics();
}

/*
 * The module.
 */

static bool check_range(const char *name, unsigned long value, unsigned long least,
			unsigned long most)
{
	if (value >= least && value <= most)
		return true;
	pr_err(NAME ": %s=%lu is not between %lu and %lu\n", name, value, least, most);
	return false;
}

static int __init fanout_init(void)
{
	int r;

	if (!check_range("buffersize", buffersize, 1, FANOUT_SIZE_MAX) ||
	    !check_range("numberofdevs", numberofdevs, 1, DEVICES_MAX))
		return -EINVAL;
	if (nodemode & ~0777) {
		pr_err(NAME ": nodemode=%#o is no file mode; write it in octal, as 0660\n",
		       nodemode);
		return -EINVAL;
	}
	r = fanout_filesystem_register();
	if (r)
		return r;
	r = make_devices();
	if (r) {
		fanout_filesystem_unregister();
		return r;
	}
	pr_info(NAME ": %u devices of %llu bytes, major %u\n", numberofdevs,
		devices.topics[0]->size, MAJOR(devices.first));
	return 0;
}

static void __exit fanout_exit(void)
{
	remove_devices();
	fanout_filesystem_unregister();
	if (debuglevel > 0)
		pr_info(NAME ": gone\n");
}

module_init(fanout_init);
module_exit(fanout_exit);

MODULE_DESCRIPTION("One-to-many rings of messages as devices and files");
MODULE_AUTHOR("The baf authors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_FS("fanout");
