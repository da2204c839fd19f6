/* SPDX-License-Identifier: MIT */
/**
 * @file baf.h
 * libbaf: publish to topics and subscribe to them.
 *
 * A topic is a named one-to-many ring in a topic directory. Every subscriber
 * gets every message, whole and in order, or is told exactly how many it lost.
 * There is no broker: publishers and subscribers share memory, and the kernel
 * cleans up after a process that dies.
 *
 * Rules that hold for every function here:
 *
 * - Success is 0 or more, failure a negative errno; `errno` itself is not a result. Each function
 *   lists the errors that a caller must expect. In addition, every open function can return
 *   -ENOMEM and -EMFILE. A handle belongs to the process that opened it: in a child that was
 *   forked later, functions that publish, take messages or wait return -ECHILD. The child may
 *   only close the handle, which frees the child's copy and does not affect the parent's. It
 *   should do so (or exec), or the topic appears to be in use as long as the child lives.
 * - Only one thread at a time may use a handle. Different handles are independent, even on the
 *   same topic.
 * - No function starts a thread, installs a signal handler, prints, or changes the state of the
 *   process, except that opening a handle registers the process for membarrier(2). All
 *   descriptors are close-on-exec.
 * - The library copies strings and structures that a caller passes in.
 * - Times are nanoseconds; points in time count from 1970 (CLOCK_REALTIME).
 * - Structures that may grow begin with their own size: set it with the INIT macro, or to
 *   `sizeof`. The library accepts a larger structure than it knows if the unknown members are
 *   zero, and returns -E2BIG otherwise.
 */
#ifndef BAF_H
#define BAF_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/** No limit, as a time-out or a patience. */
#define BAF_INFINITE UINT64_MAX

/** The longest topic name, in bytes, without the final NUL. */
#define BAF_NAME_MAX 200

/** The default capacity of a ring, in bytes. */
#define BAF_CAPACITY_DEFAULT (4U << 20)

/** How long one publish waits for slow subscribers by default: 10 ms. */
#define BAF_PATIENCE_DEFAULT UINT64_C(10000000)

/** How a sequence of bytes splits into messages. */
enum baf_framing {
	BAF_FRAMING_ONE = 1, /**< it is one message */
	BAF_FRAMING_LINE = 2, /**< each message ends in '\n', which is not part of it */
	BAF_FRAMING_NUL = 3, /**< each message ends in '\0', which is not part of it */
	BAF_FRAMING_LENGTH = 4, /**< each message stands behind its length, 4 bytes big-endian */
};

/** The library's version, as "1.2.3". Static; never fails. */
const char *baf_version(void);

/**
 * @defgroup directory Topic directories and names
 * @{
 */

/** Which topic directory to use, if no path is given. */
enum baf_directory {
	/** The path in the environment variable BAF_DIR if it is set, else the
	 * system's directory if it exists, else the user's. */
	BAF_DIRECTORY_DEFAULT = 0,
	BAF_DIRECTORY_USER = 1, /**< $XDG_RUNTIME_DIR/baf, else /dev/shm/baf-UID */
	BAF_DIRECTORY_SYSTEM = 2, /**< /dev/baf */
};

/**
 * Finds the path of a topic directory. Reads the environment, checks for the system's directory,
 * and creates nothing.
 *
 * @param which which one
 * @param path  where to put the path, with its final NUL
 * @param size  bytes at @p path; PATH_MAX is always enough
 * @return 0, -EINVAL for an unknown @p which, -ENAMETOOLONG if it does not fit.
 * Does not block. Any thread may call it, as long as none changes the environment.
 */
int baf_directory_path(enum baf_directory which, char *path, size_t size);

/**
 * Checks whether a string is a valid topic name: segments of [A-Za-z0-9_-], joined by '.', at
 * most #BAF_NAME_MAX bytes, no leading '-'.
 *
 * @return 1 if it is, 0 if not. Does not block; any thread.
 */
int baf_name_valid(const char *name);

/**
 * Checks whether a string is a valid pattern: a name in which a segment may also be '*' or '+'
 * (any one segment) and the last one '>' or '#' (one or more). Every valid name is a valid
 * pattern that matches only itself.
 *
 * @return 1 if it is, 0 if not. Does not block; any thread.
 */
int baf_pattern_valid(const char *pattern);

