/* SPDX-License-Identifier: MIT */
#include "pub/input.h"

enum status input_publish(struct source *source, struct sink *sink)
{
	enum framing framing = sink->settings->framing;

	switch (framing) {
	case FRAMING_LINE:
	case FRAMING_NUL:
		return input_delimited(source, sink, framing);
	case FRAMING_LEN:
		return input_prefixed(source, sink);
	case FRAMING_RAW:
		return input_raw(source, sink);
	case FRAMING_ONE:
		return input_one(source, sink);
	}
	return STATUS_USAGE;
}
