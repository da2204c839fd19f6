// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The life and the memory of a topic.
 *
 * A ring is a page of header and a power of two of data pages. All of it is mapped at one range
 * of kernel addresses, the data twice:
 *
 *	| header | data ... | the same data ... |
 *
 * So every record is contiguous, wherever it begins. The pages are single ones: a ring of a
 * gigabyte needs no large block, and mmap(2) can map it page by page. They are taken when the
 * topic is first read, written or queried, not when it is opened, so that a publisher can make a
 * file and then set its size. They are charged to the process that does so first. They stay until
 * the topic goes, since they also hold its history.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "topic.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define HEADER_PAGES 1

static_assert(sizeof(struct fanout_ring) <= HEADER_PAGES * PAGE_SIZE);

/* The smallest capacity for @size: whole pages, and the ring's own minimum. */
static u64 capacity_for(u64 size)
{
	return fanout_ring_capacity(max_t(u64, size, PAGE_SIZE));
}

struct fanout_topic *fanout_topic_new(u64 size, u64 first_sequence, struct fanout_budget *budget)
{
	struct fanout_topic *topic = kzalloc(sizeof(*topic), GFP_KERNEL_ACCOUNT);

	if (!topic)
		return NULL;
	kref_init(&topic->references);
	mutex_init(&topic->turn);
	topic->size = capacity_for(size);
	topic->first_sequence = first_sequence;
	topic->budget = budget;
	spin_lock_init(&topic->readers_lock);
	INIT_LIST_HEAD(&topic->readers);
	init_waitqueue_head(&topic->readable);
	init_waitqueue_head(&topic->writable);
	return topic;
}

/* Paying from the budget. */

static int pay(struct fanout_budget *budget, u64 bytes)
{
	int r = 0;

	if (!budget)
		return 0;
	spin_lock(&budget->lock);
	if (bytes > budget->bytes_max || budget->bytes > budget->bytes_max - bytes)
		r = -ENOSPC;
	else
		budget->bytes += bytes;
	spin_unlock(&budget->lock);
	return r;
}

static void pay_back(struct fanout_budget *budget, u64 bytes)
{
	if (!budget)
		return;
	spin_lock(&budget->lock);
	budget->bytes -= bytes;
	spin_unlock(&budget->lock);
}

/*
 * Memory.
 */

static void free_pages_of(struct page **pages, unsigned long n_pages)
{
	while (n_pages)
		__free_page(pages[--n_pages]);
	kvfree(pages);
}

static struct page **alloc_pages_of(unsigned long n_pages)
{
	/* If a ring is too large, fail; do not make the kernel look for a process to kill. */
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	struct page **pages;
	unsigned long i;

