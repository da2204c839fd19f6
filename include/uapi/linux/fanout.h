/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The fanout ring: the one definition of its layout in memory.
 *
 * A topic is a file that starts with struct fanout_ring and continues, at
 * @header_size, with @capacity bytes of data. Publishers map it read-write,
 * subscribers read-only. Beside it lies a small file that subscribers may write:
 * struct fanout_subscribers, with one struct fanout_slot for each of them. No
 * structure holds a pointer or a type whose size differs between machines;
 * everything is in the byte order of the machine that made it.
 *
 * Positions are byte counts since the ring was made. They only grow, are
 * multiples of FANOUT_ALIGN, and are reduced to an offset in the data area
 * ("position & (capacity - 1)") when memory is touched:
 *
 *     tail                               head            tail + capacity
 *      |-------- intact records ----------|------ free -------|
 *
 * Who writes what, in which order:
 *
 *   publisher, for each record        1. claim  (only when the tail must move)
 *                                     2. full fence, look at the slots, wait
 *                                     3. tail   (only when the tail must move)
 *                                     4. store-store fence
 *                                     5. the record, the marks it crosses, its end
 *                                     6. head, with release
 *   subscriber, for each record       1. head, with acquire
 *                                     2. the record
 *                                     3. load-load fence
 *                                     4. tail: if it passed the record, the bytes
 *                                        that were read are void: an overrun
 *                                     5. its position in its slot, with release
 *
 * So [tail, head) is intact at every instruction: a publisher that stops anywhere
 * leaves nothing to repair. A subscriber that finds an overrun in step 4 goes on
 * at the tail; the sequence number of the record there says how many messages it
 * lost.
 */
#ifndef _UAPI_LINUX_FANOUT_H
#define _UAPI_LINUX_FANOUT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FANOUT_MAGIC 0x0a74756f6e616600ULL /* "\0fanout\n", on a little-endian machine */
#define FANOUT_SUBSCRIBERS_MAGIC 0x0a6275736e616600ULL /* "\0fansub\n" */
#define FANOUT_VERSION 1

/* Feature bits. A ring with a bit that is not in FANOUT_FEATURES_KNOWN is not opened. */
#define FANOUT_FEATURES_KNOWN 0ULL

#define FANOUT_ALIGN 8 /* of every record, in bytes */
#define FANOUT_MARKS 64 /* stretches in a ring; a power of two */
#define FANOUT_CAPACITY_MIN 4096ULL
#define FANOUT_CAPACITY_MAX (1ULL << 40)
#define FANOUT_POSITION_MAX (1ULL << 62) /* no writer gets that far; a larger one is damaged */
#define FANOUT_COMMAND_SIZE 16 /* of a process's name, with its final NUL */

/*
 * Framing: how the payload of a record splits into messages.
 */
enum fanout_framing {
	FANOUT_FRAMING_ONE = 1, /* the payload is one message */
	FANOUT_FRAMING_LINE = 2, /* each message ends in '\n', which is not part of it */
	FANOUT_FRAMING_NUL = 3, /* each message ends in '\0', which is not part of it */
	FANOUT_FRAMING_LENGTH = 4, /* each message stands behind its length: 4 bytes, big-endian */
};

#define FANOUT_MESSAGES_MAX 0x00ffffffU /* in one record */
#define FANOUT_LENGTH_PREFIX 4 /* bytes, with FANOUT_FRAMING_LENGTH */

/**
 * struct fanout_record - the header before each payload
 * @length:   bytes of payload; the record takes this header and the payload,
 *            rounded up to FANOUT_ALIGN
 * @content:  number of messages in the low 24 bits, enum fanout_framing above
 * @sequence: number of its first message; the next record's is this plus the
 *            number of messages
 * @time:     when it was published, in nanoseconds since 1970 (CLOCK_REALTIME)
 *
 * Written by the publisher before it moves head; never changed after that.
 */