/**
 * Checks whether a valid name matches a valid pattern.
 *
 * @return 1 if it does, 0 if not or if either is not valid. Does not block; any thread.
 */
int baf_pattern_match(const char *pattern, const char *name);

/** @} */

/**
 * @defgroup publisher Publishing
 * @{
 */

/** A topic that is open for publishing. */
struct baf_publisher;

/** Allow other publishers: each publish then takes a lock, about a microsecond. */
#define BAF_PUBLISHER_SHARED (1U << 0)
/** Remove the topic when the publisher is closed. */
#define BAF_PUBLISHER_REMOVE (1U << 1)
/** Fail with -ENOENT instead of creating the topic. */
#define BAF_PUBLISHER_EXISTING (1U << 2)

/** How to open a topic for publishing. All zero but size: the defaults. */
struct baf_publisher_options {
	size_t size; /**< sizeof(struct baf_publisher_options) */
	/** Capacity of the ring in bytes, rounded up to a power of two and to at least a page; 0:
	 * keep the capacity of an existing topic, create a new one with #BAF_CAPACITY_DEFAULT. An
	 * existing topic of another capacity is replaced: its subscribers finish the old ring and
	 * continue in the new one. */
	uint64_t capacity;
	/** How long one publish may wait for subscribers, in nanoseconds; 0: never wait;
	 * #BAF_INFINITE: lose nothing. */
	uint64_t patience;
	uint32_t flags; /**< BAF_PUBLISHER_ flags */
	/** File mode of a new topic, plus 1 << 16 to show that it is set (so that 0 is not taken
	 * for a mode): see #BAF_MODE. Not set: 0666 less the umask. Read permission allows
	 * subscribing, write permission allows publishing. */
	uint32_t mode;
	/** Group of a new topic, plus 1; 0: the group that new files get in the directory. */
	uint64_t group;
	/** How the bytes of a foreign device split into messages, see baf_publisher_open(): enum
	 * baf_framing, the same for publishers and subscribers; 0: lines. Has no effect on other
	 * topics, which preserve messages. */
	uint32_t framing;
	uint32_t reserved; /**< must be 0 */
};

/** A mode for baf_publisher_options and baf_topic_options. */
#define BAF_MODE(mode) (0x10000U | (uint32_t)(mode))
/** A group for baf_publisher_options and baf_topic_options. */
#define BAF_GROUP(gid) ((uint64_t)(gid) + 1)

#define BAF_PUBLISHER_OPTIONS_INIT                                                           \
	{                                                                                    \
		sizeof(struct baf_publisher_options), 0, BAF_PATIENCE_DEFAULT, 0, 0, 0, 0, 0 \
	}

/** What a publisher has counted since it was opened. */
struct baf_publisher_counters {
	size_t size; /**< sizeof(struct baf_publisher_counters), set by the caller */
	uint64_t messages; /**< published */
	uint64_t bytes; /**< in them, without delimiters */
	uint64_t records; /**< published; a record holds one message or a batch */
	uint64_t waits; /**< publishes that had to wait for a subscriber */
	uint64_t waited; /**< total nanoseconds of these waits */
	uint64_t lapses; /**< times that a subscriber exhausted the patience */
	uint64_t wakeups; /**< times that sleeping subscribers were woken */
};

/**
 * Opens a topic for publishing; creates it if it does not exist.
 *
 * @param publisherp where to store the handle; close it with baf_publisher_close()
 * @param directory  path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT. A missing
 *                   directory is created, accessible only to its owner, unless it is the
 *                   system's.
 * @param topic      its name
 * @param options    NULL: the defaults
 * @return 0, or
 * -EINVAL: not a valid name, or an option is out of range;
 * -EBUSY: the topic already has a publisher (baf_topic_query() tells which);
 * -EACCES: no permission, or the file belongs to a user who could misuse it;
 * -ENOENT: no such topic, with #BAF_PUBLISHER_EXISTING, or no such directory;
 * -EBADMSG: the file is damaged or no ring; -EPROTONOSUPPORT: a ring of another version;
 * -EOPNOTSUPP: the directory's file system cannot hold rings (a tmpfs can); or the topic is a
 * device, which cannot get another capacity or be removed; or it is a foreign device, which does
 * not support a patience of #BAF_INFINITE;
 * -ENOSPC: no space for the topic; other negative errno values from open(2) and mmap(2).
 * -EINTR: a signal handler ran while it waited for its turn in a shared topic. Does not wait for
 * others, except for its turn with #BAF_PUBLISHER_SHARED: until the current publish of another
 * publisher has ended.
 *
 * A foreign device is a device of the original fanout module instead of baf's. It carries a byte
 * stream without message boundaries, and readers that fall behind lose bytes: there is no
 * patience, and publishers never wait. fanout(4) lists the other limitations. Its capacity is
 * unknown, and reported as 0.
 */
