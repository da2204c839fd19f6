// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A module called fanout that is not ours: devices that carry bytes only. It stands in for the
 * original module in tests of libbaf, and behaves as the original does from outside:
 *
 * - every reader that has the device open gets the bytes of a write; a write takes at most a
 *   quarter of the buffer, and waits for nobody;
 * - a read waits for bytes, with or without O_NONBLOCK;
 * - a reader that is further behind than the size of the buffer gets EPIPE, now and for ever;
 * - there are no requests (ENOTTY) and no seeks, and the file never ends.
 *
 * It makes no nodes: its major number is in /proc/devices.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEVICES 8

static int buffersize = 16384;
module_param(buffersize, int, 0400);
MODULE_PARM_DESC(buffersize, "Bytes that a device keeps");

/**
 * struct foreign - a device
 * @lock:     guards the rest
 * @readable: queue of those that wait for bytes
 * @bytes:    the newest bytes; byte N of all is at N % buffersize
 * @count:    how many bytes were ever written
 */
struct foreign {
	struct mutex lock; /* see above */
	wait_queue_head_t readable;
	char *bytes;
	loff_t count;
};

static struct foreign devices[DEVICES];
static int number;

static int foreign_open(struct inode *inode, struct file *file)
{
	struct foreign *foreign;

	if (iminor(inode) >= DEVICES)
		return -ENXIO;
	foreign = &devices[iminor(inode)];
	file->private_data = foreign;
	mutex_lock(&foreign->lock);
	if (!foreign->bytes)
		foreign->bytes = kvzalloc(buffersize, GFP_KERNEL);
	file->f_pos = foreign->count;
	mutex_unlock(&foreign->lock);
	return foreign->bytes ? nonseekable_open(inode, file) : -ENOMEM;
}

/*
 * The part of @size bytes at @position that is contiguous: they may wrap at the end of the
 * buffer.
 */
static size_t stretch(loff_t position, size_t size, size_t *offset)
{
	*offset = position % buffersize;
	return min_t(size_t, size, buffersize - *offset);
}

static ssize_t copy_out(struct foreign *foreign, char __user *to, size_t size, loff_t *position)
{
	loff_t behind = foreign->count - *position;
	size_t done, n, offset;

	if (behind > buffersize)
		return -EPIPE;
	size = min_t(size_t, size, behind);
	for (done = 0; done < size; done += n) {
		n = stretch(*position + done, size - done, &offset);
		if (copy_to_user(to + done, foreign->bytes + offset, n))
			return -EFAULT;
	}
	*position += size;
	return size;
}

static ssize_t foreign_read(struct file *file, char __user *to, size_t size, loff_t *position)
{
	struct foreign *foreign = file->private_data;
	ssize_t r;

	if (wait_event_interruptible(foreign->readable, READ_ONCE(foreign->count) != *position))
		return -ERESTARTSYS;
	mutex_lock(&foreign->lock);
	r = copy_out(foreign, to, size, position);
	mutex_unlock(&foreign->lock);
	return r;
}

static ssize_t copy_in(struct foreign *foreign, const char __user *from, size_t size)
{
	size_t done, n, offset;

	for (done = 0; done < size; done += n) {
		n = stretch(foreign->count + done, size - done, &offset);
		if (copy_from_user(foreign->bytes + offset, from + done, n))
			return -EFAULT;
	}
	WRITE_ONCE(foreign->count, foreign->count + size);
	return size;
}

static ssize_t foreign_write(struct file *file, const char __user *from, size_t size,
			     loff_t *unused)
{
	struct foreign *foreign = file->private_data;
	ssize_t r;

	mutex_lock(&foreign->lock);
	r = copy_in(foreign, from, min_t(size_t, size, buffersize / 4));
	mutex_unlock(&foreign->lock);
	wake_up_interruptible(&foreign->readable);
	return r;
}

static __poll_t foreign_poll(struct file *file, poll_table *wait)
{
	struct foreign *foreign = file->private_data;

	poll_wait(file, &foreign->readable, wait);
	if (READ_ONCE(foreign->count) != READ_ONCE(file->f_pos))
		return EPOLLIN | EPOLLRDNORM;
	return EPOLLOUT | EPOLLWRNORM;
}

static const struct file_operations foreign_operations = {
	.owner = THIS_MODULE,
	.open = foreign_open,
	.read = foreign_read,
	.write = foreign_write,
	.poll = foreign_poll,
};

static int __init foreign_init(void)
{
	int i;

	if (buffersize < 4)
		return -EINVAL;
	for (i = 0; i < DEVICES; i++) {
		mutex_init(&devices[i].lock);
		init_waitqueue_head(&devices[i].readable);
	}
	number = register_chrdev(0, "fanout", &foreign_operations);
	return number < 0 ? number : 0;
}

static void __exit foreign_exit(void)
{
	int i;

	unregister_chrdev(number, "fanout");
	for (i = 0; i < DEVICES; i++)
		kvfree(devices[i].bytes);
}

module_init(foreign_init);
module_exit(foreign_exit);
MODULE_DESCRIPTION("Devices that know bytes only, in place of another fanout module");
MODULE_LICENSE("Dual MIT/GPL");
