"""Prints the rows of `crates/dumper/src/cpython/opcodes.rs` for the CPython that runs it.

One letter for each opcode, which says what the instruction does to the stack; `machine.rs` reads them. An
opcode that no list here names is `.`: what lies on the stack may then be read by anybody.
"""

from __future__ import annotations

import importlib
import opcode
import sys
from typing import Any

UNREADABLE = "#"
LETTERS = {
    "n": "NOP RESUME CACHE PRECALL KW_NAMES SETUP_ANNOTATIONS COPY_FREE_VARS GEN_START POP_BLOCK"
    " NOT_TAKEN DELETE_NAME DELETE_GLOBAL DELETE_FAST DELETE_DEREF",
    "w": "SETUP_FINALLY",
    "v": "SETUP_WITH SETUP_ASYNC_WITH BEFORE_WITH BEFORE_ASYNC_WITH PUSH_EXC_INFO",
    "q": "IMPORT_NAME",
    "x": "EXTENDED_ARG",
    "c": "LOAD_CONST LOAD_CONST_IMMORTAL LOAD_CONST_MORTAL LOAD_SMALL_INT PUSH_NULL LOAD_BUILD_CLASS"
    " LOAD_CLOSURE LOAD_LOCALS IMPORT_FROM RETURN_GENERATOR",
    "g": "LOAD_GLOBAL",
    "N": "LOAD_NAME",
    "d": "LOAD_DEREF LOAD_CLASSDEREF",
    "f": "LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_BORROW LOAD_FAST_AND_CLEAR",
    "F": "LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "a": "LOAD_ATTR",
    "m": "LOAD_METHOD",
    "S": "LOAD_SUPER_ATTR",
    "l": "STORE_FAST",
    "L": "STORE_FAST_STORE_FAST",
    "k": "STORE_FAST_LOAD_FAST",
    "G": "STORE_GLOBAL",
    "V": "MAKE_CELL",
    "Y": "STORE_DEREF",
    "e": "STORE_NAME LIST_APPEND SET_ADD LIST_EXTEND SET_UPDATE DICT_UPDATE"
    " DICT_MERGE PRINT_EXPR JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP",
    "h": "MAP_ADD",
    "A": "STORE_ATTR",
    "[": "BINARY_SUBSCR",
    "]": "STORE_SUBSCR",
    "-": "DELETE_SUBSCR",
    ":": "BINARY_SLICE",
    ";": "STORE_SLICE",
    "b": "BINARY_OP",
    "+": "INPLACE_ADD INPLACE_OR",
    "2": "SET_FUNCTION_ATTRIBUTE CALL_INTRINSIC_2",
    "?": "CONTAINS_OP",
    "=": "COMPARE_OP",
    "i": "IS_OP",
    "!": "UNARY_NOT TO_BOOL",
    "o": "FORMAT_SIMPLE CONVERT_VALUE LIST_TO_TUPLE",
    "O": "FORMAT_WITH_SPEC",
    "1": "UNARY_NEGATIVE UNARY_INVERT UNARY_POSITIVE GET_AWAITABLE"
    " GET_YIELD_FROM_ITER CALL_INTRINSIC_1 YIELD_VALUE LOAD_FROM_DICT_OR_GLOBALS LOAD_FROM_DICT_OR_DEREF",
    "E": "CHECK_EXC_MATCH",
    "X": "JUMP_IF_NOT_EXC_MATCH",
    "r": "RETURN_VALUE RAISE_VARARGS",
    "j": "JUMP_FORWARD RETURN_CONST",
    "J": "JUMP_ABSOLUTE JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT",
    "t": "POP_TOP DELETE_ATTR",
    "u": "POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE",
    "U": "POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE",
    "0": "MATCH_CLASS",
    "s": "LOAD_ASSERTION_ERROR LOAD_COMMON_CONSTANT",
    "I": "GET_ITER",
    ">": "FOR_ITER",
    "(": "CALL_FUNCTION",
    "M": "CALL_METHOD",
    "K": "CALL_FUNCTION_KW",
    "3": "CALL",
    "W": "CALL_KW",
    "T": "BUILD_TUPLE BUILD_LIST BUILD_SET BUILD_STRING",
    "D": "BUILD_MAP",
    "C": "BUILD_CONST_KEY_MAP",
    "9": "FORMAT_VALUE",
    "y": "BUILD_SLICE",
    "z": "UNPACK_SEQUENCE",
    "4": "COPY",
    "5": "DUP_TOP",
    "6": "DUP_TOP_TWO",
    "7": "SWAP",
    "8": "ROT_TWO",
    "R": "ROT_THREE",
}
LETTER = {name: letter for letter, names in LETTERS.items() for name in names.split()}
UNREADABLE_NAMES = {
    "INSTRUMENTED_LINE",
    "INSTRUMENTED_INSTRUCTION",
    "ENTER_EXECUTOR",
    "RESERVED",
    "TRACE_RECORD",
}
VERSION = sys.version_info[:2]


def base_names() -> tuple[dict[int, str], dict[str, str]]:
    """Return the name of each opcode, and the opcode that each specialized one stands for."""
    numbers = dict(opcode.opmap)
    base: dict[str, str] = {}
    families: dict[str, list[str]] = {}
    private: Any
    if VERSION >= (3, 13):
        private = importlib.import_module("_opcode_metadata")
        numbers.update(private._specialized_opmap)
        families = private._specializations
    elif VERSION >= (3, 11):
        private = importlib.import_module("dis")
        numbers.update(private._all_opmap)
        families = getattr(opcode, "_specializations", {})
    for name, special in families.items():
        base.update(dict.fromkeys(special, name))
    return {number: name for name, number in numbers.items() if number < 256}, base


def letter(name: str) -> str:
    """Return what the instruction does."""
    if name in UNREADABLE_NAMES:
        return UNREADABLE
    name = name.replace("INSTRUMENTED_", "")
    if name in LETTER:
        return LETTER[name]
    if name == "MAKE_FUNCTION":
        return "1" if VERSION >= (3, 13) else "H" if VERSION >= (3, 11) else "Q"
    if name.startswith("POP_JUMP"):
        return "P" if "BACKWARD" in name else "p"
    if name.startswith(("BINARY_", "INPLACE_")):
        return "2"
    return "."


def n_caches(name: str) -> int:
    """Return how many units follow the instruction."""
    entries: Any = getattr(opcode, "_inline_cache_entries", {})
    name = name.replace("INSTRUMENTED_", "")
    if hasattr(entries, "get"):
        return int(entries.get(name, 0))
    number = opcode.opmap.get(name, 256)
    return int(entries[number]) if number < len(entries) else 0


def rows() -> tuple[str, str]:
    """Return the letters and the caches of all opcodes."""
    names, base = base_names()
    letters, caches = "", ""
    for number in range(256):
        name = names.get(number)
        name = name and base.get(name, name)
        letters += UNREADABLE if name is None else letter(name)
        caches += "0" if name is None else f"{n_caches(name):x}"
    return letters, caches


def main() -> None:
    """Print both rows."""
    print(f"// {VERSION[0]}.{VERSION[1]}")
    for row in rows():
        print("\n".join(row[start : start + 64] for start in range(0, 256, 64)))


if __name__ == "__main__":
    main()
