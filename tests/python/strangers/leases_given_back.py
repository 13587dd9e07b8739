"""Kept objects that give back what they hold when they go."""

SELECTORS = ["worker._held[0]", "worker._held", "type:Lease"]


class Seats:
    def __init__(self, number):
        self.free = number


class Lease:
    def __init__(self, seats):
        self.seats = seats
        seats.free -= 1

    def __del__(self):
        self.seats.free += 1


class Worker:
    def __init__(self):
        self._held = []

    def reserve(self):
        if not seats.free:
            raise RuntimeError("no seat")
        self._held.append(Lease(seats))


seats = Seats(2)
worker = Worker()
worker.reserve()
worker.reserve()


def next_step():
    try:
        worker.reserve()
    except RuntimeError as error:
        return str(error)
    return "overbooked"
