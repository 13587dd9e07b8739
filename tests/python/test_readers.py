"""What code does with a container decides whether a line may empty it, on every version's instructions."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "processes" / "readers.py"
# Statements of a function `use(k)` that is alive, by whether it goes on when the container is empty.
DICTS = {
    True: [
        "X[k] = 1",
        "X.update({k: 1})",
        "if k in X: return X[k]\nX[k] = 1",
        "if k not in X:\n    X[k] = 1\nreturn X[k]",
        "v = X.get(k)\nif v is None:\n    v = X[k] = 1\nreturn v",
        "try: return X[k]\nexcept KeyError:\n    X[k] = 1",
        "c = X\nif k not in c: c[k] = 1\nreturn c[k]",
        "X[k] = 1\nwhile len(X) > 9: X.popitem()",
        "X[k] = 1\nX.pop(k, None)",
        "X[k] = 1\nreturn len(X)",
        "X[k] = 1 if k else 2",
        "X[k] = {'a': [1, *range(k)], **{'b': 2}}",
        "with open(k) as file: X[k] = file.read()",
        "X[k] = lambda: k",
        "X[k] = [one for one in range(9) if one]",
        "if k not in X: X[k] = make(k)\nreturn X[k]",
        "if k in X: return X[k]\nX[k] = make(k)\nreturn X[k]",
        "if k not in X: X[k] = make(*k)\nreturn X[k]",
        "if k in X: return X[k]\nX[k] = make(k)\nif len(X) > 9: X.popitem()\nreturn X[k]",
    ],
    False: [
        "return X[k]",
        "X[k] = 1\nfor one in list(X.values()): print(one)",
        "if k in X: return 'done'\nX[k] = 1",
        "if k not in X: X[k] = []\nX[k].append(1)",
        "if k not in X: X[k] = use\nreturn X[k].run()",
        "v = X.get(k)\nX[k] = 1\nreturn v + X.get(k)",
        "X[k] = 1\nreturn X.pop(k, None).name",
        "if k not in X: X[k] = 1\nreturn X.get(k)()",
        "if k not in X: X[k] = 1\nreturn [X.get(k) + 1]",
        "X[k] = 1\nreturn X['a']",
        "X[k] += 1",
        "return X.get(k).name",
        "return X.pop(k)",
        "X[k] = 1\ndel X['b']",
        "X[k] = 1\nreturn X",
        "X[k] = 1\nprint(min(X))",
        "X[k] = 1\nreturn use(X)",
        "X[k] = 1\nreturn [X]",
        "X[k] = 1\nreturn X if k else None",
        "if k not in X: X[k] = len(X)\nreturn X[k]",
        "if k not in X:\n    X[k] = use(k - 1)\nreturn X[k]",
        "X[k] = 1\nreturn '{a}'.format_map(X)",
        "X[k] = 1\nreturn dict(**X)",
        "X[k] = 1\nreturn list(X)[0]",
        "X[k] = 1\nyield X",
        "X[k] = 1\nreturn next(iter(X))",
        "if k in X: return X[k]",
        "X[k] = 1\nreturn bool(X)",
        "one = X.pop(k, None)\nif one: print(one.n)\nelse: X[k] = 1",
        "if X: return k\nX[k] = 1",
        "X[k] = 1\nreturn 1 if X else 2",
        "X[k] = len(X) + 1",
        "if k not in X: X[k] = OTHER.pop(k)\nreturn X[k]",
        "if k not in X: X[k] = next(NUMBERS)\nreturn X[k]",
        "if k not in X: X[k] = draw(k)\nreturn X[k]",
        "if k not in X: X[k] = secrets.token_hex(k)\nreturn X[k]",
        "one = X.get(k)\nif one is None: one = X[k] = Thing()\none.parts.append(1)",
        "if k not in X: X[k] = Thing()\nX[k].parts.append(1)",
        "X[k] = 1\nreturn globals()['X']",
        "X[k] = 1\nreturn sorted(k, key=X.get)",
        "X[k] = 1\nreturn map(X.__getitem__, k)",
    ],
}
LISTS = {
    True: [
        "X.append(k)",
        "append = X.append\nappend(k)",
        "X.extend([k, k])",
        "global X\nX += [k]",
        "X.append(k)\nreturn len(X)",
        "if len(X) > 9: X.pop(0)\nX.append(k)",
        "X.append(k)\ndel X[:-9]",
        "X.append(k)\nprint(len(X))",
        "X.append(k)\nreturn {'n': len(X)}, f'{len(X)} rows'",
        "X.append(k)\nassert len(X) < 1000",
        "n = len(X)\nX.append(k)\nassert len(X) == n + 1, 'one more'\nprint(n)",
        "n = len(X)\nn = 7\nreturn n + 1",
        "if X is None: return\nX.append(k)",
    ],
    False: [
        "X.append(k)\nreturn bool(X)",
        "if X: return 'no'\nX.append(k)",
        "if not X: return 'none'\nX.append(k)",
        "while X: X.append(k)",
        "assert X\nX.append(k)",
        "return X and X.append(k)",
        "n = len(X)\nX.append(n)",
        "n = len(X)\nif n > 9: return\nX.append(k)",
        "assert k\nif len(X) > 9: return\nX.append(k)",
        "x = X\nx.append(Thing(len(x)))",
        "X.append(k)\nreturn 'open' if len(X) >= 3 else 'shut'",
        "return X[k]",
        "X.append(k)\nreturn [one for one in X if one]",
        "X.append(k)\nfor one in X: print(one)",
        "X.append(k)\nreturn X[-1]",
        "X.append(k)\nreturn X.pop()",
        "X[k] = 1",
        "X.append(k)\nreturn list(zip(X, [1]))",
        "X.append(k)\nreturn list(enumerate(X))",
        "X.append(k)\na, b, *c = X",
        "X.append(k)\na, b = X",
        "return [one for one in X]",
        "if k in X: return\nX.append(k)",
        "X.append(k)\nreturn use(X)",
        "import heapq\nheapq.heappush(X, k)",
        "X.append(k)\nreturn max(X)",
        "X.append(k)\nself = k\nself.rows = X",
        "X.append(k)\nreturn (lambda: X[0])",
        "X.append(k)\nreturn X.index(k)",
    ],
}
WEAK_VALUES_LOOKED_AT = {
    True: [
        "if k in W: return W[k]\nX.append(k)\nW[k] = k",
        "v = W.get(k)\nif v is None:\n    v = W[k] = Plain()\nreturn v",
    ],
    False: ["return W.get(k)"],
}
# The class has methods that change its instances.
WEAK_VALUES = {
    True: ["return len(W)", "W[k] = Thing()"],
    False: [
        "v = W.get(k)\nif v is None:\n    v = W[k] = Thing()\nreturn v",
        "return W[k]",
        "return W.get(k)",
        "return list(W.values())",
        "for one in W: print(one)",
    ],
}
WEAK_KEYS = {True: ["W[k] = 2", "return len(W)"], False: ["return W[k]", "for one in W: print(one)"]}
WEAK_SETS = {True: ["W.add(k)", "return len(W)", "return k in W"], False: ["for one in W: one.step()"]}
WEAK_REFERENCE = {
    True: [
        "return W() is None",
        "one = W()\nif one: one.step()",
        "if W() is not None: print(W().n)",
        "return W",
    ],
    False: [
        "return W().n",
        "one = W()\none.step()",
        "return W()",
        "print(W().n)",
    ],
}
WEAK_REFERENCES = {
    True: ["return W", "return [w for w in W if w() is not None]", "return len(W)"],
    False: [
        "return W[k]().n",
        "W[0]().step()",
        "return [w().n for w in W if w() is not None]",
        "for w in W:\n    one = w()\n    if one: one.step()",
    ],
}
PROXIES = {True: [], False: ["return W.n", "W.step()"]}
# The reference goes with what it leads to.
WITHIN = {True: ["return k.me().n"], False: []}
CACHES_LOOKED_AT = {
    True: ["return X(k).size", "one = X(k)\nprint(one.size, len(one.text))", "return X(k) is None"],
    False: ["X(k).more = 2"],
}
CACHES = {
    True: [],
    False: [
        "return X(k).n",
        "X(k).n = 2",
        "one = X(k)\none.n += 1",
        "X(k).step()",
        "one = X(k)\none.step()",
        "X(k).payload.append(1)\nX(k).n = 1",
        "X(k).__dict__['n'] = 1\nX(k).n += 1",
    ],
}
BUFFERS = {
    True: ["return X(k)[0]", "return X(k).hex()", "one = X(k)\nreturn one.hex(), sum(one)"],
    False: ["X(k)[0] = 1", "X(k).extend(k)", "one = X(k)\none += k", "del X(k)[:]"],
}
DRAWN = {True: [], False: ["return X(k).n"]}
# The things are in lists that a dict has.
GROUPED = {
    True: [
        "X[k].append(1)",
        "X.setdefault(k, []).append(1)",
        "if k not in X: X[k] = []\nX[k].append(1)",
        "rows = X[k]\nrows.append(1)",
        "X[k].append(1)\nprint(len(X))",
    ],
    False: [
        "return X[k][0]",
        "X[k].append(1)\nreturn len(X[k])",
        "rows = X[k]\nreturn rows[0]",
        "X[k].append(1)\nfor rows in X.values(): print(rows)",
        "X.setdefault(k, []).append(1)\nreturn X.pop(k)",
        "if X[k]: return\nX[k].append(1)",
        "return X[k]",
        "return X.get(k)",
        "X[k].append(1)\nX[k].sort()",
    ],
}
EMPTYING = ["X.pop(k, None)", "X.clear()", "return get(k).text.hex()", "return X.pop(k, None) is None"]
# `get(k)` makes what is not there.
LOOKED_AT = {
    True: [
        "return get(k).size",
        "print(get(k))",
        "return get(k).look()",
        "one = get(k)\nreturn one.size + 1",
        *EMPTYING,
    ],
    False: ["get(k).more = 1"],
}
# The class has methods that change its instances.
ASKED = {
    True: [],
    False: [
        "return get(k).n",
        "print(get(k))",
        "get(k).n += 1",
        "get(k).step()",
        "one = get(k)\none.step()",
        "get(k).grow()",
        "get(k).parts.append(1)",
        "one = get(k)\none.parts[0] = 1",
        "import heapq\nheapq.heappush(get(k).parts, 1)",
        "return next(get(k).parts)",
        "get(k).lock.acquire()",
        "return OTHER[id(get(k))]",
        "get(k).event.set()",
        "return get(k).event.wait(1)",
        "np.copyto(get(k).payload, k)",
        "np.add.at(get(k).payload, k, 1)",
        "X[k] = make(k)",
        "X.update(k)",
        "one = X.pop(k, None)\nif one: one.step()",
    ],
}
# `get(k)` makes it of what `RATE` and `RATES` are.
COMPUTED = {
    True: ["return RATE, RATES[k]", "print(RATE)", "OTHER[k] = RATE"],
    False: ["global RATE\nRATE = k", "RATES[k] = 1", "RATES.update(k)"],
}
# `ROWS` stands for a name that no other case has.
ATTRIBUTES = {
    True: ["BOX.ROWS.append(k)", "BOX.ROWS.append(k)\nreturn '{}'.format(k)"],
    False: [
        "import operator\nreturn operator.attrgetter('ROWS')(BOX)",
        "import operator\nreturn operator.attrgetter('ROWS.x')(BOX)",
        "return '{box.ROWS[0]}'.format(box=BOX)",
        "return getattr(BOX, 'ROWS')",
        "return FORMAT.format(box=BOX)",
        "for name in NAMES: print(getattr(BOX, name))",
    ],
}
MATCHED = {
    True: [],
    False: [
        "match BOX:\n    case Box(ROWS=[first, *_]): return first",
        "match BOX:\n    case Box([first, *_]): return first",
    ],
}
POINTERS = {True: [], False: ["return X.append(ctypes.c_int(k))"]}
ENDING = {True: [], False: ["X.append(k)"]}
LISTED = {True: [], False: ["BOX.ROWS.append(k)"]}
if sys.version_info < (3, 10):
    MATCHED[False] = []
TABLES = {
    "dict asked": ASKED,
    "dict looked at": LOOKED_AT,
    "dict computed": COMPUTED,
    "grouped": GROUPED,
    "attribute": ATTRIBUTES,
    "attribute matched": MATCHED,
    "pointers": POINTERS,
    "temporary": ENDING,
    "finalized": ENDING,
    "deleted": ENDING,
    "attribute listed": LISTED,
    "attribute compared": LISTED,
    "attribute saved": LISTED,
    "dict": DICTS,
    "list": LISTS,
    "weak values": WEAK_VALUES,
    "weak values looked at": WEAK_VALUES_LOOKED_AT,
    "weak keys": WEAK_KEYS,
    "weak set": WEAK_SETS,
    "weak reference": WEAK_REFERENCE,
    "weak references": WEAK_REFERENCES,
    "proxy": PROXIES,
    "within": WITHIN,
    "cache": CACHES,
    "cache looked at": CACHES_LOOKED_AT,
    "cache of buffers": BUFFERS,
    "cache drawn": DRAWN,
}
CASES = [
    (kind, source, expected)
    for kind, table in TABLES.items()
    for expected, sources in table.items()
    for source in sources
]


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Return the lines for each case: all programs live in one process."""
    folder = tmp_path_factory.mktemp("readers")
    (folder / "cases.json").write_text(json.dumps([(kind, source) for kind, source, _ in CASES]))
    words = [sys.executable, PROGRAM, folder]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{kind}: {source}" for kind, source, _ in CASES])
