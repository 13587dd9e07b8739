"""Instances with `__slots__` that cannot be weakly referenced, on a stack of a parser that never pops."""

EXPECTS = "words"
ANCHORS = ["stack", "PARSER"]
REMEDY = "PARSER.stack.clear()"


class Token:
    __slots__ = ("kind", "lexeme", "payload")

    def __init__(self, kind, lexeme):
        self.kind, self.lexeme, self.payload = kind, lexeme, [lexeme] * 3_000


class Parser:
    __slots__ = ("n_parsed", "stack")

    def __init__(self):
        self.stack = []
        self.n_parsed = 0

    def feed(self, text):
        for word in text.split():
            self.stack.append(Token("number" if word.isdigit() else "word", word))
            self.n_parsed += 1
        return self.stack[-1].kind


PARSER = Parser()


def leak():
    for number in range(25):
        PARSER.feed(f"set x {number}")


def leaked():
    return [(id(token), "Token") for token in PARSER.stack]


def next_step():
    n_parsed = PARSER.n_parsed
    assert PARSER.feed("let y") == "word"
    assert PARSER.feed("12 13") == "number"
    assert PARSER.n_parsed == n_parsed + 4
    assert [token.lexeme for token in PARSER.stack[-3:]] == ["y", "12", "13"]
    assert len(PARSER.stack[-1].payload) == 3_000