int baf_publisher_open(struct baf_publisher **publisherp, const char *directory, const char *topic,
		       const struct baf_publisher_options *options);

/**
 * Closes a topic. Subscribers can still read what was published.
 *
 * @param publisher the handle; NULL is fine
 * @return NULL. Does not block, except that with #BAF_PUBLISHER_REMOVE it waits for its turn in a
 * shared topic; if a signal handler runs meanwhile, the topic stays.
 */
struct baf_publisher *baf_publisher_close(struct baf_publisher *publisher);

/**
 * Publishes one message.
 *
 * @param publisher the handle
 * @param data      the message; may be NULL if @p size is 0
 * @param size      its bytes: 0 to baf_publisher_get_limit()
 * @return 0, or
 * -EMSGSIZE: larger than the limit; -ENOSPC: no storage for this part of the ring;
 * -EBADMSG: another process damaged or truncated the ring; -ESTALE: another publisher removed or
 * replaced a shared topic (in the kernel: any topic), open it again; -EINTR: a signal handler ran
 * while it waited for subscribers. On error, nothing was published. May wait for slow
 * subscribers, up to the patience, and in a shared topic for the turns of other publishers, each
 * of which may wait up to its own patience.
 */
int baf_publisher_publish(struct baf_publisher *publisher, const void *data, size_t size);

/** One message of a batch. */
struct baf_buffer {
	const void *data; /**< may be NULL if size is 0 */
	size_t size; /**< bytes */
};

/**
 * Publishes several messages at once, as one record with one header and at most one wake-up.
 * Publishes all of them or, on error, none.
 *
 * @param publisher  the handle
 * @param messages   the messages, in order
 * @param n_messages how many; 0 publishes nothing
 * @return as baf_publisher_publish(). The limit applies to the sum of their sizes plus 4 bytes
 * each. There can be at most 16777215 messages.
 */
int baf_publisher_publish_batch(struct baf_publisher *publisher, const struct baf_buffer *messages,
				size_t n_messages);

/**
 * Reserves space in the ring for a record, so that the caller can build it in place.
 *
 * @param publisher the handle
 * @param size      bytes that may be needed: 0 to baf_publisher_get_limit()
 * @param datap     where to store the address; it is writable for @p size bytes, until the next
 *                  call with this handle. The initial contents are undefined.
 * @return as baf_publisher_publish(). Nothing is published before baf_publisher_commit(). A
 * reservation that is not committed need not be undone. A shared topic is locked between the two
 * calls.
 */
int baf_publisher_reserve(struct baf_publisher *publisher, size_t size, void **datap);

/**
 * Publishes what was written to the reserved space.
 *
 * @param publisher  the handle, after baf_publisher_reserve()
 * @param size       bytes that were written, at most what was reserved
 * @param framing    how they split into messages
 * @param n_messages how many messages they are: 1 with #BAF_FRAMING_ONE. The number must be
 *                   right: subscribers that take messages one by one treat a record whose number
 *                   does not match its bytes as damaged.
 * @return 0; -EINVAL: nothing was reserved, or the arguments do not match the reservation;
 * -EBADMSG: the ring was damaged or truncated meanwhile. Does not block. On a topic in the
 * kernel, this function waits and returns the errors of baf_publisher_publish(). After -EINTR the
 * reservation persists, and another call can publish it.
 */
int baf_publisher_commit(struct baf_publisher *publisher, size_t size, enum baf_framing framing,
			 size_t n_messages);

/** Cancels a reservation: nothing is published, and a shared topic is unlocked. Does not block.
 * */
void baf_publisher_cancel(struct baf_publisher *publisher);

/**
 * The largest message that this topic can hold, in bytes: half the capacity less a header; 1 MiB
 * on a foreign device, where only messages up to a quarter of its buffer are certain to stay
 * whole.
 */