def test_a_line_is_given_where_the_code_goes_on_without(lines, number):
    kind, source, expected = CASES[number]
    found = lines["code"][number]
    assert bool(found) is expected, (source, found, lines["advice"][number])
    if not expected:
        why = {
            "dict": "looks at its elements",
            "list": "looks at its elements",
            "cache": "may give something else each time" if "drawn" in kind else "changes what it gives",
            "attribute": "",
            "grouped": "",
            "pointers": "C code",
            "temporary": "something happens",
            "finalized": "something happens",
            "deleted": "something happens",
        }
        expected = why.get(kind.split()[0], "weak reference")
        assert expected in " ".join(lines["advice"][number]) or "globals" in source


def test_a_script_counts_on_what_it_has_still_to_run(tmp_path):
    source = """
import json, sys, heapview
class Thing:
    def __init__(self): self.payload = bytearray(9000)
past = [Thing() for _ in range(9)]
print(past[-1], file=sys.stderr)
later, looped, name = [Thing()], [Thing()], Thing()
for number in range(2):
    if number:
        break
    print(looped[0], file=sys.stderr)
    heapview.heapdump(sys.argv[1])
    snap = heapview.load(sys.argv[1])
    paths = ["past[0]", "later[0]", "looped[0]", "name", "past"]
    plans = [snap.find(path)[0].how_to_free() for path in paths]
    answers = [(plan.code, plan.advice) for plan in plans]
print(later[-1], file=sys.stderr)
print(name, file=sys.stderr)
print(json.dumps(answers))
"""
    done = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path / "snap.rkyv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    past, later, looped, name, whole = json.loads(done.stdout)
    assert past[0]
    assert later[0] == looped[0] == name[0] == []
    assert "the code that runs now looks" in later[1][0]
    assert whole[0] == ["del past"]


def test_the_table_of_opcodes_is_that_of_the_interpreter():
    """The rows in the source are those that the tool prints for this very version."""
    root = Path(__file__).resolve().parents[2]
    tool, table = root / "tests/tools/opcodes.py", root / "crates/dumper/src/cpython/opcodes.rs"
    if not table.exists():
        pytest.skip("the sources are not here")
    spec = importlib.util.spec_from_file_location("opcodes", tool)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = table.read_text().replace("\\\n        ", "")
    start = text.index(f"OPCODES_3{sys.version_info[1]}:")
    for row in module.rows():
        assert row in text[start : start + 900]
