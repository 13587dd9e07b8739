"""Connections that were closed stay in the set of the open ones."""

import weakref

EXPECTS = "words"
# A member of a set has no name to discard it by.
ANCHORS = ["_open"]
REMEDY = "SERVER._open.clear()"


class Connection:
    def __init__(self, peer):
        self.peer, self.buffer, self.is_closed = peer, bytearray(65_536), False

    def close(self):
        self.is_closed = True


class Server:
    def __init__(self):
        self._open = set()
        self.n_served = 0

    def accept(self, peer):
        connection = Connection(peer)
        self._open.add(connection)
        self.n_served += 1
        return connection

    def broadcast(self, text):
        for connection in self._open:
            if not connection.is_closed:
                connection.buffer[: len(text)] = text
        return sum(not connection.is_closed for connection in self._open)


SERVER = Server()


def serve(peer):
    connection = SERVER.accept(peer)
    n_reached = SERVER.broadcast(b"hello")
    connection.close()
    return n_reached


def leak():
    for peer in range(40):
        serve(peer)


def leaked():
    return [weakref.ref(connection) for connection in SERVER._open]


def next_step():
    n_served = SERVER.n_served
    assert serve("next") == 1
    staying = SERVER.accept("staying")
    assert serve("other") == 2
    assert bytes(staying.buffer[:5]) == b"hello"
    staying.close()
    assert SERVER.broadcast(b"x") == 0
    assert SERVER.n_served == n_served + 3
