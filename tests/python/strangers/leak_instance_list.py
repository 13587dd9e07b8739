"""A list in an attribute that only grows: nothing reads it."""

SELECTORS = ["recorder.events", "recorder.events[3]", "type:Event"]
EXPECT_LINES = True


class Event:
    def __init__(self, name):
        self.name, self.pad = name, bytes(1000)


class Recorder:
    def __init__(self):
        self.events, self.count = [], 0

    def record(self, name):
        self.events.append(Event(name))
        self.count += 1
        return self.count


recorder = Recorder()
for number in range(30):
    recorder.record(f"event {number}")


def next_step():
    return recorder.record("last")
