// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The operations of a topic's file: open, read, write, poll, lseek, mmap.
 *
 * A reader copies straight out of the ring, then checks whether a publisher has passed it
 * meanwhile. If so, the copy is void and is taken back, and the reader gets EPIPE. So a reader
 * needs only a lock of its own descriptor, and may fault and sleep in its copy for any time.
 *
 * The file position is not used: a reader's position is a matter of records. A reader itself
 * decides whether to start anew at an end of the ring.
 */
#include <linux/kcsan-checks.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/splice.h>

#include "file.h"
#include "trace.h"

/*
 * Opening and closing.
 */

static void introduce(struct fanout_slot *about)
{
	about->since = ktime_get_real_ns();
	about->pid = task_tgid_vnr(current);
	get_task_comm(about->command, current);
}

/* Readers already exist, and the topic has memory. */
static int join_newest(struct fanout_file *file)
{
	const struct fanout_subscribe where = { .start = FANOUT_START_NEWEST };
	struct fanout_topic *topic = file->topic;

	fanout_reader_init(&file->subscriber.reader, topic->ring, topic->data, topic->size);
	return fanout_topic_join(topic, &file->subscriber, &where);
}

/* The topic had no memory at open. So the reader begins where the ring began. */
static void begin_reader(struct fanout_file *file)
{
	struct fanout_topic *topic = file->topic;
	struct fanout_reader *reader = &file->subscriber.reader;

	lockdep_assert_held(&file->reading);
	if (reader->ring)
		return;
	fanout_reader_init(reader, topic->ring, topic->data, topic->size);
	reader->sequence = topic->first_sequence;
}

static int open_reader(struct fanout_file *file, bool undecided)
{
	struct fanout_topic *topic = file->topic;
	struct fanout_subscriber *subscriber = &file->subscriber;
	int r = 0;

	subscriber->slot = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!subscriber->slot)
		return -ENOMEM;
	introduce(&subscriber->about);
	*subscriber->slot = subscriber->about;
	subscriber->slot->state = undecided ? FANOUT_SLOT_OBSERVING : FANOUT_SLOT_ATTACHED;
	/* Pairs with the release in topic.c: the ring's contents. */
	if (smp_load_acquire(&topic->ring))
		r = join_newest(file);
	else
		fanout_topic_join_early(topic, subscriber);
	if (r)
		free_page((unsigned long)subscriber->slot);
	return r;
}

/* A process that opens a file for both, or with O_NONBLOCK, may not want to read yet. */
static bool is_undecided(const struct file *handle)
{
	return handle->f_mode & FMODE_WRITE || handle->f_flags & O_NONBLOCK;
}

static struct fanout_file *new_file(struct fanout_topic *topic, const struct file *handle)
{
	fmode_t mode = handle->f_mode;
	struct fanout_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	int r;

	if (!file)
		return ERR_PTR(-ENOMEM);
	file->topic = topic;
	mutex_init(&file->reading);
	INIT_LIST_HEAD(&file->subscriber.node);
	file->undecided = mode & FMODE_READ && is_undecided(handle);
	if (mode & FMODE_WRITE)
		fanout_topic_add_writer(topic);
	if (mode & FMODE_READ) {
		file->publisher.own = &file->subscriber;
		r = open_reader(file, file->undecided);
		if (r) {
			if (mode & FMODE_WRITE)
				fanout_topic_drop_writer(topic);
			kfree(file);
			return ERR_PTR(r);
		}
	}
	return file;
}

