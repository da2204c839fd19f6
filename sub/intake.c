/* SPDX-License-Identifier: MIT */
/*
 * Two ways from the ring to stdout.
 *
 * Where nothing is printed but the messages, a batch is copied from the ring straight into the
 * output. If its messages are divided as the output wants them, it can stay as it is; of a single
 * message only the delimiter or length is missing, for which there is room at both sides:
 *
 *     output:  |... earlier messages | length? | batch | delimiter? | free ...|
 *
 * In all other cases the batch goes into memory of its own, and message by message into the output.
 */
#include <errno.h>

#include "sub/intake.h"

#define DELIMITER_SIZE 1

void intake_init(struct intake *intake, const struct sub_settings *settings,
		 struct baf_subscriber *subscriber)
{
	*intake = (struct intake){
		.subscriber = subscriber,
		.renderer = { .settings = settings },
		.left = settings->count,
	};
	buffer_reserve(&intake->output, OUTPUT_SIZE + FRAMING_LENGTH_SIZE + DELIMITER_SIZE);
}

void intake_deinit(struct intake *intake)
{
	buffer_free(&intake->output);
	buffer_free(&intake->batch);
}

void intake_flush(struct intake *intake)
{
	if (!intake->status && intake->output.size > 0)
		intake->status = output_flush(&intake->output);
}

static void count(struct intake *intake, uint64_t messages, uint64_t bytes)
{
	intake->left -= messages;
	intake->messages += messages;
	intake->bytes += bytes;
}

static void render(struct intake *intake, struct received *message)
{
	render_message(&intake->renderer, &intake->output, message);
	count(intake, 1, message->size);
	message->sequence++;
	if (output_is_full(&intake->output))
		intake_flush(intake);
}

/* What the topic holds makes no sense: it is to be told as any other failure. */
static void find_damaged(struct baf_event *event)
{
	event->type = BAF_EVENT_FAILED;
	event->error = -EBADMSG;
	event->reason = "it is damaged: a record does not fit its messages";
}

/* Puts messages into the output one by one, as many as are wanted. */
static void render_batch(struct intake *intake, struct baf_event *event, const void *data)
{
	struct received message = { .topic = event->topic,
				    .data = data,
				    .size = event->size,
				    .sequence = event->sequence,
				    .time = event->time };
	size_t size = event->size;

	if (event->framing == BAF_FRAMING_ONE) {
		render(intake, &message);
		return;
	}
	for (uint64_t i = 0; i < event->count && intake->left > 0 && !intake->status; i++) {
		if (baf_batch_next(event->framing, &data, &size, &message.data, &message.size) <=
		    0) {
			find_damaged(event);
			return;
		}
		render(intake, &message);
	}
	if (size > 0 && intake->left > 0 && !intake->status)
		find_damaged(event);
}

/* Of each message in a batch: the bytes that are not part of it. */
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

/* Room that is left free before a batch in the output, for the length of a message. */
static size_t head_size(const struct intake *intake)
{
	return intake->renderer.settings->framing == FRAMING_LEN ? FRAMING_LENGTH_SIZE : 0;
}

/* Completes a single message that lies in the output. Returns its size there. */
static size_t complete_message(const struct intake *intake, char *place, size_t size)
{
	switch (intake->renderer.settings->framing) {
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

static bool is_framed_as_output(const struct intake *intake, enum baf_framing framing)
{
	switch (intake->renderer.settings->framing) {
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

/* A last message without its delimiter would run into the next one. */
static bool is_whole(const struct baf_event *event, const char *batch)
{
	if (event->framing == BAF_FRAMING_LINE || event->framing == BAF_FRAMING_NUL)
		return event->size > 0 &&
		       batch[event->size - 1] == (event->framing == BAF_FRAMING_LINE ? '\n' : '\0');
	return true;
}

/* A batch lies at the end of the output, behind the room for a length. */
static void keep_direct(struct intake *intake, struct baf_event *event)
{
	char *place = buffer_end(&intake->output);
	char *batch = place + head_size(intake);
	size_t size;

	if (event->count > intake->left ||
	    (event->framing != BAF_FRAMING_ONE && !is_framed_as_output(intake, event->framing))) {
		intake->batch.size = 0;
		buffer_append(&intake->batch, batch, event->size);
		render_batch(intake, event, intake->batch.data);
		return;
	}
	if (event->framing == BAF_FRAMING_ONE) {
		size = complete_message(intake, place, event->size);
	} else {
		if (!is_whole(event, batch)) {
			find_damaged(event);
			return;
		}
		size = event->size;
		if (batch != place)
			memmove(place, batch, size);
	}
	intake->output.size += size;
	count(intake, event->count, event->size - event->count * overhead(event->framing));
}

/* There is no room for a batch that takes @p size bytes of output. */
static void make_room(struct intake *intake, size_t size)
{
	if (intake->output.size > 0)
		intake_flush(intake);
	else
		buffer_reserve(&intake->output, size);
}

static int next_direct(struct intake *intake, struct baf_event *event)
{
	size_t head = head_size(intake), around = head + DELIMITER_SIZE;
	int r;

	do {
		char *place = buffer_reserve(&intake->output, around);

		r = baf_subscriber_read_batch(intake->subscriber, place + head,
					      buffer_room(&intake->output) - around, event);
		if (r == -EMSGSIZE)
			make_room(intake, event->size + around);
	} while (r == -EMSGSIZE && !intake->status);
	if (r > 0 && event->type == BAF_EVENT_MESSAGES)
		keep_direct(intake, event);
	return r;
}

static int next_rendered(struct intake *intake, struct baf_event *event)
{
	struct buffer *batch = &intake->batch;
	int r;

	batch->size = 0;
	do {
		r = baf_subscriber_read_batch(intake->subscriber, batch->data, batch->capacity,
					      event);
		if (r == -EMSGSIZE)
			buffer_reserve(batch, event->size);
	} while (r == -EMSGSIZE);
	if (r > 0 && event->type == BAF_EVENT_MESSAGES)
		render_batch(intake, event, batch->data);
	return r;
}

int intake_next(struct intake *intake, struct baf_event *event)
{
	const struct sub_settings *settings = intake->renderer.settings;
	int r;

	if (settings->look == LOOK_FRAMED && !settings->with_topic && !settings->with_time)
		r = next_direct(intake, event);
	else
		r = next_rendered(intake, event);
	if (output_is_full(&intake->output))
		intake_flush(intake);
	return r;
}
