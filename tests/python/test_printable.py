"""No name of the heap acts on a terminal, breaks a row, makes it wider than the screen, or becomes code."""

from __future__ import annotations

import ast
import fcntl
import html.parser
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from pathlib import Path

import pytest
from conftest import PROCESSES, TIMEOUT
from heapview import _heapview

WIDTH = 100
# A file name, too, may hold anything.
FOLDER = "snapshots \x1b[2J\u202e\nof <b>"
# Default ignorable, and no control or format character for Unicode: they are not seen either.
UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0" + "".join(
    map(chr, range(0xFE00, 0xFE10))
)


def is_forbidden(character: str) -> bool:
    """Whether the character acts on a terminal or cannot be seen there."""
    category = unicodedata.category(character)
    return (
        category in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or (category == "Zs" and character != " ")
        or character in UNSEEN
        or 0xE0000 <= ord(character) < 0xE1000
    )


def forbidden(text: str) -> set[str]:
    return {ascii(character) for character in text if is_forbidden(character)}


def cells(line: str) -> int:
    """The cells of a terminal that a line takes."""
    widths = {"W": 2, "F": 2}
    seen = [character for character in line if not unicodedata.combining(character)]
    return sum(widths.get(unicodedata.east_asian_width(character), 1) for character in seen)


