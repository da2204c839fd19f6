/* SPDX-License-Identifier: MIT */
/* Takes messages from the topics and adds them to the output. */
#ifndef BAF_SUB_PRINTER_H
#define BAF_SUB_PRINTER_H

#include "sub/render.h"
#include "sub/output.h"

struct printer {
	struct baf_subscriber *subscriber;
	struct renderer renderer;
	struct buffer output;
	struct buffer batch; /**< messages that must be rendered one by one */
	uint64_t left; /**< messages that may still be printed */
	uint64_t messages; /**< printed */
	uint64_t bytes; /**< in them */
	enum status status; /**< of the output: anything but STATUS_DONE ends the stream */
};

void printer_init(struct printer *printer, const struct sub_settings *settings,
		  struct baf_subscriber *subscriber);
void printer_deinit(struct printer *printer);

/**
 * Takes the next event. Messages are in the output when it returns. Returns like
 * baf_subscriber_next(); also a negative errno if writing failed (see status) or the set is
 * unusable.
 */
int printer_next(struct printer *printer, struct baf_event *event);

/** Writes the output. */
void printer_flush(struct printer *printer);

#endif /* BAF_SUB_PRINTER_H */