size_t baf_publisher_get_limit(const struct baf_publisher *publisher);

/** The capacity of the ring in bytes; 0: a foreign device, see baf_publisher_open(). */
uint64_t baf_publisher_get_capacity(const struct baf_publisher *publisher);

/** Changes the patience, in nanoseconds, from the next publish on. */
void baf_publisher_set_patience(struct baf_publisher *publisher, uint64_t patience);

/**
 * Waits until subscribers are attached (observers do not count).
 *
 * @param publisher     the handle
 * @param n_subscribers how many at least
 * @param timeout       nanoseconds; #BAF_INFINITE
 * @return the number of subscribers, less than @p n_subscribers after a time-out; -EINTR: a
 * signal handler ran; -EBADMSG; -EOPNOTSUPP: a foreign device, which does not know its readers.
 * Blocks. With @p n_subscribers 0 it only counts them.
 */
int baf_publisher_wait_subscribers(struct baf_publisher *publisher, unsigned int n_subscribers,
				   uint64_t timeout);

/** Reads the counters; size must be set. Returns 0 or -EINVAL: it was not. Does not block. */
int baf_publisher_get_counters(const struct baf_publisher *publisher,
			       struct baf_publisher_counters *counters);

/**
 * Removes the topic: its name disappears at once, and attached subscribers read the rest. Further
 * publishes return -ESTALE.
 *
 * @return 0, or a negative errno of unlink(2). Does not block.
 */
int baf_publisher_remove(struct baf_publisher *publisher);

/**
 * Recovers from a bus error; call it from a SIGBUS handler of the program. A user who can write a
 * file can also truncate it, and the next access to the missing memory raises SIGBUS. The handler
 * needs the handle until baf_publisher_close() has returned. It cannot recover from errors during
 * baf_publisher_open().
 *
 * @param publisher the handle; NULL is fine
 * @param address   si_addr of the signal
 * @return 1 if the address belongs to this handle: it is a page of zeros now, the signal handler
 * may return, and further calls with the handle fail with -EBADMSG; 0 otherwise.
 * Async-signal-safe.
 */
int baf_publisher_handle_sigbus(struct baf_publisher *publisher, const void *address);

/** @} */

/**
 * @defgroup subscriber Subscribing
 * @{
 */

/** A set of subscriptions that is read as one stream. */
struct baf_subscriber;

/**
 * Where a subscription to an existing topic begins. A topic that appears later is read from its
 * first message.
 */
enum baf_start {
	BAF_START_NEWEST = 0, /**< with the next message that is published */
	BAF_START_OLDEST = 1, /**< with the oldest message that the ring holds */
	BAF_START_LAST = 2, /**< with the last start_value messages that it holds */
	BAF_START_SINCE = 3, /**< with the first that was published at start_value or later */
};

/** Never hold a publisher up: nobody waits for this subscriber. */
#define BAF_SUBSCRIBER_OBSERVE (1U << 0)
/** End at what each topic holds when the subscription begins; do not wait for topics. */
#define BAF_SUBSCRIBER_DRAIN (1U << 1)
/** End when no topic of the set has a publisher any more and all is read. */
#define BAF_SUBSCRIBER_EOF (1U << 2)

/** How to subscribe. All zero but size: the defaults. */
struct baf_subscriber_options {
	size_t size; /**< sizeof(struct baf_subscriber_options) */
	uint32_t start; /**< enum baf_start */
	uint32_t flags; /**< BAF_SUBSCRIBER_ flags */
	uint64_t start_value; /**< messages, or nanoseconds since 1970 */
	uint32_t framing; /**< of the bytes of foreign devices, as in baf_publisher_options */
	uint32_t reserved; /**< must be 0 */
};

#define BAF_SUBSCRIBER_OPTIONS_INIT                                                 \
	{                                                                           \
		sizeof(struct baf_subscriber_options), BAF_START_NEWEST, 0, 0, 0, 0 \
	}

/** What came out of a set. */
enum baf_event_type {
	BAF_EVENT_MESSAGES = 1, /**< a message, or a batch of them */
	/** count messages were lost here, before sequence; 0: some, and nobody knows how many */
	BAF_EVENT_LOST = 2,
	BAF_EVENT_ATTACHED = 3, /**< a topic joined the set; sequence is of its next message */
	BAF_EVENT_RETIRED = 4, /**< a topic was removed or replaced, and is read to its end */
	BAF_EVENT_FAILED = 5, /**< a topic left the set because of error; the others go on */
};

