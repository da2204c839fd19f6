/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* An open file of a topic, the same for devices and for the file system. */
#ifndef FANOUT_FILE_H
#define FANOUT_FILE_H

#include <linux/fs.h>

#include "topic.h"

/**
 * struct fanout_file - an open file: a subscriber, a publisher or both
 * @topic:      the topic that it was opened on
 * @subscriber: its reading side, if it is open for reading
 * @publisher:  its writing side, if it is open for writing
 * @heir:       the topic that replaced @topic at its request; it counts as one of its writers
 * @undecided:  opened for both, or with O_NONBLOCK, and has not read yet: nobody waits for it
 * @reading:    guards the following members and subscriber.reader
 * @offset:     bytes of the next record that were read before
 * @records:    reads return records, not payload
 * @loss:       counts of messages read and lost
 */
struct fanout_file {
	struct fanout_topic *topic;
	struct fanout_subscriber subscriber;
	struct fanout_publisher publisher;
	struct fanout_topic *heir;
	u32 undecided;

	struct mutex reading; /* see above */
	u32 offset;
	bool records;
	struct fanout_loss loss;
};

extern const struct file_operations fanout_file_operations;

/* ioctl.c */
long fanout_file_ioctl(struct file *file, unsigned int request, unsigned long argument);

/* file.c: the descriptor is about to read, so publishers wait for it from now on. */
void fanout_file_decide(struct fanout_file *file);

/* file.c: moves the reader to another start. Under reading. */
int fanout_file_seek(struct fanout_file *file, const struct fanout_subscribe *where);

/* file.c: maps the slot. */
int fanout_file_map_slot(struct fanout_file *file, struct vm_area_struct *vma);

/* The topic of a device (module.c) or of an inode (filesystem.c). With a reference. */
struct fanout_topic *fanout_device_topic(struct inode *inode);
struct fanout_topic *fanout_inode_topic(struct inode *inode);

/*
 * filesystem.c: like fanout_topic_succeed(), for the topic of @inode. Returns the new one, with a
 * reference and a writer, or an error pointer.
 */
struct fanout_topic *fanout_inode_replace(struct inode *inode, struct fanout_topic *topic,
					  const struct fanout_publisher *publisher, u64 size);
int fanout_filesystem_register(void);
void fanout_filesystem_unregister(void);

#endif /* FANOUT_FILE_H */
