//! What builtin functions, and methods of builtin containers, do with a container.

use heapview_snapshot::Uses;

/// Errors that say that an element is not there.
pub(crate) const ABSENCES: [&str; 4] = ["KeyError", "IndexError", "LookupError", "Exception"];
/// `BINARY_OP`: `+=`, `|=`, `[]`.
pub(crate) const IN_PLACE: [usize; 2] = [13, 20];
pub(crate) const SUBSCRIPT: usize = 26;
/// Functions that only look at how many elements there are, or at none.
pub(crate) const LOOKING: [&str; 4] = ["len", "isinstance", "id", "type"];
/// Functions and methods that only show what they are given.
pub(crate) const SHOWING: [&str; 11] =
    ["print", "str", "repr", "format", "debug", "info", "warning", "error", "exception", "log", "write"];
/// Functions that change their first argument.
pub(crate) const CHANGING_FIRST: [&str; 17] = [
    "at",
    "copyto",
    "place",
    "putmask",
    "fill_diagonal",
    "SubElement",
    "next",
    "heappush",
    "heappop",
    "heapify",
    "heapreplace",
    "heappushpop",
    "insort",
    "insort_left",
    "insort_right",
    "shuffle",
    "setattr",
];
/// Functions that go through all elements, however few.
pub(crate) const GOING_THROUGH: [&str; 12] =
    ["set", "frozenset", "dict", "reversed", "sum", "any", "all", "map", "filter", "print", "repr", "str"];
/// The same, and what they give is in the same order.
pub(crate) const COPYING: [&str; 3] = ["list", "tuple", "sorted"];
/// Functions that give all names.
pub(crate) const NAMESPACES: [&str; 3] = ["globals", "locals", "vars"];

/// What a method of a builtin container does, called with so many arguments.
pub(crate) fn method(name: &str, n_arguments: usize) -> Option<Uses> {
    Some(match name {
        "append"
        | "appendleft"
        | "extend"
        | "extendleft"
        | "insert"
        | "add"
        | "update"
        | "subtract"
        | "symmetric_difference_update" => Uses::ADD,
        "__setitem__" => Uses::STORE,
        "setdefault" => Uses::ADD.with(Uses::GET),
        "get" => Uses::GET,
        "__contains__" => Uses::CONTAINS,
        "__len__" => Uses::LEN,
        "items"
        | "values"
        | "keys"
        | "copy"
        | "count"
        | "union"
        | "intersection"
        | "difference"
        | "issubset"
        | "issuperset"
        | "isdisjoint"
        | "symmetric_difference"
        | "most_common"
        | "elements"
        | "total"
        | "sort"
        | "reverse"
        | "rotate"
        | "__iter__" => Uses::ITERATE,
        "index" | "move_to_end" | "__getitem__" => Uses::READ,
        "pop" if n_arguments == 2 => Uses::DROP,
        "pop" | "popitem" | "popleft" | "remove" | "__delitem__" => Uses::TAKE,
        "discard" | "clear" | "difference_update" | "intersection_update" => Uses::DROP,
        _ => return None,
    })
}
