"""`sys.stdout` was replaced by an object that writes on and remembers all lines, to show them later."""

import io
import sys

EXPECTS = "words"
ANCHORS = ["sys.stdout", "TEE", "lines"]
REMEDY = "sys.stdout.lines.clear()"
SELECTOR = "type:__main__.Line"
SELECTORS = ["type:TextIOWrapper", "type:__main__.Tee"]


class Line:
    __slots__ = ("text", "words")

    def __init__(self, text):
        self.text, self.words = text, text.split()


class Tee:
    def __init__(self, stream):
        self.stream, self.lines = stream, []

    def write(self, text):
        if text:
            self.lines.append(Line(text))
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()


def leak():
    sys.stdout = Tee(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    for number in range(60):
        print(f"line {number}: " + f"word{number} " * 800)


def leaked():
    return [(id(line), "Line") for line in sys.stdout.lines]


def next_step():
    print("hello", end="")
    assert sys.stdout.lines[-1].text == "hello"
    sys.stdout.flush()
    assert sys.stdout.stream.buffer.getvalue().endswith(b"hello")
    print("to stderr", file=sys.stderr)
    print("to the real one", file=sys.__stdout__, flush=True)
    assert not sys.__stdout__.closed
    assert not sys.__stderr__.closed
    assert sys.stdin.read() == ""
    with open(__file__, encoding="utf-8") as file:
        assert file.readline().startswith('"""')