/** One thing that came out of a set, in the order in which it happened on its topic. */
struct baf_event {
	enum baf_event_type type;
	enum baf_framing framing; /**< of data, if it is a batch; else #BAF_FRAMING_ONE */
	const char *topic; /**< its name; valid until the handle is closed */
	const void *data; /**< MESSAGES: the bytes; see the call for how long they are valid */
	size_t size; /**< MESSAGES: how many bytes */
	uint64_t count; /**< MESSAGES, LOST: how many messages */
	uint64_t sequence; /**< number of the first message; a topic counts from 0 */
	uint64_t time; /**< MESSAGES: when it was published */
	int error; /**< FAILED: a negative errno */
	/** FAILED: what is wrong, in a few words; ATTACHED: NULL, or what a foreign device lacks;
	 * static */
	const char *reason;
	uint64_t reserved[2]; /**< not set */
};

/** What a set has counted since it was opened. */
struct baf_subscriber_counters {
	size_t size; /**< sizeof(struct baf_subscriber_counters), set by the caller */
	uint64_t messages; /**< received */
	uint64_t bytes; /**< in them, without delimiters */
	uint64_t lost; /**< messages; an unknown number counts as one */
	uint64_t lag; /**< bytes that the rings hold and the set has not read yet */
	uint64_t topics; /**< in the set now */
	uint64_t unattended; /**< of these: not in the list of subscribers; no publisher waits */
};

/**
 * Creates an empty set.
 *
 * @param subscriberp where to store the handle; close it with baf_subscriber_close()
 * @param directory   path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT. A missing
 *                    directory is created, accessible only to its owner.
 * @param options     NULL: the defaults
 * @return 0; -EINVAL: an option is out of range; -EACCES: no permission for the directory, or it
 * belongs to a user who could misuse it; other negative errno values of open(2). Does not block.
 */
int baf_subscriber_open(struct baf_subscriber **subscriberp, const char *directory,
			const struct baf_subscriber_options *options);

/** Ends all subscriptions and frees the set. NULL is fine. Returns NULL. Does not block. */
struct baf_subscriber *baf_subscriber_close(struct baf_subscriber *subscriber);

/**
 * Adds a topic, or all topics that match a pattern: existing ones, and those that appear while
 * the set is open. A topic that does not exist yet is read from its first message. A topic may be
 * added twice.
 *
 * A foreign device (see baf_publisher_open()) is read according to the framing in the options,
 * from its next byte on. Its messages get their number and time when they are received. It fails
 * if the options request history or #BAF_SUBSCRIBER_EOF.
 *
 * @param subscriber the handle
 * @param pattern    a name or a pattern; ">" is every topic
 * @return 0; -EINVAL: not a valid pattern; -ENOENT: no such topic, only for a name and only with
 * #BAF_SUBSCRIBER_DRAIN; -EACCES. A topic that cannot be read causes #BAF_EVENT_FAILED. Does not
 * block.
 */
int baf_subscriber_add(struct baf_subscriber *subscriber, const char *pattern);

/**
 * Keeps topics out of the set, whatever patterns were or will be added. Topics that are already
 * in it stay.
 *
 * @param subscriber the handle
 * @param pattern    a name or a pattern
 * @return 0, or -EINVAL: not a valid pattern. Does not block.
 */
int baf_subscriber_exclude(struct baf_subscriber *subscriber, const char *pattern);

/**
 * Takes the next message without copying: it returns a view into the ring. Topics take turns. The
 * messages of one topic keep their order.
 *
 * @param subscriber the handle
 * @param event      the event. Its data are valid as long as baf_subscriber_intact() returns 1,
 *                   at most until the next call with this handle.
 * @return 1: there was an event; 0: there is none at the moment, or the end was reached
 * (baf_subscriber_ended()). Does not block.
 */
int baf_subscriber_next(struct baf_subscriber *subscriber, struct baf_event *event);

/**
 * As baf_subscriber_next(), but takes all messages that were published together, or the rest of
 * them: for example, the unchanged lines of a publisher of lines. The framing describes how the
 * bytes split.
 */
int baf_subscriber_next_batch(struct baf_subscriber *subscriber, struct baf_event *event);

