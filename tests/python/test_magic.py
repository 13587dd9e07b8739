"""The `%heapdump` magic: its arguments, and what it refuses."""

import heapview
import pytest

interactiveshell = pytest.importorskip("IPython.core.interactiveshell", reason="IPython is not installed")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that runs a line in a shell and gives what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    monkeypatch.setenv("HOME", str(tmp_path))
    shell = interactiveshell.InteractiveShell()
    heapview.load_ipython_extension(shell)

    def line(text):
        shell.run_cell(text)
        captured = capsys.readouterr()
        return captured.out + captured.err

    yield line
    shell.history_manager.end_session()


def files(folder):
    return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))


def test_options_are_taken(run, tmp_path):
    assert "objects" in run("%heapdump one.rkyv --compress --previews none")
    meta = heapview.load("one.rkyv", index=False).meta
    assert meta["previews"] == "none"
    run("%heapdump --redact ~/two.rkyv")
    assert heapview.load("two.rkyv", index=False).meta["is_redacted"]
    assert files(tmp_path) == ["one.rkyv", "two.rkyv"]


def test_names_with_spaces(run, tmp_path):
    assert "heapview 'my snap.rkyv'" in run("%heapdump my snap.rkyv")
    run("%heapdump 'an other.rkyv'")
    assert files(tmp_path) == ["an other.rkyv", "my snap.rkyv"]


def test_help_writes_nothing(run, tmp_path):
    assert "--overwrite" in run("%heapdump --help")
    assert files(tmp_path) == []


def test_an_unknown_option_is_refused(run, tmp_path):
    assert "unrecognized arguments: --nosuch" in run("%heapdump --nosuch")
    assert files(tmp_path) == []


def test_a_notebook_is_not_overwritten(run, tmp_path):
    (tmp_path / "precious.ipynb").write_text("precious")
    said = run("%heapdump precious.ipynb")
    assert "no snapshot" in said
    assert "Traceback" not in said
    assert (tmp_path / "precious.ipynb").read_text() == "precious"
    run("%heapdump -f precious.ipynb")
    assert heapview.load("precious.ipynb", index=False).n_objects > 0
