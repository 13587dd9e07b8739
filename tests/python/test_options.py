"""What `heapdump` writes of values, and how."""

import heapview
import pytest
from conftest import object_at

SECRET = "".join(["hunter", "2 is ", "my password"])
TWIN = "".join(["hunter2", " is my ", "password"])
LONG = "x" * 5000


class Settings:
    def __init__(self):
        self.api_key = SECRET
        self.copies = {TWIN: [1.5, 7, b"\x01secret bytes"]}


@pytest.fixture
def settings():
    made = Settings()
    # A dict that has been made names its attributes by the texts of its keys.
    assert vars(made)
    return made


def dump(tmp_path, **options):
    path = tmp_path / "snap.rkyv"
    heapview.heapdump(path, **options)
    return heapview.load(path, index=False), path.read_bytes()


def preview(snapshot, obj):
    return object_at(snapshot, obj).preview


def test_short_is_the_default_and_full_shows_more(tmp_path):
    short, _ = dump(tmp_path)
    assert LONG[:64] in preview(short, LONG)
    assert LONG[:65] not in preview(short, LONG)
    full, _ = dump(tmp_path, previews="full")
    assert LONG[:4096] in preview(full, LONG)
    assert LONG[:4097] not in preview(full, LONG)
    assert full.meta["previews"] == "full"


def test_redaction_hides_texts_and_keeps_names(tmp_path, settings):
    snapshot, raw = dump(tmp_path, redact=True)
    assert b"hunter2" not in raw
    assert b"secret bytes" not in raw
    assert "redacted " in preview(snapshot, SECRET)
    assert preview(snapshot, SECRET) == preview(snapshot, TWIN)
    assert SECRET is not TWIN
    assert preview(snapshot, LONG) != preview(snapshot, SECRET)
    assert [preview(snapshot, value) for value in settings.copies[TWIN][:2]] == ["redacted", "7"]
    assert object_at(snapshot, settings.copies).referrers()[0][0] == "['copies']"
    texts = [path.text for path in object_at(snapshot, settings.copies).paths()]
    assert any(".copies" in text for text in texts), texts
    assert snapshot.meta["is_redacted"] is True
    assert snapshot.summary()["ledger"]["argv"] is None


def test_the_salt_differs_between_dumps(tmp_path):
    assert preview(dump(tmp_path, redact=True)[0], SECRET) != preview(dump(tmp_path, redact=True)[0], SECRET)


def test_no_previews_means_no_values_but_names(tmp_path, settings):
    snapshot, raw = dump(tmp_path, previews="none")
    assert b"hunter2" not in raw
    assert preview(snapshot, SECRET) is None
    assert preview(snapshot, b"") is None
    assert preview(snapshot, settings.copies[TWIN][0]) is None
    assert preview(snapshot, heapview).endswith("heapview")
    texts = [path.text for path in object_at(snapshot, settings.copies).paths()]
    assert any(".copies" in text for text in texts), texts


def test_compression_halves_the_file_and_loses_nothing(tmp_path):
    ballast = [(number, str(number)) for number in range(50_000)]
    plain, packed = tmp_path / "plain.rkyv", tmp_path / "packed.rkyv"
    heapview.heapdump(plain)
    heapview.heapdump(packed, compress=True)
    assert packed.stat().st_size * 2 < plain.stat().st_size
    one, other = heapview.load(plain, index=False), heapview.load(packed)
    assert abs(one.n_objects - other.n_objects) < 50
    (found,) = other.find(hex(id(ballast)))
    assert len(found.referents()) == len(ballast)


def test_a_wrong_wish_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected 'none', 'short' or 'full', found 'long'"):
        heapview.heapdump(tmp_path / "snap.rkyv", previews="long")
    assert list(tmp_path.iterdir()) == []
