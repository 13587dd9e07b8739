"""Each kind of place with the lines that empty it: they run in the living program, which then goes on.

What a program looks at for the test alone it looks at by `eval`: code that named it would count on it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import gc, weakref
class Thing:
    def __init__(self, n=50_000): self.payload = bytearray(n)
class Other(Thing): pass
WATCH = []
def watched(thing):
    WATCH.append(weakref.ref(thing))
    return thing
def gone(): return all(ref() is None for ref in WATCH)
def step(): pass
"""

# Name: source, and the lines expected, without imports and the collection at the end.
PROGRAMS = {
    "cache": (
        """
CACHE = {n: watched(Thing()) for n in range(300)}
def put(n, value): CACHE[n] = value
def step(): put(1, 2); assert eval("CACHE")[1] == 2
ASK = "type:cache.Thing"
""",
        ["cache.CACHE.clear()"],
    ),
    "some_keys": (
        """
CACHE = {"a": watched(Thing()), "b": Other(), "c": Other()}
def put(key, value): CACHE[key] = value
def step(): assert sorted(eval("CACHE")) == list("bc")
ASK = "some_keys.CACHE['a']"
""",
        ["[some_keys.CACHE.pop('a', None)][:0]"],
    ),
    "one_type_of_many": (
        """
JOBS = {n: watched(Thing(100)) for n in range(100)}
JOBS["nightly"] = Other()
def add(n, job): JOBS[n] = job
def step(): assert list(eval("JOBS")) == ["nightly"]
ASK = "type:one_type_of_many.Thing"
""",
        [
            "[one_type_of_many.JOBS.pop(key, None) for key in [key for key, value in "
            "one_type_of_many.JOBS.items() if type(value).__name__ == 'Thing']][:0]"
        ],
    ),
    "neighbours_in_a_list": (
        """
LOG = [Other(), *(watched(Thing(100)) for _ in range(50)), Other()]
def log(one): LOG.append(one)
def step(): assert [type(one) for one in eval("LOG")] == [Other, Other]
ASK = "type:neighbours_in_a_list.Thing"
""",
        [
            "neighbours_in_a_list.LOG[:] = [item for item in neighbours_in_a_list.LOG "
            "if type(item).__name__ != 'Thing']"
        ],
    ),
    "scattered_in_a_list": (
        """
LOG = [watched(Thing(100)) if n % 2 else Other(100) for n in range(100)]
def log(one): LOG.append(one)
def step(): assert len(LOG) == 50; assert all(type(one) is Other for one in eval("LOG"))
ASK = "type:scattered_in_a_list.Thing"
""",
        [
            "scattered_in_a_list.LOG[:] = [item for item in scattered_in_a_list.LOG "
            "if type(item).__name__ != 'Thing']"
        ],
    ),
    "members_of_a_set": (
        """
LIVE = {watched(Thing(100)) for _ in range(20)} | {Other()}
def step(): assert len(LIVE) == 1
ASK = "type:members_of_a_set.Thing"
""",
        [
            "members_of_a_set.LIVE.difference_update([item for item in members_of_a_set.LIVE "
            "if type(item).__name__ == 'Thing'])"
        ],
    ),
    "waits_with_an_error": (
        """
class Wait:
    def __await__(self): yield
class Consumer:
    last_error = None
    async def run(self):
        while True:
            try: self.handle()
            except ValueError as error: self.last_error = error
            await Wait()
    def handle(self):
        payload = watched(Thing())
        raise ValueError("bad")
CONSUMER = Consumer()
LOOP = CONSUMER.run()
LOOP.send(None)
def step():
    LOOP.send(None)
    assert eval("CONSUMER.last_error.__traceback__") is not None
ASK = "type:waits_with_an_error.Thing"
""",
        ["waits_with_an_error.CONSUMER.last_error.__traceback__ = None"],
    ),
    "histories": (
        """
class Session:
    def __init__(self): self.history = [watched(Thing(1000)) for _ in range(5)]
SESSIONS = {f"user{n}": Session() for n in range(40)}
def step(): SESSIONS["user3"].history.append(1)
ASK = "type:histories.Thing"
""",
        ["[value.history.clear() for value in histories.SESSIONS.values()][:0]"],
    ),
    "ordered": (
        """
from collections import OrderedDict, defaultdict, deque
LRU = OrderedDict((n, watched(Thing(100))) for n in range(2, 5))
GROUPS = defaultdict(list)
for n in range(2, 5): GROUPS[n].append(watched(Thing(100)))
def clear(n): GROUPS[n] = []
QUEUE = deque(watched(Thing(100)) for _ in range(9))
def step(): LRU[7] = 1; eval("GROUPS")[7].append(1); QUEUE.append(1)
ASK = "type:ordered.Thing"
""",
        None,
    ),
    "cached_method": (
        """
import functools
class Model:
    def __init__(self): self.weights = watched(Thing())
    @functools.lru_cache(maxsize=None)
    def predict(self, x): return x * 2
for n in range(5): Model().predict(n)
def step(): assert Model.predict(Model(), 4) == 8
ASK = "type:cached_method.Thing"
""",
        ["cached_method.Model.predict.cache_clear()"],
    ),
    "closure": (
        """
def memo():
    seen = []
    def call(x): seen.append(x); return len(seen)
    return call
CALL = memo()
for _ in range(10): CALL(watched(Thing(100)))
def step(): assert CALL(1) == 1
ASK = "type:closure.Thing"
""",
        ["closure.CALL.__closure__[0].cell_contents.clear()"],
    ),
    "class_attribute": (
        """
class Plugin:
    plugins_made = []
    def __init__(self): Plugin.plugins_made.append(watched(Thing(100)))
for _ in range(10): Plugin()
def step(): Plugin(); assert len(Plugin.plugins_made) == 1
ASK = "type:class_attribute.Thing"
""",
        ["class_attribute.Plugin.plugins_made.clear()"],
    ),
    "kept_exceptions": (
        """
def work(n):
    rows = watched(Thing(n))
    raise ValueError("bad row")
ERRORS = []
for _ in range(3):
    try: work(50_000)
    except ValueError as error: ERRORS.append(error)
def step():
    import traceback
    # Whoever reads it by its name counts on it: here, for all programs of the process.
    kept = eval("ERRORS[0].__traceback__")
    assert "work" in "".join(eval("traceback.format_" + "exception")(ERRORS[0], ERRORS[0], kept))
ASK = "type:kept_exceptions.Thing"
""",
        [f"traceback.clear_frames(kept_exceptions.ERRORS[{n}].__traceback__)" for n in range(3)],
    ),
}

