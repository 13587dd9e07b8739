"""A service that remembers too much: sessions, a cached function, frozen settings, default arguments."""

import collections
import dataclasses
import functools
import weakref


class Session:
    """One user's session; it knows its neighbours, so sessions keep each other alive."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.history = [f"{name} visited page {page}" for page in range(200)]
        self.neighbours: list[Session] = []


class Slotted:
    """A record without a `__dict__`."""

    __slots__ = ("__weakref__", "payload", "tag")

    def __init__(self, tag: int) -> None:
        self.tag, self.payload = tag, bytes(range(256)) * 40


@dataclasses.dataclass(frozen=True)
class Settings:
    """Assignment to its attributes is refused."""

    table: dict = dataclasses.field(default_factory=lambda: {key: str(key) * 20 for key in range(500)})


class Registry:
    """Keeps everything in the class."""

    entries: dict = {}
    recent = collections.deque(maxlen=50)


@functools.lru_cache(maxsize=100)
def report(name: str, day: int) -> bytearray:
    """Return something large."""
    return bytearray(20_000 + day)


def counter(seen: list = []) -> list:
    """Return a list that grows with every call."""
    seen.append("x" * 5_000)
    return seen


def keeper() -> object:
    """Return a function whose closure is large."""
    enclosed = {index: [index] * 50 for index in range(100)}

    def inner() -> object:
        return enclosed

    return inner


def lines() -> object:
    """Yield from something large."""
    text = ["line " * 20 for _ in range(400)]
    yield from text


SESSIONS = {f"user{number}": Session(f"user{number}") for number in range(20)}
for session in SESSIONS.values():
    session.neighbours.extend(SESSIONS.values())
del session
lonely = Session("lonely")
also_lonely = lonely
by_name = {"lonely": lonely, ("a", 1): Session("tuple key"), 7: Session("int key")}
records = [Slotted(number) for number in range(30)]
settings = Settings()
Registry.entries["first"] = [bytearray(3_000) for _ in range(10)]
Registry.recent.extend(Session(f"recent{number}") for number in range(5))
reports = [report("daily", 1)]
report("weekly", 2)
counter(), counter()
keep = keeper()
reading = lines()
next(reading)
members = {"plain", ("a", "tuple"), b"bytes" * 1000}
ordered = collections.OrderedDict((key, Session(key)) for key in ("x", "y"))
default = collections.defaultdict(list, {"big": [str(number) * 10 for number in range(1000)]})
partial = functools.partial(print, bytearray(10_000), sep="s" * 8_000)
bound = Session("behind a bound method").history.append
weak = weakref.WeakValueDictionary(lonely=lonely)
matrix = [[bytearray(1_000 + row) for _ in range(4)] for row in range(4)]
