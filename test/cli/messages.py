#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The model that the programs are compared with: messages in all framings.

messages.py random FRAMING COUNT LONGEST SEED    writes random messages
messages.py convert FROM TO                      reads one framing, writes another
messages.py json TO                              reads the output of submsg --json, writes a framing
messages.py sip SEED                             copies stdin to stdout, in gulps with pauses
"""
import base64
import json
import random
import struct
import sys
import time

# Bytes that a message cannot hold in a framing.
DELIMITERS = {"line": b"\n", "nul": b"\0"}


def split_delimited(data, delimiter):
    messages = data.split(delimiter)
    if not messages[-1]:
        messages.pop()
    return messages


def split_lengths(data):
    messages = []
    position = 0
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        position += 4
        messages.append(data[position : position + length])
        position += length
    return messages


def split(framing, data):
    if framing in DELIMITERS:
        return split_delimited(data, DELIMITERS[framing])
    if framing == "len":
        return split_lengths(data)
    return [data] if data else []


def join(framing, messages):
    if framing in DELIMITERS:
        return b"".join(message + DELIMITERS[framing] for message in messages)
    if framing == "len":
        return b"".join(struct.pack(">I", len(message)) + message for message in messages)
    if framing == "one":
        messages = messages[:1]
    return b"".join(messages)


def random_length(generator, longest):
    """Many short ones, some of each order of magnitude, and now and then an empty one."""
    if generator.random() < 0.1:
        return generator.choice((0, 1, longest))
    return min(longest, int(2 ** generator.uniform(0, longest.bit_length())))


def random_messages(framing, count, longest, seed):
    generator = random.Random(seed)
    delimiter = DELIMITERS.get(framing, b"")
    pool = generator.randbytes(longest + 65536).replace(delimiter, b"") if delimiter \
        else generator.randbytes(longest + 65536)
    for _ in range(count):
        start = generator.randrange(1, 32768)
        yield pool[start : start + random_length(generator, longest)]


def from_json(stream):
    for line in stream:
        item = json.loads(line)
        if "message" in item:
            yield item["message"].encode("utf-8")
        elif "message_base64" in item:
            yield base64.b64decode(item["message_base64"], validate=True)


def sip(seed):
    generator = random.Random(seed)
    while data := sys.stdin.buffer.raw.read(generator.randrange(1, 1 << 18)):
        sys.stdout.buffer.write(data)
        time.sleep(generator.uniform(0, 0.01))


def main(command, *arguments):
    write = sys.stdout.buffer.write
    if command == "random":
        framing, count, longest, seed = arguments
        messages = list(random_messages(framing, int(count), int(longest), int(seed)))
        # Raw input and "one" are a single message however it comes.
        write(join("raw" if framing == "one" else framing, messages))
    elif command == "convert":
        write(join(arguments[1], split(arguments[0], sys.stdin.buffer.read())))
    elif command == "json":
        write(join(arguments[0], list(from_json(sys.stdin.buffer))))
    elif command == "sip":
        sip(int(arguments[0]))


main(*sys.argv[1:])