# Nothing may be printed for these: what holds the objects is the program itself.
WITHOUT_LINES = {
    "a_bus": """
class Core:
    def on_event(self): return 1
class Preview:
    def __init__(self): self.thing = watched(Thing(1000))
    def on_event(self): return 2
class Bus:
    def __init__(self): self.listeners = {}
    def connect(self, name, callback): self.listeners.setdefault(name, []).append(callback)
BUS = Bus()
def start():
    BUS.connect("saved", Core().on_event)
    for _ in range(30): BUS.connect("saved", Preview().on_event)
start()
def step(): assert [call() for call in BUS.listeners["saved"]] == [1] + [2] * 30
ASK = "type:a_bus.Preview"
""",
    "default_argument": """
def collect(x, seen=[]): seen.append(x); return len(seen)
for _ in range(10): collect(watched(Thing(100)))
def step(): assert collect(1) == 11
ASK = "type:default_argument.Thing"
""",
    "optional_attribute": """
class Job:
    result = None
    def __init__(self): self.result = watched(Thing())
    def show(self): return self.result.payload
FIRST, SECOND = Job(), Job()
FIRST.result = None
def step(): SECOND.show()
ASK = "optional_attribute.SECOND.result"
""",
    "linked": """
class Link:
    def __init__(self, n):
        self.blob = watched(Thing(100))
        self.next = Link(n - 1) if n else None
HEAD = Link(50)
def step():
    one, n = HEAD, 0
    while one: one, n = one.next, n + 1
    assert n == 51
ASK = "linked.HEAD.next.next.blob"
""",
    "status_codes": """
CODES = {200: watched(Thing(100)), 404: watched(Thing(100)), ("en", "us"): watched(Thing(100))}
def step(): CODES[404].payload, CODES["en", "us"].payload
ASK = "status_codes.CODES"
""",
    "default_of_a_table": """
DEFAULT = "plain"
THEMES = {DEFAULT: watched(Thing(100)), "dark": watched(Thing(100))}
def step(): THEMES[DEFAULT].payload
ASK = "type:default_of_a_table.Thing"
""",
    "enumerated": """
import enum
class Level(enum.Enum): LOW = 1
RULES = {Level.LOW: watched(Thing(100))}
def step(): RULES[Level.LOW].payload
ASK = "type:enumerated.Thing"
""",
    "singleton": """
class Store:
    made = {}
    @classmethod
    def get(cls):
        if cls not in cls.made: cls.made[cls] = cls()
        return cls.made[cls]
    def __init__(self): self.names, self.things = ["admin"], (watched(Thing(100)),)
Store.get()
def step(): assert Store.get().things
ASK = "type:singleton.Thing"
""",
    "pending_tasks": """
import asyncio
LOOP, RUNNING = asyncio.new_event_loop(), set()
async def work():
    thing = watched(Thing())
    await asyncio.Event().wait()
def start():
    for _ in range(3): RUNNING.add(LOOP.create_task(work()))
    LOOP.run_until_complete(asyncio.sleep(0))
start()
def step(): assert len(RUNNING) == 3 and not any(task.done() for task in RUNNING)
ASK = "pending_tasks.RUNNING"
""",
    "name_of_a_module": "MODEL = watched(Thing())\nASK = 'name_of_a_module.MODEL'",
    "attribute": """
class Holder:
    def __init__(self): self.thing = watched(Thing())
ONE = Holder()
def step(): ONE.thing.payload
ASK = "attribute.ONE.thing"
""",
    "class_and_function": "def call(): pass\nclass Part: pass\nASK = 'class_and_function.Part'",
    "of_a_library": """
import logging, string
string.kept_here = [watched(Thing()) for _ in range(3)]
logging.getLogger("x").kept = [watched(Thing()) for _ in range(3)]
ASK = "type:of_a_library.Thing"
""",
    "registry": """
class Form:
    registry = {}
    def __init_subclass__(cls): Form.registry[cls.__name__] = cls
class Login(Form): pass
class Search(Form): pass
def step(): assert Form.registry["Login"] is Login
ASK = "registry.Form.registry"
""",
    "asked_for_by_key": """
TABLES = {"cities": watched(Thing()), "countries": Thing()}
def step(): return TABLES["cities"].payload
ASK = "asked_for_by_key.TABLES['cities']"
""",
    "held_by_a_name_as_well": """
MODEL = watched(Thing())
CACHE = {1: MODEL, 2: Other()}
def step(): assert CACHE[1] is MODEL
ASK = "held_by_a_name_as_well.MODEL"
""",
    "enumeration": """
import enum
class Colour(enum.Enum):
    RED = 1
def step(): assert Colour(1) is Colour.RED
ASK = "enumeration.Colour.RED"
""",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remedies")
    sources = {name: HEAD + source for name, (source, _) in PROGRAMS.items()}
    sources.update({name: HEAD + source for name, source in WITHOUT_LINES.items()})
    (folder / "programs.json").write_text(json.dumps(sources))
    program = Path(__file__).parent / "processes" / "remedies.py"
    words = [sys.executable, program, folder / "snap.rkyv", folder / "programs.json"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_lines_free_and_the_program_goes_on(answers, name):
    answer = answers[name]
    assert answer["error"] is None, answer["code"]
    assert answer["gone"], answer["code"]
    assert answer["is_complete"]
    lines = [line for line in answer["code"] if not line.startswith("import ") and line != "gc.collect()"]
    assert PROGRAMS[name][1] in (None, lines)


@pytest.mark.parametrize("name", WITHOUT_LINES)
def test_where_no_line_is_safe_there_are_words(answers, name):
    answer = answers[name]
    assert answer["code"] == []
    assert not answer["is_complete"]
    assert answer["advice"] or answer["cannot_be_freed"]
    assert answer["error"] is None


# A script, and what it does when the lines that were printed are pasted into it.
SCRIPT = """
import json, subprocess, sys, weakref, heapview

def lines_for(selector):
    heapview.heapdump(sys.argv[1])
    words = [sys.executable, "-m", "heapview", "free", sys.argv[1], selector, "--json"]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)["code"]

class Thing:
    def __init__(self): self.payload, self.me = bytearray(9000), self
"""


def script(tmp_path, source):
    """Run the script; return what it printed."""
    line = [sys.executable, "-c", SCRIPT + source, str(tmp_path / "snap.rkyv")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def test_a_name_of_the_program_s_own_is_not_imported_over(tmp_path):
    lines = script(
        tmp_path,
        """
class Controller:
    def steer(self): return "steered"
gc = Controller()
nodes = [Thing() for _ in range(20)]
watches = [weakref.ref(node) for node in nodes]
node = None
lines = lines_for("nodes")
exec("\\n".join(lines))
assert all(watch() is None for watch in watches), lines
assert gc.steer() == "steered"
print(json.dumps(lines))
""",
    )
    assert lines[-1] == "__import__('gc').collect()"
    assert not any(line.startswith("import") for line in lines)


def test_lines_take_the_same_elements_when_others_have_moved(tmp_path):
    script(
        tmp_path,
        """
class Inbox:
    def __init__(self): self.waiting = [Thing() for _ in range(40)]
    def put(self, thing):
        if len(self.waiting) >= 40: self.waiting.pop(0)
        self.waiting.append(thing)
inbox = Inbox()
serve = lambda: inbox.put(Thing())
wanted = weakref.ref(inbox.waiting[20])
lines = lines_for("inbox.waiting[20]")
assert lines
for _ in range(5): serve()
others = [id(thing) for thing in eval("inbox.waiting") if thing is not wanted()]
exec("\\n".join(lines))
assert wanted() is None, lines
assert [id(thing) for thing in eval("inbox.waiting")] == others
serve()
print(json.dumps(lines))
""",
    )


def test_a_function_that_a_script_has_still_to_make_keeps_its_names(tmp_path):
    program = """
import sys
import heapview

class Row:
    def __init__(self, key):
        self.key, self.block = key, bytearray(100_000)

TABLE = {key: Row(key) for key in "abc"}
CURRENT = Row("current")
heapview.heapdump(sys.argv[1])
snapshot = heapview.load(sys.argv[1], index=False)
lines = [line for row in snapshot.find("type:Row") for line in row.how_to_free().code]
exec("\\n".join(lines), globals())

def later():
    return [row.key for row in TABLE.values()], (lambda: CURRENT.key)()

assert later() == (["a", "b", "c"], "current"), lines
"""
    path = tmp_path / "script.py"
    path.write_text(program)
    line = [sys.executable, str(path), str(tmp_path / "snap.rkyv")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
