"""Runs a program of `strangers/`, asks how to free, does it, and takes its next step.

Started as `-c "__import__('strangers').main()" FOLDER` by `test_strangers.py`, which puts there what it
needs, so that `__main__` is the program's alone. For each question, and once without any, the whole program
runs in a copy of this process: what the kernel keeps for it, such as sockets and locks, is its own then. Each
copy writes a file of JSON.

What a name or a text is used for anywhere counts when heapview judges a line. Hence nothing is imported, and
no question is read, before the process is dumped.
"""

import gc
import os
import sys

import heapview


def main():
    """Run the copies one after the other."""
    folder = sys.argv.pop()
    with open(f"{folder}/imports") as file:
        for name in file.read().split():
            __import__(name)
    with open(f"{folder}/count") as file:
        count = int(file.read())
    for number in range(-1, count):
        child = os.fork()
        if not child:
            in_copy(folder, number)
        os.waitpid(child, 0)


def in_copy(folder, number):
    """Write what comes of one question; of none, if it is number -1."""
    gist = {}
    try:
        run_program(f"{folder}/program.py")
        attempt(f"{folder}/snap.rkyv", f"{folder}/questions", number, gist)
    except BaseException:
        import traceback

        gist["went_wrong"] = traceback.format_exc()
    import json

    with open(f"{folder}/{number}.json", "w") as file:
        json.dump(gist, file)
    # The program's own threads and last words do not matter.
    os._exit(0)


def run_program(path):
    """Run the program as `__main__`."""
    main = __import__("__main__")
    main.__file__ = path
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), main.__dict__)


def attempt(snapshot_path, questions_path, number, gist):
    """Dump, ask, run the lines and take the next step."""
    gc.collect()
    heapview.heapdump(snapshot_path, overwrite=True)
    gist["to_paste"] = []
    if number >= 0:
        ask(snapshot_path, questions_path, number, gist)
    os.unlink(snapshot_path)
    names = __import__("__main__").__dict__
    try:
        exec(compile("\n".join(gist["to_paste"]), "<paste>", "exec"), names)
        gc.collect()
        gist["came_to"] = repr(names["next_step"]())
    except Exception as error:
        gist["came_to"] = f"raises {type(error).__name__}: {error}"


def ask(snapshot_path, questions_path, number, gist):
    """Ask about the one object at a path, or about all that a query finds."""
    with open(questions_path, encoding="utf-8") as file:
        selector = file.read().splitlines()[number]
    snapshot = heapview.load(snapshot_path, index=False)
    if selector.startswith("type:"):
        found = snapshot.query(selector)
        n_found, one = len(found), found
    else:
        found = snapshot.find(selector)
        n_found, one = len(found), found[0] if found else None
    if not n_found:
        raise LookupError(f"nothing is found by {selector}")
    remedy = one.how_to_free()
    gist.update(to_paste=list(remedy.code), in_words=list(remedy.advice))
