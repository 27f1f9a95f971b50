"""Publishes `hashblock` as a bitcoin node does.

Reads commands from its standard input, one a line: `HASH NUMBER` publishes; it ends with its input. Prints the port
first (its argument, else any), and a line once a subscriber has come.
"""

import struct
import sys

import zmq

context = zmq.Context()
socket = context.socket(zmq.XPUB)
socket.setsockopt(zmq.XPUB_VERBOSE, 1)
if len(sys.argv) > 1:
    socket.bind(f"tcp://127.0.0.1:{sys.argv[1]}")
    print(sys.argv[1], flush=True)
else:
    print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
assert socket.recv() == b"\x01hashblock"
print("subscribed", flush=True)
for line in sys.stdin:
    name, number = line.split()
    socket.send_multipart([b"hashblock", bytes.fromhex(name), struct.pack("<I", int(number))])
context.destroy(linger=0)