	pages = kvmalloc_array(n_pages, sizeof(*pages), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	for (i = 0; pages && i < n_pages; i++) {
		pages[i] = fatal_signal_pending(current) ? NULL : alloc_page(gfp);
		if (!pages[i]) {
			free_pages_of(pages, i);
			return NULL;
		}
		cond_resched();
	}
	return pages;
}

/* Maps header, data, data. */
static void *map_pages(struct page **pages, unsigned long n_pages)
{
	unsigned long n_data = n_pages - HEADER_PAGES;
	struct page **list;
	void *address;

	list = kvmalloc_array(n_pages + n_data, sizeof(*list), GFP_KERNEL | __GFP_NOWARN);
	if (!list)
		return NULL;
	memcpy(list, pages, n_pages * sizeof(*list));
	memcpy(list + n_pages, pages + HEADER_PAGES, n_data * sizeof(*list));
	address = vmap(list, n_pages + n_data, VM_MAP, PAGE_KERNEL);
	kvfree(list);
	return address;
}

static int take_pages(struct fanout_topic *topic, void **addressp)
{
	unsigned long n_pages = HEADER_PAGES + (topic->size >> PAGE_SHIFT);
	struct page **pages = alloc_pages_of(n_pages);

	if (!pages)
		return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
	*addressp = map_pages(pages, n_pages);
	if (!*addressp) {
		free_pages_of(pages, n_pages);
		return -ENOMEM;
	}
	topic->pages = pages;
	topic->n_pages = n_pages;
	return 0;
}

static void set_up(struct fanout_topic *topic, void *address)
{
	struct fanout_ring *ring = address;

	topic->data = address + HEADER_PAGES * PAGE_SIZE;
	fanout_ring_init(ring, topic->size, HEADER_PAGES * PAGE_SIZE, get_random_u64(),
			 topic->first_sequence, ktime_get_real_ns());
	ring->allocated = topic->size;
	ring->retired = topic->retired;
	/* The header is fresh: the ring must accept it. */
	WARN_ON(fanout_writer_init(&topic->writer, ring, topic->data, topic->size));
	trace_fanout_create(ring);
	/* A reader that sees the ring sees its contents: pairs with the acquires of it. */
	smp_store_release(&topic->ring, ring);
}

static int take_memory(struct fanout_topic *topic)
{
	void *address;
	int r;

	lockdep_assert_held(&topic->turn);
	r = pay(topic->budget, topic->size);
	if (r)
		return r;
	r = take_pages(topic, &address);
	if (r)
		pay_back(topic->budget, topic->size);
	else
		set_up(topic, address);
	return r;
}

int fanout_topic_open(struct fanout_topic *topic)
{
	int r = 0;

	/* Pairs with the release in set_up(). */
	if (smp_load_acquire(&topic->ring))
		return 0;
	if (mutex_lock_killable(&topic->turn))
		return -EINTR;
	if (!topic->ring)
		r = take_memory(topic);
	mutex_unlock(&topic->turn);
	return r;
}

int fanout_topic_resize(struct fanout_topic *topic, u64 size)
{
	int r = 0;

	if (size > FANOUT_SIZE_MAX)
		return -EFBIG;
	mutex_lock(&topic->turn);
	if (!topic->ring)
		topic->size = capacity_for(size);
	else if (topic->size != capacity_for(size))
		r = -EBUSY;
	mutex_unlock(&topic->turn);
	return r;
}

void fanout_topic_add_writer(struct fanout_topic *topic)
{
	atomic_inc(&topic->n_writers);
}

void fanout_topic_drop_writer(struct fanout_topic *topic)
{
	/* A reader may be waiting for the last one to leave. */
	if (atomic_dec_and_test(&topic->n_writers))
		wake_up_interruptible_poll(&topic->readable, EPOLLIN | EPOLLRDNORM);
}

static void retire(struct fanout_topic *topic)
{
	lockdep_assert_held(&topic->turn);
	/* Head, before these: pairs with the acquires where readers find nothing more. */
	smp_store_release(&topic->retired, true);
	if (!topic->ring)
		return;
	fanout_store_release(&topic->ring->retired, 1);
	trace_fanout_remove(topic->ring);
}

static void wake_everybody(struct fanout_topic *topic)
{
	wake_up_interruptible_poll(&topic->readable, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	wake_up_interruptible_poll(&topic->writable, EPOLLOUT | EPOLLWRNORM | EPOLLERR);
}

void fanout_topic_retire(struct fanout_topic *topic)
{
	mutex_lock(&topic->turn);
	retire(topic);
	mutex_unlock(&topic->turn);
	wake_everybody(topic);
}

static u64 next_sequence(const struct fanout_topic *topic)
{
	lockdep_assert_held(&topic->turn);
	return topic->ring ? topic->writer.sequence : topic->first_sequence;
}

struct fanout_topic *fanout_topic_succeed(struct fanout_topic *topic,
					  const struct fanout_publisher *publisher, u64 size)
{
	struct fanout_topic *next = ERR_PTR(-EFBIG);
	int r;

	if (size > FANOUT_SIZE_MAX)
		return next;
	mutex_lock(&topic->turn);
	r = fanout_topic_usable(topic, publisher);
	next = ERR_PTR(r);
	if (r == 0)
		next = fanout_topic_new(size ? size : topic->size, next_sequence(topic),
					topic->budget);
	if (!next)
		next = ERR_PTR(-ENOMEM);
	/* Publishers stop here, so that the sequence numbers continue. */
	if (!IS_ERR(next))
		WRITE_ONCE(topic->retired, true);
	mutex_unlock(&topic->turn);
	return next;
}

struct fanout_topic *fanout_topic_get(struct fanout_topic *topic)
{
	kref_get(&topic->references);
	return topic;
}

static void free_topic(struct kref *references)
{
	struct fanout_topic *topic = container_of(references, struct fanout_topic, references);

	WARN_ON(!list_empty(&topic->readers));
	if (topic->ring) {
		vunmap(topic->ring);
		free_pages_of(topic->pages, topic->n_pages);
		pay_back(topic->budget, topic->size);
	}
	mutex_destroy(&topic->turn);
	kfree(topic);
}

void fanout_topic_put(struct fanout_topic *topic)
{
	kref_put(&topic->references, free_topic);
}
