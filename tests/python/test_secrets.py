"""What of a process gets into a snapshot: the README's table, tried with a secret in each of many places."""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import re
import secrets
import struct
import subprocess
import sys
from pathlib import Path

import heapview
import pytest
from conftest import FREE_THREADED, PROCESSES, TIMEOUT

ROOT = Path(__file__).resolve().parent.parent.parent
# Each row of the table, by how it begins, and the places in which a secret of that kind is planted.
PLACES = {
    "texts and bytes": """
        global, list, bytes, dict key, set member, frozenset, tuple, deque, bytes key, str subclass,
        bytes subclass, wide, widest, namespace, ordered key, attribute, dataclass, slot, class
        attribute, exception, interned, pattern, path, url, open file, environment, log
        record, lru argument, lru result, closure, default, keyword default, docstring, annotation,
        partial, module docstring, odd version, contextvar value, generator local,
        coroutine local, task name, constant, frame local, running local, exception held, enum
    """,
    "whole numbers": "int, long int, negative int, int subclass, fraction",
    "floats": "float",
    "other values": """
        bytearray, memoryview, array, ctypes, decimal, complex, uuid, datetime, timedelta, sqlite file,
        sqlite row
    """,
    "command line": "argv",
    "names in code": """
        attribute name, type name, odd type name, module name, contextvar name, function name, local name,
        adapter label
    """,
    "odd names of attributes": "odd name, odd key",
    "names of threads": "thread name",
    "exceptions of adapters": "adapter exception",
    "files of code": "code file, module file",
}
WRITTEN = {"yes": True, "64 characters": True, "4,096 characters": True}
NOT_WRITTEN = {"no": False, "hashed": False, "up to four digits": False}


def places_of(row: str) -> list[str]:
    return " ".join(PLACES[row].split()).split(", ")


def table(file: str) -> dict[str, dict[str, str]]:
    """Return the rows of the table in a document: what each kind of content is under each option."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("| content | default |"))
    options = [cell.strip() for cell in lines[begin].strip("|").split("|")][1:]
    rows = {}
    for line in lines[begin + 2 :]:
        if not line.startswith("| **"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        name = re.match(r"\*\*(.*?)\*\*", cells[0])
        assert name, line
        rows[name[1]] = dict(zip(options, cells[1:]))
    return rows


def option_of(dump: str) -> str:
    """Return the column of the table that a dump's options stand for: `none` hides most."""
    words = dump.split("+")
    for word, option in {
        "none": '`previews="none"`',
        "redact": "`redact=True`",
        "full": '`previews="full"`',
    }.items():
        if word in words:
            return option
    return "default"


def secret(place: str) -> str:
    """Return a text, or the text of a number, that is nowhere else."""
    digits = {"uuid": 39, "long int": 30, "datetime": 9, "timedelta": 9, "float": 15, "complex": 15}.get(
        place, 14
    )
    if place in places_of("whole numbers") or place in digits_only():
        number = str(secrets.choice("123456")) + "".join(
            secrets.choice("123456789") for _ in range(digits - 1)
        )
        if place == "uuid":
            number = str(2**127 + secrets.randbits(126))
        if place == "fraction" and int(number) % 7 == 0:
            number = str(int(number) + 1)
        return {"negative int": f"-{number}", "decimal": f"0.{number}"}.get(place, number)
    return f"hunter_{secrets.token_hex(8)}"


def digits_only() -> set[str]:
    return {"float", "decimal", "complex", "uuid", "datetime", "timedelta"}


def texts_in(content: bytes) -> set[str]:
    """Return the secrets that are texts, in whatever form of Unicode."""
    found = set()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        letters = "".join(re.escape(letter.encode(encoding).decode("latin-1")) for letter in "hunter_")
        zeros = "0".encode(encoding).decode("latin-1")
        digit = (
            re.escape(zeros).replace("0", "[0-9a-f]") if len(zeros) == 1 else zeros.replace("0", "[0-9a-f]")
        )
        pattern = f"{letters}(?:{digit}){{16}}".encode("latin-1")
        found |= {match.decode(encoding) for match in re.findall(pattern, content, re.DOTALL)}
    return found


def number_forms(place: str, text: str) -> list[bytes]:
    """Return the bytes as which a number could be in a file."""
    found = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-32-le")]
    if place in ("float", "complex"):
        return [*found, struct.pack("<d", float(text)), repr(float(text)).encode()]
    if place == "decimal":
        return found
    value = abs(int(text))
    size = (value.bit_length() + 7) // 8
    return [*found, value.to_bytes(size, "little"), value.to_bytes(size, "big"), hex(value)[2:].encode()]


def secrets_in(content: bytes, secrets: dict[str, str]) -> set[str]:
    """Return the places whose secrets are in the content."""
    texts = texts_in(content)
    found = set()
    for place, text in secrets.items():
        if text.startswith("hunter_"):
            found |= {place} if text in texts else set()
        elif any(form in content for form in number_forms(place, text)):
            found.add(place)
    return found


