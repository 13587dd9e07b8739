"""Nothing leaks: a plain script at rest, asked about kinds of objects that are everywhere."""

import contextlib
import io
import json
import logging
import sys
import tempfile
import threading

LEAKS = False
MEASURED = False
SELECTORS = [
    "type:dict",
    "type:list",
    "type:set",
    "type:type",
    "type:module",
    "type:TextIOWrapper",
    "type:logging.Logger",
    "type:_thread.lock",
]
LOG = logging.getLogger("script")
STREAM = io.StringIO()
SETTINGS = {"limit": 3, "names": ["a", "b", "c"], "colours": {"ok": "green", "bad": "red"}}
HANDLERS = {}
LOCK = threading.Lock()


def handler(name):
    def register(function):
        HANDLERS[name] = function
        return function

    return register


@handler("sum")
def add(numbers):
    return sum(numbers[: SETTINGS["limit"]])


@handler("colour")
def colour(state):
    return SETTINGS["colours"][state]


def call(name, argument):
    with LOCK:
        LOG.info("%s", name)
        return HANDLERS[name](json.loads(argument))


def leak():
    logging.basicConfig(stream=STREAM, level=logging.INFO, format="%(name)s: %(message)s")
    call("sum", "[1, 2]")


def leaked():
    return []


def next_step():
    assert call("sum", "[1, 2, 3, 4]") == 6
    assert call("colour", '"bad"') == "red"
    assert SETTINGS["names"][2] == "c"
    assert STREAM.getvalue().endswith("script: colour\n")
    print("to stdout", flush=True)
    print("to stderr", file=sys.stderr)
    with tempfile.TemporaryFile("w+") as file:
        file.write("text")
        file.seek(0)
        assert file.read() == "text"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print("caught")
    assert out.getvalue() == "caught\n"
    thread = threading.Thread(target=call, args=("sum", "[5]"))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    import decimal

    assert str(decimal.Decimal(1) / 4) == "0.25"
