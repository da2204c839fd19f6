// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The requests of <linux/fanout.h>, section "Kernel topics". */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/kcsan-checks.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "file.h"

static bool is_zero(const void *reserved, size_t size)
{
	return !memchr_inv(reserved, 0, size);
}

static void tell_oldest(const struct fanout_topic *topic, struct fanout_query *answer)
{
	const struct fanout_writer *writer = &topic->writer;
	struct fanout_record record;

	lockdep_assert_held(&topic->turn);
	answer->oldest_sequence = writer->sequence;
	if (writer->tail == writer->head)
		return;
	fanout_record_load(writer->data, writer->tail & (writer->capacity - 1), &record);
	answer->oldest_sequence = record.sequence;
	answer->oldest_time = record.time;
}

static int query(struct fanout_file *file, void __user *argument)
{
	struct fanout_topic *topic = file->topic;
	struct fanout_query *answer = kzalloc(sizeof(*answer), GFP_KERNEL_ACCOUNT);
	int r;

	if (!answer)
		return -ENOMEM;
	r = fanout_topic_open(topic);
	if (r)
		goto out;
	r = -EINTR;
	if (mutex_lock_interruptible(&topic->turn))
		goto out;
	kcsan_disable_current();
	answer->ring = *topic->ring;
	kcsan_enable_current();
	answer->n_publishers = topic->n_publishers;
	answer->n_writers = atomic_read(&topic->n_writers);
	answer->exclusive = !!topic->exclusive;
	tell_oldest(topic, answer);
	mutex_unlock(&topic->turn);
	answer->n_readers = fanout_topic_count(topic, &file->subscriber);
	r = copy_to_user(argument, answer, sizeof(*answer)) ? -EFAULT : 0;
out:
	kfree(answer);
	return r;
}

static int list_readers(struct fanout_file *file, void __user *argument)
{
	struct fanout_topic *topic = file->topic;
	struct fanout_readers readers;
	struct fanout_slot *slots;
	unsigned int room;
	int r = 0;

	if (copy_from_user(&readers, argument, sizeof(readers)))
		return -EFAULT;
	if (readers.reserved)
		return -EINVAL;
	room = min(readers.n_slots, fanout_topic_list(topic, &file->subscriber, NULL, 0));
	slots = kvcalloc(room, sizeof(*slots), GFP_KERNEL_ACCOUNT);
	if (room && !slots)
		return -ENOMEM;
	readers.n_slots = fanout_topic_list(topic, &file->subscriber, slots, room);
	room = min(room, readers.n_slots);
	if (copy_to_user(u64_to_user_ptr(readers.slots), slots, room * sizeof(*slots)) ||
	    copy_to_user(argument, &readers, sizeof(readers)))
		r = -EFAULT;
	kvfree(slots);
	return r;
}

static int publish(struct fanout_file *file, void __user *argument)
{
	struct fanout_publish terms;
	int r;

	if (copy_from_user(&terms, argument, sizeof(terms)))
		return -EFAULT;
	if (terms.flags & ~(FANOUT_PUBLISH_EXCLUSIVE | FANOUT_PUBLISH_RECORDS) ||
	    !is_zero(terms.reserved, sizeof(terms.reserved)))
		return -EINVAL;
	r = fanout_topic_open(file->topic);
	return r ? r : fanout_topic_enlist(file->topic, &file->publisher, &terms);
}

static int subscribe(struct fanout_file *file, void __user *argument)
{
	enum fanout_slot_state state = FANOUT_SLOT_ATTACHED;
	struct fanout_subscribe where;
	int r;

	if (copy_from_user(&where, argument, sizeof(where)))
		return -EFAULT;
	if (where.flags & ~(FANOUT_SUBSCRIBE_OBSERVE | FANOUT_SUBSCRIBE_RECORDS) ||
	    !is_zero(where.reserved, sizeof(where.reserved)))
		return -EINVAL;
	if (where.flags & FANOUT_SUBSCRIBE_OBSERVE)
		state = FANOUT_SLOT_OBSERVING;
	if (mutex_lock_interruptible(&file->reading))
		return -ERESTARTSYS;
	r = fanout_file_seek(file, &where);
	if (r == 0) {
		file->records = where.flags & FANOUT_SUBSCRIBE_RECORDS;
		WRITE_ONCE(file->undecided, false);
		fanout_topic_attach(file->topic, &file->subscriber, state);
	}
	mutex_unlock(&file->reading);
	return r;
}

