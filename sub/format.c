/* SPDX-License-Identifier: MIT */
#include "sub/format.h"
#include "sub/message-json.h"
#include "util/decimal.h"
#include "util/fail.h"

static void append_topic(struct buffer *to, struct timestamp *cache, const struct received *message)
{
	buffer_append(to, message->topic, strlen(message->topic));
}

static void append_message(struct buffer *to, struct timestamp *cache,
			   const struct received *message)
{
	buffer_append(to, message->data, message->size);
}

static void append_sequence(struct buffer *to, struct timestamp *cache,
			    const struct received *message)
{
	decimal_append(to, message->sequence);
}

static void append_size(struct buffer *to, struct timestamp *cache, const struct received *message)
{
	decimal_append(to, message->size);
}

static void append_time(struct buffer *to, struct timestamp *cache, const struct received *message)
{
	timestamp_append(to, cache, message->time);
}

static void append_epoch(struct buffer *to, struct timestamp *cache, const struct received *message)
{
	timestamp_append_epoch(to, message->time);
}

static const struct {
	char letter;
	format_append_function *append;
} directives[] = {
	{ 't', append_topic },        { 'm', append_message }, { 's', append_sequence },
	{ 'n', append_size },         { 'T', append_time },    { 'e', append_epoch },
	{ 'j', json_append_message },
};

static format_append_function *find_directive(char letter)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
		if (directives[i].letter == letter)
			return directives[i].append;
	return NULL;
}

/* Finds the byte that a backslash and @p letter stand for. */
static bool find_escape(char letter, char *bytep)
{
	static const char letters[] = "ntr0\\";
	static const char bytes[] = "\n\t\r\0\\";
	const char *found = letter ? strchr(letters, letter) : NULL;

	if (found)
		*bytep = bytes[found - letters];
	return found != NULL;
}

static struct format_piece *add_piece(struct format *format, format_append_function *append)
{
	struct format_piece *piece = &format->pieces[format->n_pieces++];

	*piece = (struct format_piece){ .append = append };
	return piece;
}

static void add_byte(struct format *format, size_t *text_sizep, char byte)
{
	struct format_piece *last = NULL;

	if (format->n_pieces > 0)
		last = &format->pieces[format->n_pieces - 1];
	if (!last || last->append)
		last = add_piece(format, NULL);
	last->text_size++;
	format->text[(*text_sizep)++] = byte;
}

/* Takes one character or directive. Returns the place behind it; NULL if it is not valid. */
static const char *take_piece(struct format *format, const char *text, size_t *text_sizep)
{
	format_append_function *append;
	char byte = text[0];

	if (byte == '\\' && !find_escape(text[1], &byte))
		return NULL;
	if (text[0] == '%' && text[1] != '%') {
		append = find_directive(text[1]);
		if (!append)
			return NULL;
		add_piece(format, append);
		return text + 2;
	}
	add_byte(format, text_sizep, byte);
	return text + (text[0] == '\\' || text[0] == '%' ? 2 : 1);
}

bool format_parse(struct format *format, const char *text, char wrong[FORMAT_WRONG_SIZE])
{
	size_t size = strlen(text), text_size = 0;

	*format = (struct format){ .pieces = calloc(size + 1, sizeof(*format->pieces)),
				   .text = malloc(size + 1) };
	if (!format->pieces || !format->text)
		out_of_memory();
	while (*text) {
		const char *next = take_piece(format, text, &text_size);

		if (!next) {
			memcpy(wrong, text,
			       2); /* has at least the percent sign or backslash, and a NUL */
			wrong[2] = '\0';
			return false;
		}
		text = next;
	}
	return true;
}

void format_deinit(struct format *format)
{
	free(format->pieces);
	free(format->text);
	*format = (struct format){ 0 };
}

void format_append(const struct format *format, struct buffer *to, struct timestamp *cache,
		   const struct received *message)
{
	const char *text = format->text;

	for (size_t i = 0; i < format->n_pieces; i++) {
		const struct format_piece *piece = &format->pieces[i];

		if (piece->append) {
			piece->append(to, cache, message);
		} else {
			buffer_append(to, text, piece->text_size);
			text += piece->text_size;
		}
	}
}