def unpacked(raw: bytes) -> bytes:
    """Return the file and what its packed chunks hold, as FORMAT.md says."""
    start, size = struct.unpack("<QQ", raw[-40:-24])
    parts = [raw]
    for at in range(start, start + size, 48):
        _, encoding, offset, length, whole = struct.unpack("<IIQQQ", raw[at : at + 32])
        if encoding == 1:
            library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
            library.ZSTD_decompress.restype = ctypes.c_size_t
            out = ctypes.create_string_buffer(whole)
            packed = raw[offset : offset + length]
            n_bytes = library.ZSTD_decompress(
                out, ctypes.c_size_t(whole), ctypes.c_char_p(packed), ctypes.c_size_t(length)
            )
            assert n_bytes == whole
            parts.append(out.raw)
    return b"".join(parts)


class Planted:
    """A secret for each place, and the snapshots of the process that holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        places = [place for row in PLACES for place in places_of(row)]
        assert len(places) == len(set(places)) > 60
        self.secrets = {place: secret(place) for place in places}
        extra = {"twin": secret("twin"), "behind 64 characters": secret("long"), "small int": "4711"}
        self.long = extra["behind 64 characters"]
        words = [sys.executable, str(PROCESSES / "planted.py"), str(folder), self.secrets["argv"]]
        given = json.dumps({**self.secrets, **extra})
        done = subprocess.run(
            words, input=given, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        assert done.returncode == 0, done.stderr
        self.answer = json.loads(done.stdout)
        self.dumps = sorted(path.stem for path in folder.glob("*.rkyv"))

    def path(self, dump: str) -> Path:
        return self.folder / f"{dump}.rkyv"


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Planted:
    return Planted(tmp_path_factory.mktemp("secrets"))


def test_secrets_are_found_in_whatever_form():
    text = f"hunter_{secrets.token_hex(8)}"
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        assert texts_in(b"\0xx" + text.encode(encoding) + b"y") == {text}
    assert secrets_in((1234567).to_bytes(3, "big"), {"int": "1234567"}) == {"int"}
    assert secrets_in(struct.pack("<d", 1.5e10), {"float": "1.5e10"}) == {"float"}


def test_both_documents_have_the_same_table_and_each_row_is_tried():
    assert table("README.md") == table("FORMAT.md")
    assert list(table("README.md")) == [*PLACES, "facts"]


def test_the_table_is_true(planted, command):
    rows = table("README.md")
    assert len(planted.dumps) == 9 + (not FREE_THREADED)
    wrong = []
    for dump in planted.dumps:
        path = planted.path(dump)
        assert command("summary", path).returncode == 0
        assert secrets_in(path.with_name(path.name + ".idx").read_bytes(), planted.secrets) == set(), dump
        content = unpacked(path.read_bytes())
        found = secrets_in(content, planted.secrets)
        for row in PLACES:
            cell = rows[row][option_of(dump)]
            expected = {**WRITTEN, **NOT_WRITTEN}[cell]
            for place in places_of(row):
                if (place in found) != expected:
                    said = "written" if place in found else "not written"
                    wrong.append(f"{dump}: {place} is {said}, the table says {cell!r}")
        if (planted.long.encode() in content) != ("full" in dump and "redact" not in dump):
            wrong.append(f"{dump}: what lies behind 64 characters")
    assert wrong == []


def test_what_is_hidden_still_shows_what_is_equal(planted):
    for dump in planted.dumps:
        snapshot = heapview.load(planted.path(dump), index=False)
        one, other = [snapshot.find(address)[0].preview for address in planted.answer["twins"]]
        small = snapshot.find(planted.answer["small"])[0].preview
        option = option_of(dump)
        assert one == other
        if option == '`previews="none"`':
            assert (one, small) == (None, None)
        else:
            assert small == "4711"
            assert one.startswith("redacted ") == (option == "`redact=True`")
        is_hidden = option in ('`previews="none"`', "`redact=True`")
        assert (snapshot.summary()["ledger"]["argv"] is None) == is_hidden


def test_a_salt_is_of_one_dump(planted):
    previews = set()
    for dump in ("redact", "full+redact", "redact+compress"):
        snapshot = heapview.load(planted.path(dump), index=False)
        previews.add(snapshot.find(planted.answer["twins"][0])[0].preview)
    assert len(previews) == 3


def test_names_that_remain_are_enough_for_paths(planted):
    for dump in planted.dumps:
        snapshot = heapview.load(planted.path(dump), index=False)
        texts = {path.text for found in snapshot.find("type:__main__.Account") for path in found.paths()}
        assert any(re.fullmatch(r"held\[\d+\]", text) for text in texts), (dump, texts)
        # A name that is left out is no Python.
        (odd,) = snapshot.find("odd")
        odds = [
            path for _, value in odd.referents() for path in value.paths() if path.text.startswith("odd.")
        ]
        names = [path for path in odds if path.is_expression and "__dict__" not in path.text]
        assert names == [], dump
        (database,) = snapshot.find("database")
        assert database.path_to_root().text == "database"
