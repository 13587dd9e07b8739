"""A dataclass that becomes a dict by its fields."""

import dataclasses
from dataclasses import dataclass, field

SELECTORS = ["ticket.notes[0]", "ticket.notes", "type:Note"]


@dataclass
class Note:
    text: str


@dataclass
class Ticket:
    number: int
    notes: list = field(default_factory=list)

    def add(self, text):
        self.notes.append(Note(text))


ticket = Ticket(7)
for text in ("late", "broken", "lost"):
    ticket.add(text)


def next_step():
    return dataclasses.asdict(ticket)