static int loss(struct fanout_file *file, void __user *argument)
{
	struct fanout_loss answer;

	if (mutex_lock_interruptible(&file->reading))
		return -ERESTARTSYS;
	answer = file->loss;
	mutex_unlock(&file->reading);
	return copy_to_user(argument, &answer, sizeof(answer)) ? -EFAULT : 0;
}

static int replace(struct file *handle, struct fanout_file *file, void __user *argument)
{
	struct fanout_replace wish;
	struct fanout_topic *heir;

	if (copy_from_user(&wish, argument, sizeof(wish)))
		return -EFAULT;
	if (!is_zero(wish.reserved, sizeof(wish.reserved)))
		return -EINVAL;
	if (S_ISCHR(file_inode(handle)->i_mode))
		return -EPERM;
	heir = fanout_inode_replace(file_inode(handle), file->topic, &file->publisher,
				    wish.capacity);
	if (IS_ERR(heir))
		return PTR_ERR(heir);
	/* A topic is replaced only once: from then on it is retired. */
	file->heir = heir;
	return 0;
}

/* A descriptor of the slot. It holds the file that the slot belongs to. */

static int slot_mmap(struct file *handle, struct vm_area_struct *vma)
{
	struct file *owner = handle->private_data;

	return vma->vm_pgoff ? -EINVAL : fanout_file_map_slot(owner->private_data, vma);
}

static int slot_release(struct inode *inode, struct file *handle)
{
	fput(handle->private_data);
	return 0;
}

static const struct file_operations slot_operations = {
	.owner = THIS_MODULE,
	.mmap = slot_mmap,
	.release = slot_release,
};

static int open_slot(struct file *handle)
{
	struct fanout_file *file = handle->private_data;
	int fd = fanout_topic_open(file->topic);

	if (fd)
		return fd;
	fd = anon_inode_getfd("[fanout-slot]", &slot_operations, get_file(handle),
			      O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fput(handle);
	return fd;
}

/* Which descriptor may make which request. */

static long reader_request(struct file *handle, struct fanout_file *file, unsigned int request,
			   void __user *argument)
{
	if (!(handle->f_mode & FMODE_READ))
		return -EBADF;
	switch (request) {
	case FANOUT_IOC_SUBSCRIBE:
		return subscribe(file, argument);
	case FANOUT_IOC_LOSS:
		return loss(file, argument);
	case FANOUT_IOC_PROGRESS:
		/* Pairs with the release in topic.c. A topic without memory has no positions. */
		if (smp_load_acquire(&file->topic->ring))
			fanout_topic_believe(file->topic, &file->subscriber);
		return 0;
	default: /* FANOUT_IOC_SLOT */
		return open_slot(handle);
	}
}

static long publisher_request(struct file *handle, struct fanout_file *file, unsigned int request,
			      void __user *argument)
{
	if (!(handle->f_mode & FMODE_WRITE))
		return -EBADF;
	if (request == FANOUT_IOC_PUBLISH)
		return publish(file, argument);
	return replace(handle, file, argument);
}

long fanout_file_ioctl(struct file *handle, unsigned int request, unsigned long argument)
{
	struct fanout_file *file = handle->private_data;
	void __user *pointer = (void __user *)argument;

	switch (request) {
	case FANOUT_IOC_QUERY:
		return query(file, pointer);
	case FANOUT_IOC_READERS:
		return list_readers(file, pointer);
	case FANOUT_IOC_SUBSCRIBE:
	case FANOUT_IOC_LOSS:
	case FANOUT_IOC_PROGRESS:
	case FANOUT_IOC_SLOT:
		return reader_request(handle, file, request, pointer);
	case FANOUT_IOC_PUBLISH:
	case FANOUT_IOC_REPLACE:
		return publisher_request(handle, file, request, pointer);
	default:
		return -ENOTTY;
	}
}