struct fanout_record {
	__u32 length;
	__u32 content;
	__u64 sequence;
	__u64 time;
};

/**
 * struct fanout_mark - an entry of the index
 * @position: the first record that starts at or after the stretch's beginning
 * @sequence: number of that record's first message
 * @time:     when the record before it was published
 *
 * Position P belongs to stretch P / (capacity / FANOUT_MARKS); the mark of
 * stretch K is marks[K % FANOUT_MARKS]. The publisher writes it when a record
 * crosses the stretch's beginning, before it moves head. So the tail moves a
 * stretch at a time without a look at the records, and history is found without a
 * walk. For everybody but the publisher a mark is a hint; check it against the
 * record.
 */
struct fanout_mark {
	__u64 position;
	__u64 sequence;
	__u64 time;
};

/**
 * struct fanout_end - where a record ended
 * @position: the position behind it
 * @sequence: number of the next message
 * @bytes:    bytes of messages so far, without delimiters
 *
 * The publisher writes the position, then the others, then head.
 */
struct fanout_end {
	__u64 position;
	__u64 sequence;
	__u64 bytes;
};

/**
 * struct fanout_ring - the first page of a topic
 *
 * Fields share a cache line by who writes them and how often. The area is as
 * large as @header_size says; the part that this version does not use is zero.
 *
 * Set before anybody else can see the file, constant from then on:
 * @magic:          FANOUT_MAGIC
 * @version:        FANOUT_VERSION
 * @header_size:    where the data begins; a multiple of the page size
 * @capacity:       bytes of data; a power of two
 * @features:       feature bits
 * @id:             a random number that tells this ring from all others
 * @created:        in nanoseconds since 1970
 * @first_sequence: number of the first message; not 0 in a ring that replaced
 *                  another, where it goes on from that one's
 *
 * Written by the publisher with each record:
 * @head:           position behind the newest record (store-release; last of all)
 * @ends:           the one whose position is @head belongs to the newest record; the
 *                  other to the record before it or to the one being published
 *
 * Written by the publisher when the tail moves:
 * @tail:           position of the oldest intact record
 * @claim:          where the tail will go next; a subscriber that joins starts
 *                  no earlier than this
 * @allocated:      bytes of data that have storage behind them
 *
 * Written by the publisher now and then:
 * @wakeups:          futex: bumped before sleeping subscribers are woken
 * @doorbell:         written with pwrite(2), so that watchers of the file wake
 * @retired:          1 once the topic was removed or replaced: nothing follows @head
 * @wanted:           where the publisher wants subscribers to be before it wakes; 0
 *                    while it does not sleep
 * @patience:         the publisher's, in nanoseconds; FANOUT_PATIENCE_INFINITE
 * @publisher_pid:    for people to read: the last to open it; 0 after a clean close
 * @publisher_command: its name
 * @publisher_since:  when it opened the topic, in nanoseconds since 1970
 * @waits:            how often a publish had to wait for a subscriber
 * @waited:           total nanoseconds that it waited
 * @lapses:           how often a subscriber used the patience up
 */
struct fanout_ring {
	__u64 magic;
	__u32 version;
	__u32 header_size;
	__u64 capacity;
	__u64 features;
	__u64 id;
	__u64 created;
	__u64 first_sequence;
	__u64 reserved_constant[9];

	__u64 head;
	struct fanout_end ends[2];
	__u64 reserved_record[9];

	__u64 tail;
	__u64 claim;
	__u64 allocated;
	__u64 reserved_tail[13];

	__u32 wakeups;
	__u32 doorbell;
	__u32 retired;
	__u32 reserved_retired;
	__u64 wanted;
	__u64 patience;
	__u32 publisher_pid;
	__u32 reserved_publisher;
	char publisher_command[FANOUT_COMMAND_SIZE];
	__u64 publisher_since;
	__u64 waits;
	__u64 waited;
	__u64 lapses;
	__u64 reserved_now_and_then[5];

