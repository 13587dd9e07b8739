"""A circuit breaker counts failures in a dict of states."""

SELECTORS = ["STATES[3]", "STATES", "type:State"]
STATES = {}


class State:
    def __init__(self, failures):
        self.failures, self.pad = failures, bytearray(2000)


def call(host, is_ok):
    state = STATES.get(host)
    if state is not None and state.failures >= 3:
        return "open"
    failures = 0 if is_ok else (state.failures + 1 if state is not None else 1)
    STATES[host] = State(failures)
    return "called"


for number in range(100):
    call(number % 20, False)


def next_step():
    return call(3, True)
