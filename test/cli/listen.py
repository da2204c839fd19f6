#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Listens on a datagram socket as systemd does, and prints what arrives, one datagram a line.

The first line says that the socket is there. A name that begins with '@' is in the abstract
namespace.
"""
import socket
import sys

path = sys.argv[1]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
    listener.bind("\0" + path[1:] if path.startswith("@") else path)
    print("listening", flush=True)
    while True:
        print(listener.recv(4096).decode().replace("\n", " "), flush=True)
