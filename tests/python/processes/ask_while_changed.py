"""Ask a snapshot from several threads until told to stop; print what each answer was, and each error.

Arguments: the snapshot. Says `open` when it is open, and stops some questions after a line on standard input.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import threading
from collections import defaultdict

import heapview

N_THREADS = 3
QUESTIONS = {
    "summary": lambda snapshot, name: snapshot.summary(),
    "histogram": lambda snapshot, name: snapshot.histogram(),
    "by module": lambda snapshot, name: snapshot.histogram(by="module"),
    "by referrer": lambda snapshot, name: snapshot.histogram(by="referrer"),
    "top": lambda snapshot, name: [found.id for found in snapshot.top(200)],
    "shallow": lambda snapshot, name: [
        (found.id, found.shallow_size) for found in snapshot.top(50, "shallow")
    ],
    "duplicates": lambda snapshot, name: snapshot.duplicates(5),
    "waste": lambda snapshot, name: snapshot.waste(5),
    "cycles": lambda snapshot, name: snapshot.cycles(3),
    "query": lambda snapshot, name: repr(snapshot.query('type:str preview~"9"')),
    "patterns": lambda snapshot, name: snapshot.query("type:list").patterns(5),
    "retained": lambda snapshot, name: snapshot.query("type:list").retained_size,
    "object": lambda snapshot, name: told(one(snapshot, name)),
    "referents": lambda snapshot, name: [label for label, _ in one(snapshot, name).referents()],
    "referrers": lambda snapshot, name: [label for label, _ in one(snapshot, name).referrers()],
    "paths": lambda snapshot, name: [str(path) for path in one(snapshot, name).paths()],
    "free": lambda snapshot, name: str(one(snapshot, name).how_to_free()),
    "all": lambda snapshot, name: sum(found.shallow_size for found in snapshot.objects),
}
NAMES = ("CACHE", "CACHE['key 77']", "ROWS[5]")


def one(snapshot: heapview.Snapshot, name: str) -> heapview.HeapObject:
    """Return the object of this name."""
    (found,) = snapshot.find(name)
    return found


def told(found: heapview.HeapObject) -> tuple[object, ...]:
    """Return what an object's attributes say."""
    dominator = found.dominator.id if found.dominator else None
    facts = (
        found.address,
        found.type_name,
        found.shallow_size,
        found.retained_size,
        found.refcount,
        dominator,
    )
    return (
        *facts,
        found.generation,
        found.preview,
        found.is_reachable,
        repr(found),
        str(found.path_to_root()),
    )


def main(path: str) -> None:
    """Open, ask, tell."""
    snapshot = heapview.load(path)
    answers: dict[str, set[str]] = defaultdict(set)
    errors: set[str] = set()
    is_over = threading.Event()

    def ask(seed: int) -> None:
        chance = random.Random(seed)
        left = list(QUESTIONS)
        chance.shuffle(left)
        while left:
            # After the change each question is asked once more.
            question = left.pop() if is_over.is_set() else chance.choice(list(QUESTIONS))
            name = chance.choice(NAMES)
            try:
                answer = QUESTIONS[question](snapshot, name)
            except heapview.HeapviewError as error:
                errors.add(str(error))
            else:
                digest = hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()
                answers[f"{question} of {name}"].add(digest)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(N_THREADS)]
    for thread in threads:
        thread.start()
    print("open", flush=True)
    sys.stdin.readline()
    is_over.set()
    for thread in threads:
        thread.join()
    rows = {question: sorted(found) for question, found in answers.items()}
    print(json.dumps({"answers": rows, "errors": sorted(errors)}))


if __name__ == "__main__":
    main(sys.argv[1])