class Dumped:
    """The snapshots, and what the program that made them says."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.before, self.after = folder / "before \x1b[1m.rkyv", folder / "-after;$(touch x)'.rkyv"
        line = [sys.executable, PROCESSES / "hostile.py", self.before, self.after]
        done = subprocess.run(
            [str(word) for word in line], capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        assert done.returncode == 0, done.stderr
        self.answer = json.loads(done.stdout.splitlines()[-1])

    def commands(self) -> list[list[str]]:
        """Every command on them."""
        before, after = str(self.before), str(self.after)
        lists = [
            ["summary", before],
            ["top", before, "--limit", "300"],
            ["top", before, "--by", "shallow", "--where", "type:*evil*"],
            *(
                ["histogram", before, "--limit", "2000", "--by", by]
                for by in ("type", "module", "referrer", "site")
            ),
            ["query", before, "type:*evil* or Big", "--limit", "500"],
            ["patterns", before, "type:*evil* or Big or bytearray", "--limit", "500"],
            ["cycles", before, "--limit", "100"],
            ["cycles", before, "--garbage"],
            ["duplicates", before, "--limit", "200"],
            ["waste", before, "--limit", "200"],
            ["tree", before, "--limit", "200", "--depth", "2"],
            ["diff", before, after, "--limit", "200"],
            ["browse", before],
        ]
        for selector in (
            "KEYS",
            "BYTE_KEYS",
            "TUPLES",
            "ODD",
            "TYPES",
            "EMPTY",
            "THREADS",
            "type:*",
            "sys.modules",
        ):
            lists += [[word, before, selector] for word in ("object", "paths", "tree")]
        for at in range(self.answer["n_names"] + 1):
            lists += [[word, before, f"TYPES[{at}]"] for word in ("object", "free")]
        lists += [["free", before, "Big", "--all"], ["free", before, "KEYS", "--cut", "KEYS"]]
        return lists

    def errors(self) -> list[list[str]]:
        """Commands that complain, of what is hostile too."""
        evil = "\x1b[2J\u202e\n\x9b"
        before = str(self.before)
        lists = [[word, before, f"KEYS['{evil}']"] for word in ("object", "paths", "free", "tree")]
        lists += [
            ["paths", before, f"type:{evil}"],
            ["paths", before, f"@{evil}"],
            ["paths", before, f"0x{evil}"],
        ]
        lists += [
            ["query", before, f"{evil}:x{evil} y"],
            ["query", before, f"type:{evil}"],
            ["query", before, evil],
        ]
        lists += [["top", before, "--where", f"'{evil}"], ["patterns", before, f"retained>{evil}"]]
        lists += [["free", before, "KEYS", "--cut", evil], ["summary", f"/no/such/{evil}"], ["browse", evil]]
        lists += [
            [evil],
            ["top", before, f"--{evil}"],
            ["top", before, "--by", evil],
            ["top", before, before, evil],
        ]
        return [*lists, ["summary", __file__], ["diff", before, f"{evil}.rkyv"]]


@pytest.fixture(scope="module")
def dumped(tmp_path_factory) -> Dumped:
    return Dumped(tmp_path_factory.mktemp("hostile") / FOLDER)


def run(words: list[str], columns: int | None = WIDTH) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    if columns is not None:
        env["COLUMNS"] = str(columns)
    # Bytes, for text mode would take a carriage return for the end of a line.
    done = subprocess.run(
        [sys.executable, "-m", "heapview", *words], capture_output=True, timeout=TIMEOUT, check=False, env=env
    )
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_every_command_shows_hostile_names_as_escapes(dumped):
    commands = dumped.commands()
    listed = re.findall(r"^  ([a-z]+) ", run(["--help"]).stdout, re.MULTILINE)
    assert {words[0] for words in commands} == {*listed} - {"help"}
    n_escapes = 0
    for words in commands:
        done = run(words)
        assert done.returncode in (0, 1) or words[0] == "browse", (words, done.stderr)
        assert forbidden((done.stdout + done.stderr).replace("\n", "")) == set(), words
        n_escapes += len(re.findall(r"\\(x1b|u202e|U000e0041|x9b|n)", done.stdout))
    assert n_escapes > 500


def test_every_command_escapes_hostile_names_in_json(dumped):
    names = set()
    for words in dumped.commands():
        if words[0] == "browse":
            continue
        done = run([*words, "--json"])
        assert forbidden((done.stdout + done.stderr).replace("\n", "")) == set(), words
        if words[0] == "free":
            ast.parse("\n".join(json.loads(done.stdout)["code"]))
        if words[0] == "histogram" and "type" in words:
            names = {row["type"] for row in json.loads(done.stdout)["rows"]}
    # Who reads it as JSON gets the very names.
    assert "module evil \x1b[2J\x07\x08escape.evil \x1b[2J\x07\x08escape" in names
    assert "module evil \U000e0041\U000e007ftag.evil \U000e0041\U000e007ftag" in names


def test_complaints_do_not_act_on_the_terminal(dumped):
    for words in dumped.errors():
        done = run(words)
        assert done.returncode in (1, 2), (words, done.stdout)
        assert done.stderr, words
        assert forbidden((done.stdout + done.stderr).replace("\n", "")) == set(), words
    # The caret stands under the place, although an escape takes more room than what it stands for.
    first, shown, caret = run(["paths", str(dumped.before), "KEYS['\x1b\u202e'] x"]).stderr.splitlines()
    assert first.startswith("heapview: ")
    assert shown == "  KEYS['\\x1b\\u202e'] x"
    assert caret.index("^") == shown.rindex("x")


@pytest.mark.parametrize("columns", [30, 60, 80, WIDTH, 250, None])
def test_no_row_is_broken_or_too_wide(dumped, columns):
    size = r"[~≥ ]*[\d.]+ (B|KiB|MiB) "
    beginnings = {
        "top": size,
        "query": size,
        "histogram": r" *[\d,]+  +[\d.]+ (B|KiB|MiB) ",
        "patterns": r" *[\d,]+  +[\d.]+ (B|KiB|MiB) ",
        "duplicates": size,
        "waste": size,
        "tree": size,
        "diff": r" *[-+]?[\d.]+ (B|KiB|MiB) ",
    }
    for words in dumped.commands():
        if words[0] not in beginnings or (words[0] == "tree" and len(words) < 4):
            continue
        done = run(words, columns)
        # A sentence is no row.
        lines = [
            line
            for line in done.stdout.splitlines()
            if not re.search(r"\bthan once;|\bof these texts\b", line)
        ]
        if columns is not None:
            assert [line for line in lines if cells(line) > columns and not line.endswith("(--wide)")] == []
        if columns is None or columns > 30:
            rows = [line for line in lines if re.match(beginnings[words[0]], line)]
            others = [line for line in lines if line not in rows and "... " not in line]
            # What comes besides rows is our own: titles, totals.
            assert len(others) <= 4, (words, others)
            assert len(rows) > 10, words


def test_what_is_cut_says_so_and_is_there_elsewhere(dumped):
    long = dumped.answer["long"]
    before = str(dumped.before)
    query = ["top", before, "--where", "type:*Long*"]
    cut = run(query).stdout
    assert cut.splitlines()[-1] == f"... cut to {WIDTH} columns (--wide)"
    assert "\u2026" in cut
    assert long not in cut
    for whole in (run([*query, "--wide"]).stdout, run(query, None).stdout):
        assert f"module {long}.{long}" in whole
        assert "(--wide)" not in whole
    assert f"module {long}.{long}" in {
        row["type"] for row in json.loads(run([*query, "--json"]).stdout)["rows"]
    }
    # In a pipe one long name does not fill all other rows with blanks.
    histogram = run(["histogram", before, "--limit", "2000"], None).stdout.splitlines()
    assert any(long in line for line in histogram)
    assert [line for line in histogram if long not in line and " " * 80 in line] == []
    # Nothing was cut, so nothing is said.
    assert "(--wide)" not in run(["histogram", before, "--where", "type:int"]).stdout


def test_a_terminal_says_how_wide_it_is(dumped):
    try:
        leader, follower = pty.openpty()
    except OSError as error:
        pytest.skip(f"there are no terminals here: {error}")
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    line = [sys.executable, "-m", "heapview", "top", str(dumped.before), "--no-index", "--limit", "40"]
    process = subprocess.Popen(line, stdout=follower, stderr=subprocess.DEVNULL, env={**env, "TERM": "xterm"})
    os.close(follower)
    written = b""
    while True:
        try:
            block = os.read(leader, 65536)
        except OSError:
            break
        if not block:
            break
        written += block
    os.close(leader)
    assert process.wait(TIMEOUT) == 0
    bold = written.decode().count("\x1b[1m")
    text = re.sub(r"\x1b\[[01]m", "", written.decode()).replace("\r\n", "\n")
    lines = text.splitlines()
    assert bold == 1
    assert forbidden(text.replace("\n", "")) == set()
    assert max(map(cells, lines)) == 72
    assert lines[-1] == "... cut to 72 columns (--wide)" or lines[-2] == "... cut to 72 columns (--wide)"


def test_lines_of_code_are_whole_and_do_what_they_say(dumped):
    answer = dumped.answer
    assert answer["wrong"] == []
    # Keys that the snapshot does not hold whole have no lines: with a surrogate, or too long.
    assert answer["n_freed"] == 3 * answer["n_names"] - 1
    keys = json.loads(run(["object", str(dumped.before), "KEYS", "--json", "--limit", "100"]).stdout)
    selectors = [
        row["object"]["id"] for row in keys["referents"]["rows"] if row["object"]["type"] == "__main__.Big"
    ]
    assert len(selectors) == answer["n_names"] + 1
    for selector in selectors:
        words = ["free", str(dumped.before), selector]
        code = json.loads(run([*words, "--json"]).stdout)["code"]
        printed = run(words, 40).stdout.splitlines()
        pasted = [ast.dump(ast.parse(line.strip())) for line in printed[3 : 3 + len(code)]]
        assert pasted == [ast.dump(ast.parse(line)) for line in code]
        shown = run(["paths", str(dumped.before), selector], 40).stdout.splitlines()
        for path in json.loads(run(["paths", str(dumped.before), selector, "--json"]).stdout)["paths"]:
            assert _heapview._printable(path["text"]) in shown


def test_the_line_to_go_on_with_is_one_for_a_shell(dumped, tmp_path):
    for snapshot in (dumped.before, dumped.after):
        (tmp_path / "run").mkdir()
        line = run(["summary", str(snapshot)]).stdout.splitlines()[-1].split(": ", 1)[1]
        assert line.startswith("heapview paths ")
        script = f'heapview() {{ printf "%s\\n" "$#" "$2"; }}; {line}'
        done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, cwd=tmp_path / "run")
        count, _, path = done.stdout.decode().partition("\n")
        assert (count, path) == ("3", f"{snapshot}\n")
        assert list((tmp_path / "run").iterdir()) == []
        (tmp_path / "run").rmdir()


class Tags(html.parser.HTMLParser):
    """Notes the tags of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert {name for name, _ in attrs} <= {"style"}
        self.tags.add(tag)