static int fanout_open(struct inode *inode, struct file *handle)
{
	bool device = S_ISCHR(inode->i_mode);
	struct fanout_topic *topic = device ? fanout_device_topic(inode) :
					      fanout_inode_topic(inode);
	struct fanout_file *file;

	if (!topic)
		return -ENXIO;
	file = new_file(topic, handle);
	if (IS_ERR(file)) {
		fanout_topic_put(topic);
		return PTR_ERR(file);
	}
	handle->private_data = file;
	/*
	 * The file has no position, so it needs no lock for it and allows no read at one. And no
	 * position is stored: without a lock that would be a race between threads that share the
	 * descriptor.
	 */
	handle->f_mode &= ~(FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	handle->f_mode |= FMODE_STREAM | FMODE_NOWAIT;
	return 0;
}

static int fanout_release(struct inode *inode, struct file *handle)
{
	struct fanout_file *file = handle->private_data;

	if (file->subscriber.slot) {
		fanout_topic_leave(file->topic, &file->subscriber);
		free_page((unsigned long)file->subscriber.slot);
	}
	fanout_topic_discharge(file->topic, &file->publisher);
	if (handle->f_mode & FMODE_WRITE)
		fanout_topic_drop_writer(file->topic);
	fanout_topic_put(file->topic);
	if (file->heir) {
		fanout_topic_drop_writer(file->heir);
		fanout_topic_put(file->heir);
	}
	mutex_destroy(&file->reading);
	kfree(file);
	return 0;
}

/*
 * Reading.
 */

void fanout_file_decide(struct fanout_file *file)
{
	if (READ_ONCE(file->undecided) && xchg(&file->undecided, false))
		fanout_topic_attach(file->topic, &file->subscriber, FANOUT_SLOT_ATTACHED);
}

/* Copies data that a publisher may be overwriting; the caller checks that afterwards. */
static size_t copy_out(const void *from, size_t size, struct iov_iter *to)
{
	size_t done = 0, n, copied;

	kcsan_disable_current();
	do {
		n = min_t(size_t, size - done, SZ_1M);
		copied = copy_to_iter(from + done, n, to);
		done += copied;
		cond_resched();
	} while (copied == n && done < size);
	kcsan_enable_current();
	return done;
}

static void take(struct fanout_file *file, const struct fanout_record *record)
{
	fanout_reader_take(&file->subscriber.reader, record);
	file->loss.received += fanout_content_messages(record->content);
	file->offset = 0;
}

/*
 * Reads payload of the next record: all of it, or as much as fits into an empty buffer. 1; 0:
 * there is nothing, or it does not fit; -EPIPE; -EFAULT.
 */
static int read_payload(struct fanout_file *file, struct iov_iter *to, size_t *done)
{
	struct fanout_reader *reader = &file->subscriber.reader;
	struct fanout_record record;
	const void *payload;
	size_t left, n, copied;
	int r = fanout_reader_peek(reader, &record, &payload);

	if (r != 1)
		return r;
	left = record.length - file->offset;
	n = min(left, iov_iter_count(to));
	if (n < left && *done)
		return 0;
	copied = copy_out(payload + file->offset, n, to);
	if (!fanout_reader_intact(reader)) {
		iov_iter_revert(to, copied);
		return -EPIPE;
	}
	*done += copied;
	file->offset += copied;
	if (copied < n)
		return *done ? 0 : -EFAULT;
	if (n == left)
		take(file, &record);
	return 1;
}

/*
 * Reads records in the layout of the ring, where they are contiguous. 1; 0: there is none;
 * -EPIPE; -EMSGSIZE: the next one does not fit; -EFAULT.
 */
static int read_records(struct fanout_file *file, struct iov_iter *to, size_t *done)
{
	struct fanout_reader *reader = &file->subscriber.reader, ahead = *reader;
	u64 messages = 0;
	/* No more at once than a quick copy. */
	int r = fanout_reader_skip(&ahead, iov_iter_count(to), SZ_64K, &messages);
	size_t size = ahead.position - reader->position, copied;

	if (!size)
		return r;
	copied = copy_out(reader->data + (reader->position & (reader->capacity - 1)), size, to);
	if (!fanout_reader_intact(reader) || copied < size) {
		iov_iter_revert(to, copied);
		return copied < size ? -EFAULT : -EPIPE;
	}
	*reader = ahead;
	file->loss.received += messages;
	*done += size;
	return 1;
}

/* The reader was overrun: moves it to an intact record, and counts the messages that it missed. */
static int recover(struct fanout_file *file)
{
	struct fanout_reader *reader = &file->subscriber.reader, before = *reader;
	u64 messages, bytes;
	int r;

	while ((r = fanout_reader_recover(reader)) == 0) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	if (r < 0)
		return r;
	messages = reader->sequence - before.sequence;
	bytes = reader->position - before.position;
	file->offset = 0;
	file->loss.overruns++;
	file->loss.messages += messages;
	file->loss.bytes += bytes;
	atomic64_inc(&file->topic->overruns);
	trace_fanout_overrun(reader->ring, before.sequence, messages, bytes);
	return -EPIPE;
}

static void show_progress(struct fanout_file *file)
{
	struct fanout_slot *slot = file->subscriber.slot;

	fanout_store(&slot->received, file->loss.received);
	fanout_store(&slot->lost, file->loss.messages);
	fanout_topic_progress(file->topic, &file->subscriber);
}

/* The position of read(2), for threads that also sleep. */
static u64 read_position(const struct fanout_file *file)
{
	/*
	 * Another thread may read from the same descriptor. So the value may be old, and this
	 * thread may wake once more than it had to. But it does not sleep while there is
	 * something to read, since positions only grow up to head.
	 */
	return data_race(READ_ONCE(file->subscriber.reader.position));
}

/* Whether a reader that has nothing left will never get anything again. */
static bool is_drained(const struct fanout_file *file)
{
	const struct fanout_ring *ring = file->topic->ring;

	/* Retired, before one more look at head: what was published before it retired counts. */
	return fanout_load_acquire(&ring->retired) &&
	       fanout_load(&ring->head) == read_position(file);
}

/* Reads the available records. -EAGAIN: there are none. */
static ssize_t read_available(struct fanout_file *file, struct iov_iter *to)
{
	size_t done = 0;
	int r;

	lockdep_assert_held(&file->reading);
	begin_reader(file);
	do {
		r = file->records ? read_records(file, to, &done) : read_payload(file, to, &done);
	} while (r == 1 && iov_iter_count(to));
	if (!done && r == -EPIPE)
		r = recover(file);
	show_progress(file);
	if (done)
		return done;
	if (r)
		return r;
	return is_drained(file) ? 0 : -EAGAIN;
}

static bool is_readable(struct fanout_file *file)
{
	return fanout_load_acquire(&file->topic->ring->head) != read_position(file) ||
	       is_drained(file);
}

static int lock_reading(struct fanout_file *file, bool nowait)
{
	if (nowait)
		return mutex_trylock(&file->reading) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(&file->reading) ? -ERESTARTSYS : 0;
}

static ssize_t fanout_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct fanout_file *file = iocb->ki_filp->private_data;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT;
	bool nonblock = nowait || iocb->ki_filp->f_flags & O_NONBLOCK;
	ssize_t r;

	if (!iov_iter_count(to))
		return 0;
	r = fanout_topic_open(file->topic);
	if (r)
		return r;
	fanout_file_decide(file);
	for (;;) {
		r = lock_reading(file, nowait);
		if (r)
			return r;
		r = read_available(file, to);
		mutex_unlock(&file->reading);
		if (r != -EAGAIN || nonblock)
			return r;
		r = wait_event_interruptible(file->topic->readable, is_readable(file));
		if (r)
			return r;
	}
}

