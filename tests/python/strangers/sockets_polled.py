"""Connections that the kernel reports by their descriptors: they are closed when they go."""

import os
import select
import socket

SELECTORS = ["CONNECTIONS[5]", "CONNECTIONS", "type:Connection"]
CONNECTIONS, PEERS = [], []
POLL = select.epoll()


class Connection:
    def __init__(self, end):
        self.socket, self.buffer = end, bytearray(4000)


def accept(end):
    CONNECTIONS.append(Connection(end))
    POLL.register(end.fileno(), select.EPOLLIN)


def poll():
    return [os.read(descriptor, 9) for descriptor, _ in POLL.poll(0.3)]


for _ in range(12):
    ours, theirs = socket.socketpair()
    PEERS.append(theirs)
    accept(ours)
del ours, theirs


def next_step():
    PEERS[5].send(b"hello")
    return poll()