/**
 * Tells whether the data of the last baf_subscriber_next() or baf_subscriber_next_batch() are
 * still as published. Call it after using the data. If it returns 0, a publisher may have
 * overwritten them meanwhile: discard all results. The messages then count as lost.
 *
 * @return 1 if all was intact until now; 0 if not. Does not block.
 */
int baf_subscriber_intact(struct baf_subscriber *subscriber);

/**
 * Takes the next message and copies it. The copy stays intact.
 *
 * @param subscriber the handle
 * @param buffer     where to put the message
 * @param size       bytes at @p buffer
 * @param event      the event; its data point to @p buffer
 * @return 1 and 0 as baf_subscriber_next(); -EMSGSIZE: the message needs event->size bytes, it
 * was not taken. Does not block.
 */
int baf_subscriber_read(struct baf_subscriber *subscriber, void *buffer, size_t size,
			struct baf_event *event);

/** As baf_subscriber_read(), but takes a batch as baf_subscriber_next_batch() does. */
int baf_subscriber_read_batch(struct baf_subscriber *subscriber, void *buffer, size_t size,
			      struct baf_event *event);

/**
 * Sleeps until there is an event or the end is reached. First polls and yields for some
 * microseconds, because a wake-up costs more than a message.
 *
 * @param subscriber the handle
 * @param timeout    nanoseconds; #BAF_INFINITE
 * @return 1: there is an event, or there will be no more; 0: time-out; -EINTR: a signal handler
 * ran. Blocks.
 */
int baf_subscriber_wait(struct baf_subscriber *subscriber, uint64_t timeout);

/**
 * Returns a descriptor for poll(2), epoll(7) and event loops. It becomes readable when there is
 * an event, but only after baf_subscriber_arm() has returned 0.
 *
 * @return the descriptor, owned by the set: do not read, write or close it; -EMFILE: the user has
 * no inotify instance left (see fs.inotify.max_user_instances): use baf_subscriber_wait(). Does
 * not block.
 */
int baf_subscriber_fd(struct baf_subscriber *subscriber);

/**
 * Prepares for sleeping on baf_subscriber_fd().
 *
 * @return 1: do not sleep, as there is an event or the end was reached; 0: sleep, the descriptor
 * will wake the caller; or a negative errno as baf_subscriber_fd(), or -ENOSPC: the user has no
 * inotify watch left (see fs.inotify.max_user_watches). Does not block.
 */
int baf_subscriber_arm(struct baf_subscriber *subscriber);

/**
 * Returns how long a caller may sleep at most, after baf_subscriber_arm() has returned 0.
 *
 * @return nanoseconds; #BAF_INFINITE, unless other users could suppress wake-ups or a publisher
 * is just ending. Does not block.
 */
uint64_t baf_subscriber_get_sleep(const struct baf_subscriber *subscriber);

/**
 * Tells whether the set has ended: it reached the end that #BAF_SUBSCRIBER_DRAIN or
 * #BAF_SUBSCRIBER_EOF request and all earlier events were taken; or every topic of the set failed
 * and no pattern can add another.
 *
 * @return 1 or 0. Does not block.
 */
int baf_subscriber_ended(struct baf_subscriber *subscriber);

/** Reads the counters; size must be set. Returns 0 or -EINVAL: it was not. Does not block. */
int baf_subscriber_get_counters(struct baf_subscriber *subscriber,
				struct baf_subscriber_counters *counters);

/** As baf_publisher_handle_sigbus(), for a set; the topic fails with #BAF_EVENT_FAILED. */
int baf_subscriber_handle_sigbus(struct baf_subscriber *subscriber, const void *address);

/**
 * Extracts the messages of a batch one by one.
 *
 * @param framing  of the batch
 * @param bytesp   the remaining bytes; advanced past the message, and NULL when there are no more
 * @param sizep    how many remain; reduced accordingly
 * @param messagep where to store the message @param message_sizep where to store its size
 * @return 1: there was a message; 0: none is left; -EBADMSG: the bytes do not match the framing.
 *   Does not block; any thread.
 */
int baf_batch_next(enum baf_framing framing, const void **bytesp, size_t *sizep,
		   const void **messagep, size_t *message_sizep);

/** @} */

/**
 * @defgroup topic Topics
 * @{
 */

