/* SPDX-License-Identifier: MIT */
/*
 * Takes messages from the topics, and puts them into the output.
 */
#ifndef BAF_SUB_PRINTER_H
#define BAF_SUB_PRINTER_H

#include "sub/render.h"
#include "sub/output.h"

struct printer {
	struct baf_subscriber *subscriber;
	struct renderer renderer;
	struct buffer output;
	struct buffer batch; /**< messages that cannot go to the output as they came */
	uint64_t left; /**< messages that may still be printed */
	uint64_t messages; /**< printed */
	uint64_t bytes; /**< in them */
	enum status status; /**< of the output: when it is not STATUS_DONE, it is over */
};

void printer_init(struct printer *printer, const struct sub_settings *settings,
		  struct baf_subscriber *subscriber);
void printer_deinit(struct printer *printer);

/**
 * Takes the next event. If it is messages, they are in the output when it returns.
 * Returns as baf_subscriber_next(), or a negative errno when the status is set or the set is
 * unusable.
 */
int printer_next(struct printer *printer, struct baf_event *event);

/** Writes the output. */
void printer_flush(struct printer *printer);

#endif /* BAF_SUB_PRINTER_H */