/*
 * Writing.
 */

/*
 * How much of a large write is taken: as much as the ring holds, in two records. The tail moves a
 * stretch at a time; without a stretch to spare, the second record could overwrite the first.
 */
static u64 most_of_write(const struct fanout_topic *topic)
{
	u64 stretch = topic->size / FANOUT_MARKS;

	return 2 * fanout_length_max(topic->size) - stretch;
}

static ssize_t write_messages(struct fanout_file *file, struct iov_iter *from, size_t length,
			      unsigned int flags)
{
	u64 most = fanout_length_max(file->topic->size);
	size_t done = 0;
	int r;

	do {
		struct fanout_record draft = {
			.length = min_t(u64, length - done, most),
			.content = fanout_content(FANOUT_FRAMING_ONE, 1),
		};

		r = fanout_topic_publish(file->topic, &file->publisher, &draft, from, flags);
		if (r)
			break;
		done += draft.length;
	} while (done < length);
	return done ? done : r;
}

static ssize_t write_plain(struct fanout_file *file, struct iov_iter *from, unsigned int flags)
{
	size_t length = iov_iter_count(from);

	if (length > fanout_length_max(file->topic->size) && READ_ONCE(file->publisher.enlisted))
		return -EMSGSIZE;
	return write_messages(file, from, min_t(u64, length, most_of_write(file->topic)), flags);
}

/* The caller describes its payload. */
static ssize_t write_record(struct fanout_file *file, struct iov_iter *from, unsigned int flags)
{
	struct fanout_record draft;
	size_t size = iov_iter_count(from);
	int r;

	if (size < sizeof(draft))
		return -EINVAL;
	if (copy_from_iter(&draft, sizeof(draft), from) != sizeof(draft))
		return -EFAULT;
	if (draft.sequence || draft.time || draft.length != size - sizeof(draft))
		return size - sizeof(draft) > U32_MAX ? -EMSGSIZE : -EINVAL;
	if (draft.length > fanout_length_max(file->topic->size))
		return -EMSGSIZE;
	if (!fanout_record_valid(&draft, 0, U64_MAX, file->topic->size))
		return -EINVAL;
	r = fanout_topic_publish(file->topic, &file->publisher, &draft, from, flags);
	return r ? r : (ssize_t)size;
}