	struct fanout_mark marks[FANOUT_MARKS];
};

#define FANOUT_PATIENCE_INFINITE 0xffffffffffffffffULL

/* Bits of fanout_subscribers.attention. */
#define FANOUT_ATTENTION_FUTEX 1U /* somebody sleeps, or is about to, on fanout_ring.wakeups */
#define FANOUT_ATTENTION_DOORBELL 2U /* the same, until the file is written */
#define FANOUT_ATTENTION_JOINED 4U /* somebody joined or caught up */

/* Values of fanout_slot.state. */
enum fanout_slot_state {
	FANOUT_SLOT_FREE = 0,
	FANOUT_SLOT_ATTACHED = 1, /* the publisher waits for it, within its patience */
	FANOUT_SLOT_OBSERVING = 2, /* nobody waits for it */
};

/**
 * struct fanout_slot - one subscriber, as others see it
 * @position: it no longer needs anything before this; written by the subscriber
 * @lapsed:   1 from when it used up the publisher's patience (written by the
 *            publisher) until it has caught up (written by the subscriber)
 * @state:    enum fanout_slot_state; the subscriber writes it, last of all when
 *            it joins; a publisher that finds no lock on the slot frees it
 * @lost:     messages that it ever lost; written by the subscriber
 * @received: messages that it ever received; likewise
 * @since:    when it attached, in nanoseconds since 1970
 * @pid:      for people to read
 * @command:  likewise
 *
 * As long as it lives, the subscriber holds a lock (F_OFD_SETLK) on one byte of
 * the file: byte FANOUT_SLOT_LOCK plus the slot's number. The kernel releases the
 * lock, so a dead subscriber delays nobody. Each slot has a pair of cache lines
 * to itself, so that subscribers do not disturb one another.
 */
struct fanout_slot {
	__u64 position;
	__u32 lapsed;
	__u32 state;
	__u64 lost;
	__u64 received;
	__u64 since;
	__u32 pid;
	__u32 reserved_pid;
	char command[FANOUT_COMMAND_SIZE];
	__u64 reserved[8];
};

#define FANOUT_SLOTS 8190 /* with the header before them: 1 MiB */
#define FANOUT_SLOT_LOCK 0x40000000ULL /* where the slots' lock bytes begin */
#define FANOUT_PUBLISHER_LOCK 0x40000000ULL /* byte of the ring; publishers share its lock */

/**
 * struct fanout_subscribers - the file that subscribers may write
 * @magic:     FANOUT_SUBSCRIBERS_MAGIC
 * @version:   FANOUT_VERSION
 * @slot_size: sizeof(struct fanout_slot)
 * @ring_id:   id of the ring that it belongs to
 * @n_slots:   slots in the file
 * @attention: FANOUT_ATTENTION bits: set by subscribers, cleared by the publisher
 *             before it acts on them
 * @n_used:    no slot at or behind this number is in use; grows only
 * @progress:  futex: bumped by a subscriber that moved on or joined while the
 *             publisher waits
 *
 * Reading the data needs nothing of this: a subscriber that cannot write this
 * file loses only the publisher's patience. Nobody trusts its contents.
 */
struct fanout_subscribers {
	__u64 magic;
	__u32 version;
	__u32 slot_size;
	__u64 ring_id;
	__u32 n_slots;
	__u32 reserved_constant[9];

	__u32 attention;
	__u32 n_used;
	__u32 reserved_attention[14];

	__u32 progress;
	__u32 reserved_progress[31];

	struct fanout_slot slots[];
};

#if defined(__cplusplus)
#define FANOUT_STATIC_ASSERT(expression) static_assert(expression, #expression)
#else
#define FANOUT_STATIC_ASSERT(expression) _Static_assert(expression, #expression)
#endif
#define FANOUT_ASSERT_OFFSET(type, member, offset) \
	FANOUT_STATIC_ASSERT(__builtin_offsetof(struct type, member) == (offset))

