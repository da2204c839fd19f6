/* SPDX-License-Identifier: MIT */
/*
 * Two ways from the ring to stdout.
 *
 * If nothing but the messages is printed, a batch is copied from the ring straight into the output.
 * If its framing is the one that the output uses, it stays as it is. A single message lacks only
 * its delimiter or length; room for these is left on both sides:
 *
 *     output:  |... earlier messages | length? | batch | delimiter? | free ...|
 *
 * In all other cases the batch goes into a separate buffer first, and from there message by message
 * into the output.
 */
#include <errno.h>

#include "sub/printer.h"

#define DELIMITER_SIZE 1

void printer_init(struct printer *printer, const struct sub_settings *settings,
		  struct baf_subscriber *subscriber)
{
	*printer = (struct printer){
		.subscriber = subscriber,
		.renderer = { .settings = settings },
		.left = settings->count,
	};
	buffer_reserve(&printer->output, OUTPUT_SIZE + FRAMING_LENGTH_SIZE + DELIMITER_SIZE);
}

void printer_deinit(struct printer *printer)
{
	buffer_free(&printer->output);
	buffer_free(&printer->batch);
}

void printer_flush(struct printer *printer)
{
	if (!printer->status && printer->output.size > 0)
		printer->status = output_flush(&printer->output);
}

static void count(struct printer *printer, uint64_t messages, uint64_t bytes)
{
	printer->left -= messages;
	printer->messages += messages;
	printer->bytes += bytes;
}

static void render(struct printer *printer, struct received *message)
{
	render_message(&printer->renderer, &printer->output, message);
	count(printer, 1, message->size);
	message->sequence++;
	if (output_is_full(&printer->output))
		printer_flush(printer);
}

/* The topic's content makes no sense: reported like any other failure. */
static void find_damaged(struct baf_event *event)
{
	event->type = BAF_EVENT_FAILED;
	event->error = -EBADMSG;
	event->reason = "it is damaged: the messages of a record do not fill it";
}

/* Adds messages to the output one by one, as many as are wanted. */
static void render_batch(struct printer *printer, struct baf_event *event, const void *data)
{
	struct received message = { .topic = event->topic,
				    .data = data,
				    .size = event->size,
				    .sequence = event->sequence,
				    .time = event->time };
	size_t size = event->size;

	if (event->framing == BAF_FRAMING_ONE) {
		render(printer, &message);
		return;
	}
	for (uint64_t i = 0; i < event->count && printer->left > 0 && !printer->status; i++) {
		if (baf_batch_next(event->framing, &data, &size, &message.data, &message.size) <=
		    0) {
			find_damaged(event);
			return;
		}
		render(printer, &message);
	}
	if (size > 0 && printer->left > 0 && !printer->status)
		find_damaged(event);
}

/* Returns how many bytes each message of a batch takes besides its own. */
static size_t overhead(enum baf_framing framing)
{
	switch (framing) {
	case BAF_FRAMING_ONE:
		return 0;
	case BAF_FRAMING_LINE:
	case BAF_FRAMING_NUL:
		return DELIMITER_SIZE;
	case BAF_FRAMING_LENGTH:
		return FRAMING_LENGTH_SIZE;
	}
	return 0;
}

/* Returns how much room to leave before a batch in the output, for the length of a message. */
static size_t head_size(const struct printer *printer)
{
	return printer->renderer.settings->framing == FRAMING_LEN ? FRAMING_LENGTH_SIZE : 0;
}

/* Adds the delimiter or length to a single message in the output. Returns its size with that. */
static size_t complete_message(const struct printer *printer, char *place, size_t size)
{
	switch (printer->renderer.settings->framing) {
	case FRAMING_LINE:
		place[size] = '\n';
		return size + DELIMITER_SIZE;
	case FRAMING_NUL:
		place[size] = '\0';
		return size + DELIMITER_SIZE;
	case FRAMING_LEN:
		framing_write_length(place, (uint32_t)size);
		return FRAMING_LENGTH_SIZE + size;
	case FRAMING_RAW:
	case FRAMING_ONE:
		break;
	}
	return size;
}

static bool is_framed_as_output(const struct printer *printer, enum baf_framing framing)
{
	switch (printer->renderer.settings->framing) {
	case FRAMING_LINE:
		return framing == BAF_FRAMING_LINE;
	case FRAMING_NUL:
		return framing == BAF_FRAMING_NUL;
	case FRAMING_LEN:
		return framing == BAF_FRAMING_LENGTH;
	case FRAMING_RAW:
	case FRAMING_ONE:
		break;
	}
	return false;
}

/* A last message without its delimiter would merge with the next one. */
static bool is_whole(const struct baf_event *event, const char *batch)
{
	if (event->framing == BAF_FRAMING_LINE || event->framing == BAF_FRAMING_NUL)
		return event->size > 0 &&
		       batch[event->size - 1] == (event->framing == BAF_FRAMING_LINE ? '\n' : '\0');
	return true;
}

/* Keeps a batch that was copied to the end of the output, behind the room for a length. */
static void keep_direct(struct printer *printer, struct baf_event *event)
{
	char *place = buffer_end(&printer->output);
	char *batch = place + head_size(printer);
	size_t size;

	if (event->count > printer->left ||
	    (event->framing != BAF_FRAMING_ONE && !is_framed_as_output(printer, event->framing))) {
		printer->batch.size = 0;
		buffer_append(&printer->batch, batch, event->size);
		render_batch(printer, event, printer->batch.data);
		return;
	}
	if (event->framing == BAF_FRAMING_ONE) {
		size = complete_message(printer, place, event->size);
	} else {
		if (!is_whole(event, batch)) {
			find_damaged(event);
			return;
		}
		size = event->size;
		if (batch != place)
			memmove(place, batch, size);
	}
	printer->output.size += size;
	count(printer, event->count, event->size - event->count * overhead(event->framing));
}

/* Makes room in the output for a batch of @p size bytes. */
static void make_room(struct printer *printer, size_t size)
{
	if (printer->output.size > 0)
		printer_flush(printer);
	else
		buffer_reserve(&printer->output, size);
}

static int next_direct(struct printer *printer, struct baf_event *event)
{
	size_t head = head_size(printer), around = head + DELIMITER_SIZE;
	int r;

	do {
		char *place = buffer_reserve(&printer->output, around);

		r = baf_subscriber_read_batch(printer->subscriber, place + head,
					      buffer_room(&printer->output) - around, event);
		if (r == -EMSGSIZE)
			make_room(printer, event->size + around);
	} while (r == -EMSGSIZE && !printer->status);
	if (r > 0 && event->type == BAF_EVENT_MESSAGES)
		keep_direct(printer, event);
	return r;
}

static int next_rendered(struct printer *printer, struct baf_event *event)
{
	struct buffer *batch = &printer->batch;
	int r;

	batch->size = 0;
	do {
		r = baf_subscriber_read_batch(printer->subscriber, batch->data, batch->capacity,
					      event);
		if (r == -EMSGSIZE)
			buffer_reserve(batch, event->size);
	} while (r == -EMSGSIZE);
	if (r > 0 && event->type == BAF_EVENT_MESSAGES)
		render_batch(printer, event, batch->data);
	return r;
}

int printer_next(struct printer *printer, struct baf_event *event)
{
	const struct sub_settings *settings = printer->renderer.settings;
	int r;

	if (settings->look == LOOK_FRAMED && !settings->with_topic && !settings->with_time)
		r = next_direct(printer, event);
	else
		r = next_rendered(printer, event);
	if (output_is_full(&printer->output))
		printer_flush(printer);
	return r;
}
