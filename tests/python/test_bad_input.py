"""Each kind of bad file gets one clear sentence and exit code 2."""

import os
import socket
import time
from pathlib import Path

import heapview
import pytest


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.rkyv"
    heapview.heapdump(path)
    return path.read_bytes()


CASES = {
    "missing": (None, "No such file"),
    "empty": (lambda good: b"", "empty file"),
    "text": (lambda good: b"just some text\n" * 100, "not a heapview snapshot"),
    "truncated": (lambda good: good[: len(good) // 2], "truncated"),
    "flipped": (lambda good: good[:50_000] + bytes([good[50_000] ^ 1]) + good[50_001:], "checksum"),
    "newer": (lambda good: good[:8] + (99).to_bytes(4, "little") + good[12:], "newer than version"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("words", [["summary"], ["paths", "@1"], ["browse"]], ids=lambda words: words[0])
def test_a_bad_file(tmp_path, command, good, name, words):
    change, expected = CASES[name]
    path = tmp_path / f"{name}.rkyv"
    if change:
        path.write_bytes(change(good))
    done = command(words[0], path, *words[1:])
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("heapview: ")
    if words[0] != "browse":
        assert expected in line
        assert str(path) in line


def test_a_directory(tmp_path, command):
    done = command("summary", tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"heapview: {tmp_path}: expected a snapshot file, found a directory\n"


def no_file(folder, kind):
    """Return something that is no file, and how it is called."""
    if kind == "pipe":
        os.mkfifo(folder / "pipe")  # which nobody writes to: who opened it would wait for ever
        return folder / "pipe"
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(folder / "socket"))
        return folder / "socket"
    return Path("/dev/zero")


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, command, kind):
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    path = no_file(tmp_path, kind)
    sentence = f"{path}: expected a snapshot file, found a {kind}"
    begin = time.monotonic()
    done = command("summary", path)
    assert done.returncode == 2
    assert done.stderr == f"heapview: {sentence}\n"
    with pytest.raises(heapview.HeapviewError) as refusal:
        heapview.load(path)
    assert str(refusal.value) == sentence
    assert time.monotonic() - begin < 20


def test_what_takes_the_place_of_an_index_is_not_waited_for(tmp_path, good):
    path = tmp_path / "snap.rkyv"
    path.write_bytes(good)
    os.mkfifo(tmp_path / "snap.rkyv.idx")
    assert heapview.load(path).n_objects > 1000


@pytest.mark.parametrize("name", CASES)
def test_the_library_raises_the_same_sentence(tmp_path, good, name):
    change, expected = CASES[name]
    path = tmp_path / f"{name}.rkyv"
    if change:
        path.write_bytes(change(good))
    with pytest.raises(heapview.HeapviewError, match=expected):
        heapview.load(path)