FANOUT_STATIC_ASSERT(sizeof(struct fanout_record) == 24);
FANOUT_ASSERT_OFFSET(fanout_record, length, 0);
FANOUT_ASSERT_OFFSET(fanout_record, content, 4);
FANOUT_ASSERT_OFFSET(fanout_record, sequence, 8);
FANOUT_ASSERT_OFFSET(fanout_record, time, 16);

FANOUT_STATIC_ASSERT(sizeof(struct fanout_mark) == 24);
FANOUT_ASSERT_OFFSET(fanout_mark, position, 0);
FANOUT_ASSERT_OFFSET(fanout_mark, sequence, 8);
FANOUT_ASSERT_OFFSET(fanout_mark, time, 16);

FANOUT_STATIC_ASSERT(sizeof(struct fanout_end) == 24);

FANOUT_STATIC_ASSERT(sizeof(struct fanout_ring) == 2048);
FANOUT_ASSERT_OFFSET(fanout_ring, magic, 0);
FANOUT_ASSERT_OFFSET(fanout_ring, version, 8);
FANOUT_ASSERT_OFFSET(fanout_ring, header_size, 12);
FANOUT_ASSERT_OFFSET(fanout_ring, capacity, 16);
FANOUT_ASSERT_OFFSET(fanout_ring, features, 24);
FANOUT_ASSERT_OFFSET(fanout_ring, id, 32);
FANOUT_ASSERT_OFFSET(fanout_ring, created, 40);
FANOUT_ASSERT_OFFSET(fanout_ring, first_sequence, 48);
FANOUT_ASSERT_OFFSET(fanout_ring, head, 128);
FANOUT_ASSERT_OFFSET(fanout_ring, ends, 136);
FANOUT_ASSERT_OFFSET(fanout_ring, tail, 256);
FANOUT_ASSERT_OFFSET(fanout_ring, claim, 264);
FANOUT_ASSERT_OFFSET(fanout_ring, allocated, 272);
FANOUT_ASSERT_OFFSET(fanout_ring, wakeups, 384);
FANOUT_ASSERT_OFFSET(fanout_ring, doorbell, 388);
FANOUT_ASSERT_OFFSET(fanout_ring, retired, 392);
FANOUT_ASSERT_OFFSET(fanout_ring, wanted, 400);
FANOUT_ASSERT_OFFSET(fanout_ring, patience, 408);
FANOUT_ASSERT_OFFSET(fanout_ring, publisher_pid, 416);
FANOUT_ASSERT_OFFSET(fanout_ring, publisher_command, 424);
FANOUT_ASSERT_OFFSET(fanout_ring, publisher_since, 440);
FANOUT_ASSERT_OFFSET(fanout_ring, waits, 448);
FANOUT_ASSERT_OFFSET(fanout_ring, waited, 456);
FANOUT_ASSERT_OFFSET(fanout_ring, lapses, 464);
FANOUT_ASSERT_OFFSET(fanout_ring, marks, 512);

FANOUT_STATIC_ASSERT(sizeof(struct fanout_slot) == 128);
FANOUT_ASSERT_OFFSET(fanout_slot, position, 0);
FANOUT_ASSERT_OFFSET(fanout_slot, lapsed, 8);
FANOUT_ASSERT_OFFSET(fanout_slot, state, 12);
FANOUT_ASSERT_OFFSET(fanout_slot, lost, 16);
FANOUT_ASSERT_OFFSET(fanout_slot, received, 24);
FANOUT_ASSERT_OFFSET(fanout_slot, since, 32);
FANOUT_ASSERT_OFFSET(fanout_slot, pid, 40);
FANOUT_ASSERT_OFFSET(fanout_slot, command, 48);

