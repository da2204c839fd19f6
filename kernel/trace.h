/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Tracepoints, for perf, ftrace and bpf: /sys/kernel/tracing/events/fanout. They identify a topic
 * by its ring's id, which FANOUT_IOC_QUERY returns.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM fanout

#if !defined(FANOUT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define FANOUT_TRACE_H

#include <linux/tracepoint.h>

#include "../ring/ring.h"

TRACE_EVENT(fanout_publish,
	TP_PROTO(const struct fanout_ring *ring, const struct fanout_writer *writer,
		 const struct fanout_record *record),
	TP_ARGS(ring, writer, record),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, position)
		__field(u64, sequence)
		__field(u32, messages)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->id = ring->id;
		__entry->position = writer->head;
		__entry->sequence = writer->sequence;
		__entry->messages = fanout_content_messages(record->content);
		__entry->length = record->length;
	),
	TP_printk("topic=%016llx position=%llu sequence=%llu messages=%u length=%u",
		  __entry->id, __entry->position, __entry->sequence, __entry->messages,
		  __entry->length)
);

TRACE_EVENT(fanout_overrun,
	TP_PROTO(const struct fanout_ring *ring, u64 sequence, u64 messages, u64 bytes),
	TP_ARGS(ring, sequence, messages, bytes),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, sequence)
		__field(u64, messages)
		__field(u64, bytes)
	),
	TP_fast_assign(
		__entry->id = ring->id;
		__entry->sequence = sequence;
		__entry->messages = messages;
		__entry->bytes = bytes;
	),
	TP_printk("topic=%016llx sequence=%llu messages=%llu bytes=%llu",
		  __entry->id, __entry->sequence, __entry->messages, __entry->bytes)
);

DECLARE_EVENT_CLASS(fanout_topic,
	TP_PROTO(const struct fanout_ring *ring),
	TP_ARGS(ring),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, capacity)
		__field(u64, head)
	),
	TP_fast_assign(
		__entry->id = ring->id;
		__entry->capacity = ring->capacity;
		__entry->head = ring->head;
	),
	TP_printk("topic=%016llx capacity=%llu head=%llu",
		  __entry->id, __entry->capacity, __entry->head)
);

DEFINE_EVENT(fanout_topic, fanout_create,
	TP_PROTO(const struct fanout_ring *ring),
	TP_ARGS(ring)
);

DEFINE_EVENT(fanout_topic, fanout_remove,
	TP_PROTO(const struct fanout_ring *ring),
	TP_ARGS(ring)
);

#endif /* FANOUT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
