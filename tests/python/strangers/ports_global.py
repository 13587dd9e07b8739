"""A name for a listening socket that others reach by its port."""

import socket

SELECTORS = ["RESERVED"]
RESERVED = [socket.create_server(("127.0.0.1", 0)) for _ in range(10)]
PORTS = [server.getsockname()[1] for server in RESERVED]


def is_reachable(number):
    try:
        socket.create_connection(("127.0.0.1", PORTS[number]), 5).close()
    except OSError:
        return False
    return True


def next_step():
    return is_reachable(5)