FANOUT_STATIC_ASSERT(sizeof(struct fanout_subscribers) == 256);
FANOUT_ASSERT_OFFSET(fanout_subscribers, magic, 0);
FANOUT_ASSERT_OFFSET(fanout_subscribers, version, 8);
FANOUT_ASSERT_OFFSET(fanout_subscribers, slot_size, 12);
FANOUT_ASSERT_OFFSET(fanout_subscribers, ring_id, 16);
FANOUT_ASSERT_OFFSET(fanout_subscribers, n_slots, 24);
FANOUT_ASSERT_OFFSET(fanout_subscribers, attention, 64);
FANOUT_ASSERT_OFFSET(fanout_subscribers, n_used, 68);
FANOUT_ASSERT_OFFSET(fanout_subscribers, progress, 128);
FANOUT_ASSERT_OFFSET(fanout_subscribers, slots, 256);

/*
 * Kernel topics: files of a file system of type "fanout", and the devices
 * /dev/fanout, /dev/fanout1 ... fanout(4) describes read(2), write(2), poll(2)
 * and lseek(2) on them.
 *
 * A descriptor that is open for reading may be mapped, read-only and shared:
 * header and data lie where they do in a shared-memory topic. FANOUT_IOC_SLOT
 * returns another descriptor, for a page of its own that the reader may write
 * (one page, mapped at offset 0): struct fanout_slot. A process that reads
 * through the mapping keeps position, lost, received, lapsed and state there, as
 * in the file of a shared-memory topic; FANOUT_IOC_PROGRESS notifies the kernel.
 * The kernel trusts nothing that it finds there.
 *
 * Publishers wait for a reading descriptor from the moment it is opened. If it
 * was opened for both reading and writing, or with O_NONBLOCK, they wait from the
 * moment it first reads, subscribes, or stores FANOUT_SLOT_ATTACHED.
 *
 * Reserved members must be zero; otherwise, or with an unknown flag, the request
 * fails with EINVAL.
 */
#define FANOUT_SUPER_MAGIC 0x666e6f74 /* for statfs(2): "fnot" */

/**
 * struct fanout_query - the state of a topic
 * @ring:         its header. @allocated is the memory charged for it; @publisher_pid and
 *                similar members are those of the last FANOUT_IOC_PUBLISH
 * @n_publishers: descriptors that are publishers
 * @n_readers:    descriptors that are open for reading and do not observe, except the
 *                one that asks
 * @n_writers:    descriptors that are open for writing; while there are none nothing
 *                comes. One that replaces a topic counts for the new ring, too
 * @exclusive:    1 if the one publisher keeps others out
 * @oldest_sequence: number of the first message of the oldest record, at @ring's tail; of
 *                the next message if there is no record
 * @oldest_time:  when that record was published; 0 if there is none
 *
 * All of it is of one moment.
 */
struct fanout_query {
	struct fanout_ring ring;
	__u32 n_publishers;
	__u32 n_readers;
	__u32 exclusive;
	__u32 n_writers;
	__u64 oldest_sequence;
	__u64 oldest_time;
	__u64 reserved[2];
};

/**
 * struct fanout_readers - the other readers, including observers
 * @slots:   where to put them: a pointer to struct fanout_slot
 * @n_slots: in: room for how many; out: how many there are, which may be more
 *
 * The descriptor that asks is not among them.
 */
struct fanout_readers {
	__u64 slots;
	__u32 n_slots;
	__u32 reserved;
};

#define FANOUT_PUBLISH_EXCLUSIVE 1U /* others get EBUSY, also for plain writes */
#define FANOUT_PUBLISH_RECORDS 2U /* each write begins with a struct fanout_record */

/**
 * struct fanout_publish - makes a descriptor a publisher, or changes its terms
 * @patience: how long a write may wait for readers, in nanoseconds; FANOUT_PATIENCE_INFINITE
 * @flags:    FANOUT_PUBLISH bits
 *
 * From then on, a write that is too large fails with EMSGSIZE. With
 * FANOUT_PUBLISH_RECORDS the caller sets @length and @content of the record;
 * @sequence and @time are zero, and the kernel fills them in.
 */
