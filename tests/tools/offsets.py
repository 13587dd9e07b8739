"""Prints the offsets that `crates/dumper/src/cpython/versions.rs` has of a CPython, from its headers.

`python3 tests/tools/offsets.py [PYTHON...]`: for each interpreter given, or each found, the layouts with a
line for each field. The interpreter's headers must be installed, those for its own core among them, and a C
compiler. Where a struct has no such field, the line says so: compare with the layout of the version before.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import setup

INCLUDES = [
    "frame",
    "interp",
    "gc",
    "dict",
    "runtime",
    "code",
    "interpframe",
    "interpframe_structs",
    "genobject",
]
HEAD = "#define Py_BUILD_CORE 1\n#include <Python.h>\n#include <frameobject.h>\n" + "".join(
    f'#if __has_include("internal/pycore_{name}.h")\n#include "internal/pycore_{name}.h"\n#endif\n'
    for name in INCLUDES
)
STATE, THREAD, FRAME, CODE = "PyInterpreterState", "PyThreadState", "_PyInterpreterFrame", "PyCodeObject"
# Layout, field, and what gives it: a struct and the names that the field has had, or a whole expression.
FIELDS: list[tuple[str, str, str, list[str]]] = [
    ("StrLayout", "ascii_data", "", ["sizeof(PyASCIIObject)"]),
    ("StrLayout", "compact_data", "", ["sizeof(PyCompactUnicodeObject)"]),
    ("StrLayout", "any_data", "PyUnicodeObject", ["data"]),
    ("StrLayout", "utf8_length", "PyCompactUnicodeObject", ["utf8_length"]),
    ("StrLayout", "utf8", "PyCompactUnicodeObject", ["utf8"]),
    ("CodeLayout", "name", CODE, ["co_name"]),
    ("CodeLayout", "filename", CODE, ["co_filename"]),
    ("CodeLayout", "names", CODE, ["co_names"]),
    ("CodeLayout", "bytes", CODE, ["co_code"]),
    ("CodeLayout", "qualname", CODE, ["co_qualname"]),
    ("CodeLayout", "first_line", CODE, ["co_firstlineno"]),
    ("CodeLayout", "local_names", CODE, ["co_localsplusnames", "co_varnames"]),
    ("CodeLayout", "instructions", CODE, ["co_code_adaptive"]),
    ("FrameLayout", "code", FRAME, ["f_executable", "f_code"]),
    ("FrameLayout", "previous", FRAME, ["previous"]),
    ("FrameLayout", "function", FRAME, ["f_funcobj", "f_func"]),
    ("FrameLayout", "globals", FRAME, ["f_globals"]),
    ("FrameLayout", "builtins", FRAME, ["f_builtins"]),
    ("FrameLayout", "locals", FRAME, ["f_locals"]),
    ("FrameLayout", "frame_object", FRAME, ["frame_obj"]),
    ("FrameLayout", "instruction", FRAME, ["instr_ptr", "prev_instr"]),
    ("FrameLayout", "owner", FRAME, ["owner"]),
    ("FrameLayout", "fast_locals", FRAME, ["localsplus"]),
    ("FrameLayout", "stack", FRAME, ["stackpointer", "stacktop"]),
    ("FrameLayout", "generator_state", "PyGenObject", ["gi_frame_state"]),
    ("FrameLayout", "generator_frame", "PyGenObject", ["gi_iframe"]),
    ("FrameLayout", "frame_object_frame", "struct _frame", ["f_frame"]),
    ("OldFrameLayout", "code", "PyFrameObject", ["f_code"]),
    ("OldFrameLayout", "back", "PyFrameObject", ["f_back"]),
    ("OldFrameLayout", "fast_locals", "PyFrameObject", ["f_localsplus"]),
    ("OldFrameLayout", "last_instruction", "PyFrameObject", ["f_lasti"]),
    ("HeapTypeLayout", "name", "PyHeapTypeObject", ["ht_name"]),
    ("HeapTypeLayout", "slots", "PyHeapTypeObject", ["ht_slots"]),
    ("HeapTypeLayout", "qualname", "PyHeapTypeObject", ["ht_qualname"]),
    ("HeapTypeLayout", "cached_keys", "PyHeapTypeObject", ["ht_cached_keys"]),
    ("HeapTypeLayout", "module", "PyHeapTypeObject", ["ht_module"]),
    ("KeysLayout", "log2_index_bytes", "struct _dictkeysobject", ["dk_log2_index_bytes"]),
    ("KeysLayout", "kind", "struct _dictkeysobject", ["dk_kind"]),
    ("KeysLayout", "n_entries", "struct _dictkeysobject", ["dk_nentries"]),
    ("KeysLayout", "indices", "struct _dictkeysobject", ["dk_indices"]),
    ("InterpreterLayout", "enabled", STATE, ["gc.enabled"]),
    ("InterpreterLayout", "generations", STATE, ["gc.generations", "gc.young"]),
    ("InterpreterLayout", "permanent", STATE, ["gc.permanent_generation"]),
    ("InterpreterLayout", "collections", STATE, ["gc.generation_stats"]),
    ("InterpreterLayout", "garbage", STATE, ["gc.garbage"]),
    ("InterpreterLayout", "callbacks", STATE, ["gc.callbacks"]),
    ("InterpreterLayout", "modules", STATE, ["imports.modules", "modules"]),
    ("InterpreterLayout", "importlib", STATE, ["imports.importlib", "importlib"]),
    ("InterpreterLayout", "sysdict", STATE, ["sysdict"]),
    ("InterpreterLayout", "builtins", STATE, ["builtins"]),
    ("InterpreterLayout", "dict", STATE, ["dict"]),
    ("InterpreterLayout", "codecs", STATE, ["codecs.search_path", "codec_search_path"]),
    ("InterpreterLayout", "forkers", STATE, ["before_forkers"]),
    ("InterpreterLayout", "atexit", STATE, ["atexit.callbacks"]),
    ("InterpreterLayout", "audit_hooks", STATE, ["audit_hooks"]),
    ("InterpreterLayout", "monitoring", STATE, ["monitoring_callables"]),
    ("InterpreterLayout", "interned", STATE, ["cached_objects.interned_strings"]),
    ("OtherInterpreters", "next", STATE, ["next"]),
    ("OtherInterpreters", "id", STATE, ["id"]),
    ("OtherInterpreters", "gil", STATE, ["ceval.gil"]),
    ("ThreadLayout", "id", THREAD, ["thread_id"]),
    ("ThreadLayout", "dict", THREAD, ["dict"]),
    ("ThreadLayout", "context", THREAD, ["context"]),
    ("ThreadLayout", "first iteration", THREAD, ["async_gen_firstiter"]),
    ("ThreadLayout", "finalizer", THREAD, ["async_gen_finalizer"]),
    ("ThreadLayout", "exception", THREAD, ["exc_state.exc_value"]),
    ("ThreadLayout", "settrace", THREAD, ["c_traceobj"]),
    ("ThreadLayout", "setprofile", THREAD, ["c_profileobj"]),
    ("ThreadLayout", "local_key", THREAD, ["threading_local_key"]),
]


def expressions(struct: str, names: list[str]) -> list[str]:
    """Return the C expressions that may give a field, the newest name first."""
    return [f"offsetof({struct}, {name})" if struct else name for name in names]


def printed(includes: list[str], wanted: dict[int, str]) -> str | None:
    """Compile and run a program that prints the expressions; `None` if it cannot be compiled."""
    lines = "".join(f'printf("{key} %zu\\n", (size_t)({value}));' for key, value in wanted.items())
    source = f"{HEAD}#include <stddef.h>\n#include <stdio.h>\nint main(void) {{ {lines} return 0; }}\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "offsets.c").write_text(source, encoding="utf-8")
        program = Path(folder) / "offsets"
        command = ["cc", "-w", *includes, str(Path(folder) / "offsets.c"), "-o", str(program)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return None
        return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout


def offsets(python: Path) -> list[int | None]:
    """Return the value of each of `FIELDS`, for the interpreter's headers."""
    asked = "import sysconfig; print(sysconfig.get_path('include'))"
    folder = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    if not (Path(folder) / "internal").is_dir():
        sys.exit(f"expected the headers of CPython's core in {folder}/internal, found none")
    includes = [f"-I{folder}", f"-I{folder}/internal"]
    chosen: dict[int, str] = {}
    for number, (_, _, struct, names) in enumerate(FIELDS):
        for expression in expressions(struct, names):
            if printed(includes, {number: expression}) is not None:
                chosen[number] = expression
                break
    found = printed(includes, chosen) or ""
    values = {int(key): int(value) for key, value in re.findall(r"^(\d+) (\d+)$", found, re.MULTILINE)}
    return [values.get(number) for number in range(len(FIELDS))]


def main() -> int:
    """Print the layouts."""
    given = [Path(word) for word in sys.argv[1:]]
    for python in given or setup.pythons().values():
        version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
        print(f"\n{version}")
        layout = ""
        for (of, field, _, _), value in zip(FIELDS, offsets(python)):
            if of != layout:
                print(f"  {of}")
                layout = of
            print(f"    {field}: {'no such field' if value is None else value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