static ssize_t fanout_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct fanout_file *file = iocb->ki_filp->private_data;
	unsigned int flags = 0;
	ssize_t r = fanout_topic_open(file->topic);

	if (iocb->ki_filp->f_flags & O_NONBLOCK)
		flags |= FANOUT_NO_WAIT;
	if (iocb->ki_flags & IOCB_NOWAIT)
		flags |= FANOUT_NO_WAIT | FANOUT_NO_SLEEP;
	if (r)
		return r;
	if (READ_ONCE(file->publisher.flags) & FANOUT_PUBLISH_RECORDS)
		r = write_record(file, from, flags);
	else if (iov_iter_count(from))
		r = write_plain(file, from, flags);
	if (r > 0)
		fanout_topic_wake_readers(file->topic);
	return r;
}

/*
 * Polling. A reader through mmap(2) stores its position in the slot itself; for a reader through
 * read(2), the module stores it.
 */

static __poll_t poll_reader(struct fanout_file *file)
{
	/* Pairs with the release in topic.c: the ring's contents. */
	const struct fanout_ring *ring = smp_load_acquire(&file->topic->ring);
	/* Retired, before one more look at head: what was published before it retired counts. */
	bool retired = smp_load_acquire(&file->topic->retired);
	/* Callers that ask for it learn that nobody publishes now; others may begin to. */
	__poll_t alone = READ_ONCE(file->topic->n_publishers) ? 0 : EPOLLRDHUP;

	if (ring && fanout_load(&ring->head) != fanout_load(&file->subscriber.slot->position))
		return EPOLLIN | EPOLLRDNORM | alone;
	return retired ? EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP : alone;
}

static __poll_t poll_publisher(struct fanout_file *file)
{
	if (READ_ONCE(file->topic->retired))
		return EPOLLOUT | EPOLLWRNORM | EPOLLERR;
	return fanout_topic_has_room(file->topic, &file->publisher) ? EPOLLOUT | EPOLLWRNORM : 0;
}

static __poll_t fanout_poll(struct file *handle, poll_table *wait)
{
	struct fanout_file *file = handle->private_data;
	__poll_t events = 0;

	if (handle->f_mode & FMODE_READ) {
		poll_wait(handle, &file->topic->readable, wait);
		events |= poll_reader(file);
	}
	if (handle->f_mode & FMODE_WRITE) {
		poll_wait(handle, &file->topic->writable, wait);
		events |= poll_publisher(file);
	}
	return events;
}

/*
 * Starting anew.
 */

int fanout_file_seek(struct fanout_file *file, const struct fanout_subscribe *where)
{
	int r;

	lockdep_assert_held(&file->reading);
	r = fanout_topic_open(file->topic);
	if (r)
		return r;
	begin_reader(file);
	r = fanout_topic_join(file->topic, &file->subscriber, where);
	if (r == 0)
		file->offset = 0;
	return r;
}

static loff_t fanout_llseek(struct file *handle, loff_t offset, int whence)
{
	struct fanout_file *file = handle->private_data;
	const struct fanout_subscribe where = {
		.start = whence == SEEK_END ? FANOUT_START_NEWEST : FANOUT_START_OLDEST,
	};
	int r;

	if (offset || (whence != SEEK_SET && whence != SEEK_END))
		return -ESPIPE;
	if (!(handle->f_mode & FMODE_READ))
		return 0;
	r = lock_reading(file, false);
	if (r)
		return r;
	r = fanout_file_seek(file, &where);
	mutex_unlock(&file->reading);
	return r;
}

/*
 * Mapping.
 */

int fanout_file_map_slot(struct fanout_file *file, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND, 0);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(file->subscriber.slot));
}

static int fanout_mmap(struct file *handle, struct vm_area_struct *vma)
{
	struct fanout_file *file = handle->private_data;

	int r;

	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	r = fanout_topic_open(file->topic);
	if (r)
		return r;
	vm_flags_mod(vma, VM_DONTEXPAND, VM_MAYWRITE);
	return vm_map_pages(vma, file->topic->pages, file->topic->n_pages);
}

const struct file_operations fanout_file_operations = {
	.owner = THIS_MODULE,
	.open = fanout_open,
	.release = fanout_release,
	.llseek = fanout_llseek,
	.read_iter = fanout_read_iter,
	.write_iter = fanout_write_iter,
	.poll = fanout_poll,
	.unlocked_ioctl = fanout_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = fanout_mmap,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.fsync = noop_fsync,
};