/** The properties of a topic; members have the same meaning as in baf_publisher_options. */
struct baf_topic_options {
	size_t size; /**< sizeof(struct baf_topic_options) */
	uint64_t capacity;
	uint32_t mode;
	uint32_t reserved; /**< must be 0 */
	uint64_t group;
	/** Owner of its files, plus 1: see #BAF_OWNER; 0: the caller. Only root can give a topic
	 * to another user. */
	uint64_t owner;
};

/** An owner for baf_topic_options. */
#define BAF_OWNER(uid) ((uint64_t)(uid) + 1)

#define BAF_TOPIC_OPTIONS_INIT                                  \
	{                                                       \
		sizeof(struct baf_topic_options), 0, 0, 0, 0, 0 \
	}

/**
 * Creates a topic.
 *
 * @param directory path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param topic     its name
 * @param options   NULL: the defaults
 * @return 0; -EEXIST: the topic already exists; otherwise as baf_publisher_open(). Does not
 * block.
 */
int baf_topic_create(const char *directory, const char *topic,
		     const struct baf_topic_options *options);

/**
 * Changes an existing topic, according to the options that are not 0. A topic of another capacity
 * is replaced, as a publisher with that capacity would replace it: the new one is empty, and its
 * last publisher is the caller. Mode, owner and group affect programs that open the topic from
 * then on.
 *
 * @param directory path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param topic     its name
 * @param options   what to change
 * @return 0; -EINVAL: not a valid name, or an option is out of range, as any capacity is for a
 * device; -ENOENT: no such topic; -EBUSY: the options change the capacity, and the topic has a
 * publisher; -EPERM,
 * -EACCES: no permission; otherwise as baf_publisher_open(). Mode, owner and group are changed
 * before the capacity, and stay changed if that fails. Does not block.
 */
int baf_topic_set(const char *directory, const char *topic,
		  const struct baf_topic_options *options);

/**
 * Removes a topic. Attached subscribers read the rest, then see it retire.
 *
 * @param directory path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param topic     its name
 * @return 0; -EINVAL: not a valid name; -ENOENT: no such topic; -EBUSY: the topic has a
 * publisher; -EACCES. A damaged file, or one that is not a ring, is removed as well. Does not
 * block.
 */
int baf_topic_remove(const char *directory, const char *topic);

/**
 * Lists the topics of a directory.
 *
 * @param directory path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param namesp    where to store a sorted array of names that ends with NULL; one allocation,
 *                  which the caller frees with free()
 * @return the number of topics; negative errno values of open(2): -ENOENT if there is no such
 * directory. Does not open the files. Does not block.
 */
int baf_topic_list(const char *directory, char ***namesp);

/**
 * Removes leftover files from a directory: lists of subscribers of old rings, lock files of
 * topics that no longer exist, and rings that never got their name. They contain no messages.
 * Files that a publisher or a subscriber uses are not touched.
 *
 * @param directory path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param namesp    where to store a sorted array of the names of the removed files, which ends
 *                  with NULL; one allocation, which the caller frees with free(). May be NULL
 * @return the number of files; negative errno values of open(2): -ENOENT if there is no such
 * directory; the last one of unlink(2), such as -EACCES, if some files could not be removed;
 * *namesp then lists those that were. Does not block.
 */
int baf_directory_clean(const char *directory, char ***namesp);

/**
 * Rounds the requested capacity of a ring as baf_publisher_open() and baf_topic_create() do: to a
 * power of two, and to at least one page.
 *
 * @param size bytes
 * @return the capacity in bytes; 0: it would be too large. Does not block; any thread.
 */
uint64_t baf_capacity_round(uint64_t size);

/** A process as it described itself, for people to read. */
struct baf_process {
	int32_t pid; /**< in its own pid namespace; 0: none */
	char command[20]; /**< its name */
	uint64_t since; /**< when it attached */
};

/** A subscriber as others see it. */
struct baf_subscriber_info {
	struct baf_process process;
	uint32_t lapsed; /**< 1: it has exhausted the patience and not caught up */
	uint32_t observing; /**< 1: no publisher waits for it */
	uint64_t lag; /**< bytes that it has not read yet */
	uint64_t received; /**< messages, in all */
	uint64_t lost; /**< messages, in all */
	uint64_t reserved[4]; /**< 0 */
};

