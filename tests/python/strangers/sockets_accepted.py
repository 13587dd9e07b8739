"""Connections that a server accepted and keeps: the client would see them close."""

import socket

SELECTORS = ["CONNECTIONS[3]", "CONNECTIONS", 'type:socket path:"CONNECTIONS[*]"']
CONNECTIONS, CLIENTS = [], []
SERVER = socket.create_server(("127.0.0.1", 0))


def accept():
    connection, _ = SERVER.accept()
    CONNECTIONS.append(connection)


def state(number):
    CLIENTS[number].setblocking(False)
    try:
        return CLIENTS[number].recv(1)
    except BlockingIOError:
        return "open"


for _ in range(10):
    CLIENTS.append(socket.create_connection(SERVER.getsockname()))
    accept()


def next_step():
    return state(3)