struct fanout_publish {
	__u64 patience;
	__u32 flags;
	__u32 reserved[5];
};

enum fanout_start {
	FANOUT_START_NEWEST = 0,
	FANOUT_START_OLDEST = 1,
	FANOUT_START_LAST = 2, /* the record that holds the @value-th message from the end */
	FANOUT_START_SINCE = 3, /* the first that was published at @value or later */
};

#define FANOUT_SUBSCRIBE_OBSERVE 1U /* nobody waits for this descriptor */
#define FANOUT_SUBSCRIBE_RECORDS 2U /* reads return the header before each payload */

/**
 * struct fanout_subscribe - where and how a descriptor reads
 * @flags: FANOUT_SUBSCRIBE bits
 * @start: enum fanout_start
 * @value: messages, or nanoseconds since 1970
 *
 * With FANOUT_SUBSCRIBE_RECORDS a read returns only whole records, each padded to
 * FANOUT_ALIGN; if the next one does not fit, it fails with EMSGSIZE.
 */
struct fanout_subscribe {
	__u32 flags;
	__u32 start;
	__u64 value;
	__u64 reserved[2];
};

/**
 * struct fanout_loss - everything that a descriptor has read and lost so far
 * @overruns: how often it was overrun
 * @messages: how many messages it lost, exactly
 * @bytes:    how many bytes of the ring it lost, with headers and padding
 * @received: how many messages it read; one that it read in part counts at its end
 */
struct fanout_loss {
	__u64 overruns;
	__u64 messages;
	__u64 bytes;
	__u64 received;
	__u64 reserved[4];
};

/**
 * struct fanout_replace - a new ring for the topic
 * @capacity: of the new ring; 0: the same as before
 *
 * For publishers. Readers finish the old ring, then see its end; processes that
 * open the topic from now on get the new one, which continues the sequence
 * numbers. The publisher's own descriptor stays with the old ring: its writes
 * fail with ESTALE. Fails with EPERM on devices.
 */
struct fanout_replace {
	__u64 capacity;
	__u64 reserved[3];
};

#define FANOUT_IOC_QUERY _IOR(0xfb, 0, struct fanout_query)
#define FANOUT_IOC_READERS _IOWR(0xfb, 1, struct fanout_readers)
#define FANOUT_IOC_PUBLISH _IOW(0xfb, 2, struct fanout_publish)
#define FANOUT_IOC_SUBSCRIBE _IOW(0xfb, 3, struct fanout_subscribe)
#define FANOUT_IOC_LOSS _IOR(0xfb, 4, struct fanout_loss)
#define FANOUT_IOC_PROGRESS _IO(0xfb, 5)
#define FANOUT_IOC_REPLACE _IOW(0xfb, 6, struct fanout_replace)
/*
 * Returns a descriptor of the slot alone, to be mapped from offset 0: mmap(2)
 * does not allow a writable mapping of a descriptor that is open only for
 * reading. The mapping holds this descriptor.
 */
#define FANOUT_IOC_SLOT _IO(0xfb, 7)

FANOUT_STATIC_ASSERT(sizeof(struct fanout_query) == 2048 + 48);
FANOUT_STATIC_ASSERT(sizeof(struct fanout_readers) == 16);
FANOUT_STATIC_ASSERT(sizeof(struct fanout_publish) == 32);
FANOUT_STATIC_ASSERT(sizeof(struct fanout_subscribe) == 32);
FANOUT_STATIC_ASSERT(sizeof(struct fanout_loss) == 64);
FANOUT_STATIC_ASSERT(sizeof(struct fanout_replace) == 32);

#endif /* _UAPI_LINUX_FANOUT_H */