/** What carries a topic from its publisher to its subscribers. */
enum baf_transport {
	BAF_TRANSPORT_SHARED_MEMORY = 1, /**< a file that all of them map */
	BAF_TRANSPORT_KERNEL = 2, /**< a file on a file system of the kernel module */
	BAF_TRANSPORT_DEVICE = 3, /**< a device of the kernel module, also through a link */
};

/** A topic directory as a whole. */
struct baf_directory_info {
	size_t size; /**< sizeof(struct baf_directory_info), set by the caller */
	uint32_t transport; /**< enum baf_transport of topics that are created there */
	uint32_t n_leftovers; /**< files that baf_directory_clean() would find to remove */
	uint64_t capacity; /**< bytes of its file system; 0: there is no limit */
	uint64_t available; /**< of these, bytes that are left for this user */
	uint64_t files; /**< files that its file system can hold; 0: there is no limit */
	uint64_t files_available; /**< of these, files that this user can still make */
};

#define BAF_DIRECTORY_INFO_INIT                           \
	{                                                 \
		.size = sizeof(struct baf_directory_info) \
	}

/**
 * Looks at a topic directory without touching it: no lock held, no write.
 *
 * @param directory path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param info      what is found; size must be set
 * @return 0; -EINVAL: size is too small; negative errno values of open(2): -ENOENT if there is no
 * such directory. Does not block.
 */
int baf_directory_query(const char *directory, struct baf_directory_info *info);

/**
 * Tells whether a path leads to a device that can be a topic, without opening it, as that would
 * take the memory of its ring.
 *
 * @param path      of the device, or of a link to it
 * @param capacityp where to put the bytes that its ring holds; 0: the device does not say
 * @return 0; -ENODEV: not a device of a fanout module; negative errno values of stat(2). Does
 * not block.
 */
int baf_device_query(const char *path, uint64_t *capacityp);

/** A topic as others see it. */
struct baf_topic_info {
	size_t size; /**< sizeof(struct baf_topic_info), set by the caller */
	uint64_t capacity; /**< bytes that the ring holds */
	uint64_t allocated; /**< of these, bytes that have storage */
	uint64_t messages; /**< published, ever */
	uint64_t bytes; /**< in them */
	uint64_t history_messages; /**< still in the ring */
	uint64_t history_bytes; /**< likewise, with headers */
	uint64_t history_since; /**< none of them is older than this; 0 if there is none */
	uint64_t created; /**< when */
	uint64_t id; /**< differs from topics of the same name before and after it */
	uint64_t patience; /**< of the publisher */
	uint64_t waits; /**< publishes that had to wait for a subscriber, ever */
	uint64_t waited; /**< total nanoseconds of these waits */
	uint64_t lapses; /**< times that a subscriber exhausted the patience */
	struct baf_process publisher; /**< the process that opened it last */
	uint32_t publishing; /**< 1: a publisher has it open now */
	uint32_t n_subscribers; /**< attached now */
	uint32_t transport; /**< enum baf_transport */
	uint32_t reserved; /**< 0 */
	/** The exact number of messages published within the last recent_span. (If the whole ring
	 * is overwritten again and again during the query, this and the history may be wrong by a
	 * few records.) */
	uint64_t recent_messages;
	uint64_t recent_bytes; /**< likewise, bytes of the ring, with headers */
	/** Nanoseconds: usually one second; less if the ring does not reach back that far, more
	 * if one second cannot be found cheaply. Never 0. */
	uint64_t recent_span;
};

#define BAF_TOPIC_INFO_INIT                           \
	{                                             \
		.size = sizeof(struct baf_topic_info) \
	}

/**
 * Inspects a topic without side effects: it does not subscribe, lock or write.
 *
 * @param directory    path of the topic directory; NULL: #BAF_DIRECTORY_DEFAULT
 * @param topic        its name
 * @param info         the result; its size must be set
 * @param subscribersp where to store an array of info->n_subscribers elements, which the caller
 *                     frees with free(); may be NULL. Empty if the caller may not read the list.
 * @return 0; -ENOENT; -EACCES; -EINVAL: not a valid name; -EBADMSG: damaged or not a ring;
 * -EPROTONOSUPPORT: of another version; -EOPNOTSUPP: a foreign device, which reports nothing.
 * Does not block.
 */
int baf_topic_query(const char *directory, const char *topic, struct baf_topic_info *info,
		    struct baf_subscriber_info **subscribersp);

/** @} */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif /* BAF_H */
