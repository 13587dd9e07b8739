"""Listening sockets that hold ports for others, which know the numbers."""

import socket

SELECTORS = ["RESERVED[5]", "RESERVED"]
RESERVED, PORTS = [], []


def reserve():
    server = socket.create_server(("127.0.0.1", 0))
    RESERVED.append(server)
    PORTS.append(server.getsockname()[1])


def is_reachable(number):
    try:
        socket.create_connection(("127.0.0.1", PORTS[number]), 5).close()
    except OSError:
        return False
    return True


for _ in range(10):
    reserve()


def next_step():
    return is_reachable(5)
