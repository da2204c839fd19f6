/* SPDX-License-Identifier: MIT */
/* Numbers for people: short, and as precise as a reader needs. */
#ifndef BAF_CTL_HUMAN_H
#define BAF_CTL_HUMAN_H

#include <stdint.h>

#include "util/buffer.h"

/** Appends a number: 1234567 as "1.23M". */
void human_append_count(struct buffer *to, uint64_t count);

/** Appends a number of bytes: 4194304 as "4M", 1536 as "1.5K"; units as in SIZE. */
void human_append_bytes(struct buffer *to, uint64_t bytes);

/** Appends a span of time, in nanoseconds: "250ms", "3.2s", "4m05s", "2h30m", "5d12h". */
void human_append_span(struct buffer *to, uint64_t span);

/** Appends a point in time: "2026-01-02 03:04:05Z". */
void human_append_time(struct buffer *to, uint64_t time);

#endif /* BAF_CTL_HUMAN_H */