def test_python_and_notebooks_show_hostile_names_as_escapes(dumped):
    texts = dumped.answer["texts"]
    assert len(texts) > 1_000
    for text in texts:
        # Errors about queries have lines of ours.
        is_error = text.startswith("expected ") and text.count("\n") == 2
        assert forbidden(text.replace("\n", "") if is_error else text) == set(), text
    documents = [text for text in texts if text.startswith("<p>")]
    assert len(documents) == 3
    for document in documents:
        assert Tags(document).tags <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert any("\\x1b[2J" in document for document in documents)
    assert all(len(document) < 20_000 for document in documents)


def test_the_magic_shows_hostile_names_as_escapes(tmp_path, capsys):
    pytest.importorskip("IPython")
    from heapview import _ipython

    folder = tmp_path / "folder\x1b[2J\u202e"
    folder.mkdir()
    _ipython._heapdump(str(folder / "snap.rkyv"))
    printed = capsys.readouterr().out
    assert "folder\\x1b[2J\\u202e/snap.rkyv" in printed
    assert forbidden(printed.replace("\n", "")) == set()


def test_every_unseen_character_is_escaped(tmp_path, dump):
    everything = "".join(
        chr(code) for code in range(0x20, 0x110000) if is_forbidden(chr(code)) and not 0xD800 <= code < 0xE000
    )
    held = {
        f"key {place} {everything[place : place + 40]}": [place] for place in range(0, len(everything), 40)
    }
    snapshot = dump()
    for key, value in list(held.items())[:: max(1, len(held) // 60)]:
        (found,) = snapshot.find(hex(id(value)))
        literals = [re.search(r"\['key .*'\]", path.text) for path in found.paths()]
        assert any(literals), key
        for literal in filter(None, literals):
            assert forbidden(literal[0]) == set()
            assert ast.literal_eval(literal[0]) == [key]
