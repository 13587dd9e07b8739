//! Whether what a function makes when it is asked again is as good as what it made before.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Origin, Uses};
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::Names;
use super::state::is_changeable;
use super::{Readers, Reading, name_of_code};
use crate::heap::Heap;

/// Elements whose types are looked at.
const MAX_SAMPLES: usize = 4096;
/// Types whose methods leave an instance as it is, and containers, of whose methods the changing ones are known.
const STILL: [&str; 22] = [
    "NoneType",
    "bool",
    "int",
    "float",
    "complex",
    "str",
    "bytes",
    "tuple",
    "frozenset",
    "range",
    "slice",
    "list",
    "dict",
    "set",
    "bytearray",
    "collections.deque",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "function",
    "module",
    "type",
];
/// Packages whose types are values or tables of such: few methods change them.
const DATA: [&str; 13] = [
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "torch",
    "PIL",
    "datetime",
    "decimal",
    "fractions",
    "pathlib",
    "uuid",
    "ipaddress",
    "re",
];
/// These do.
const IN_PLACE: [&str; 8] = ["fill", "sort", "put", "partition", "resize", "insert", "update", "byteswap"];
/// Methods that tell the time. A cache of the user's keeps it to forget what is old; an `lru_cache` does not.
const CLOCKS: [&str; 7] = ["time", "time_ns", "perf_counter", "monotonic", "now", "utcnow", "today"];
/// Functions and methods that give something else each time.
const DRAWING: [&str; 15] = [
    "token_hex",
    "token_urlsafe",
    "token_bytes",
    "uuid1",
    "uuid4",
    "urandom",
    "getrandbits",
    "random",
    "randint",
    "randrange",
    "choice",
    "uniform",
    "readline",
    "recv",
    "get_nowait",
];

impl Readers {
    /// Whether code that makes what the container lacks gives the same again: it takes it from nowhere else, and what
    /// it gives is changed by nobody.
    pub(super) fn gives_the_same(
        &self,
        heap: &Heap,
        code: ObjectIx,
        container: ObjectIx,
        names: &Names,
    ) -> bool {
        let functions = self.functions.get(&code).into_iter().flatten();
        let elements: Vec<ObjectIx> = heap
            .strong_references(container)
            .filter(|element| element.kind == EdgeKind::DictValue)
            .take(MAX_SAMPLES)
            .map(|element| element.to)
            .collect();
        !self.counts_on_first(heap, code)
            && !self.draws(heap, code, Some(names))
            && functions.into_iter().all(|function| self.changing(heap, *function, &elements).is_none())
    }

    /// Code that changes what the cached function gives, or the function itself if it gives something else each time:
    /// made again the results would be others. O(uses of its names).
    pub(crate) fn changes_results(&self, heap: &Heap, cached: ObjectIx, results: &[ObjectIx]) -> Reading {
        let functions =
            heap.references(cached).map(|one| one.to).filter(|one| heap.is_exactly(*one, "function"));
        let codes: FxHashSet<ObjectIx> =
            functions.filter_map(|one| heap.named_referent(one, EdgeKind::Slot, "__code__")).collect();
        if let Some(drawing) = codes.into_iter().find(|code| self.draws(heap, *code, None)) {
            return Reading::Somebody(Some(drawing));
        }
        if results.is_empty() {
            return Reading::Nobody;
        }
        if self.names(heap, cached).is_none_or(|names| !names.outer.is_empty()) {
            return Reading::Somebody(None);
        }
        match self.changing(heap, cached, results) {
            Some(code) => Reading::Somebody(Some(code)),
            None => Reading::Nobody,
        }
    }

    /// Code that changes what calling `function` gives, of which `samples` are some.
    fn changing(&self, heap: &Heap, function: ObjectIx, samples: &[ObjectIx]) -> Option<ObjectIx> {
        let of_each_type = of_each_type(heap, samples);
        if let Some(code) = of_each_type.iter().find_map(|sample| self.changing_state(heap, *sample)) {
            return Some(code);
        }
        // What is called like a method of a dict is not followed.
        let code = heap.named_referent(function, EdgeKind::Slot, "__code__");
        let is_hidden = |code: &ObjectIx| ["get", "setdefault"].contains(&name_of_code(heap, *code));
        if of_each_type.iter().any(|sample| is_changeable(heap, *sample))
            && let Some(code) = code.filter(is_hidden)
        {
            return Some(code);
        }
        let called = self.called(&self.names(heap, function)?);
        let changes = |code: ObjectIx, uses: Uses| {
            let may_change = |sample: &ObjectIx| {
                (uses.has(Uses::METHOD) && self.has_changing_method(heap, code, *sample))
                    || (uses.has(Uses::FIELD) && self.moves_a_field(heap, code, *sample))
                    || (uses.has(Uses::ESCAPE)
                        && is_changeable(heap, *sample)
                        && self.hands_to_changing(heap, code))
            };
            uses.has(Uses::CHANGED) || of_each_type.iter().any(may_change)
        };
        called.into_iter().find(|(code, uses)| changes(*code, *uses)).map(|(code, _)| code)
    }

    /// Whether code calls methods on a field of the object that change it, as far as anybody knows.
    fn moves_a_field(&self, heap: &Heap, code: ObjectIx, object: ObjectIx) -> bool {
        let rows = self.by_code.get(&code).into_iter().flatten();
        let called = rows.filter(|(kind, _, uses)| *kind == NameKind::Attribute && uses.has(Uses::METHOD));
        let fields = called.filter_map(|(_, name, _)| field(heap, object, name));
        fields.into_iter().any(|field| self.has_changing_method(heap, code, field))
    }

    /// Whether one of the methods that `code` may call on the object changes it, as far as anybody knows.
    pub(super) fn has_changing_method(&self, heap: &Heap, code: ObjectIx, object: ObjectIx) -> bool {
        let names = || {
            let rows = self.by_code.get(&code).into_iter().flatten();
            rows.filter(|(kind, ..)| *kind == NameKind::Attribute).map(|(_, name, _)| name.as_str())
        };
        if !is_users(heap, object) {
            return !is_still(heap, object, names());
        }
        names().any(|name| {
            let is_of = |object| heap.class_attribute(object, name).flatten().is_some();
            let is_of_part = |part| is_of(part) && !is_users(heap, part) && !is_still(heap, part, names());
            // It may be a part of the object that was given.
            if !is_of(object) && heap.strong_references(object).any(|part| is_of_part(part.to)) {
                return true;
            }
            let method = heap.class_attribute(object, name).flatten();
            let code = method.and_then(|found| heap.named_referent(found.value, EdgeKind::Slot, "__code__"));
            code.is_some_and(|code| self.changing_first.contains(&code))
        })
    }

    /// What code does with what calling an object of these names, or an element of it, gives.
    pub(super) fn called(&self, names: &Names) -> Vec<(ObjectIx, Uses)> {
        let callers: FxHashSet<ObjectIx> = self.rows(names).map(|(code, _)| code).collect();
        let texts: FxHashSet<&String> = names.all.iter().map(|(_, name)| name).collect();
        let rows = texts.into_iter().filter_map(|name| self.by_name.get(&(NameKind::Called, name.clone())));
        rows.flatten().copied().filter(|(code, _)| callers.contains(code)).collect()
    }

    /// Whether the code takes from somewhere else than from what has `names`, or draws something new; and what it
    /// calls, one step on.
    fn draws(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        let is_own = |kind: NameKind, name: &String| {
            names.is_some_and(|names| names.all.contains(&(kind, name.clone())))
        };
        let rows = || self.by_code.get(&code).into_iter().flatten();
        let takes = rows().any(|(kind, name, uses)| {
            *kind != NameKind::Called && uses.has(Uses::TAKE) && !is_own(*kind, name)
        });
        let tells_time = || {
            names.is_none()
                && rows()
                    .any(|(kind, name, _)| *kind == NameKind::Attribute && CLOCKS.contains(&name.as_str()))
        };
        takes
            || tells_time()
            || self.rests_on_what_changes(heap, code, names)
            || self.draws_anew(code)
            || self.callees(heap, code).into_iter().any(|callee| self.draws_itself(heap, callee))
    }

    /// The code that calling this one runs, as far as it is called by global names.
    fn callees(&self, heap: &Heap, code: ObjectIx) -> Vec<ObjectIx> {
        const MAX_COUNT: usize = 256;
        let mut found = vec![code];
        let mut at = 0;
        while at < found.len() && found.len() < MAX_COUNT {
            let rows = self.by_code.get(&found[at]).into_iter().flatten();
            let globals = self.globals.get(&found[at]);
            let called = rows
                .filter(|(kind, ..)| *kind == NameKind::Global)
                .filter_map(|(_, name, _)| heap.dict_value(*globals?, name))
                .filter_map(|callee| code_of_call(heap, callee));
            for callee in called {
                if !found.contains(&callee) {
                    found.push(callee);
                }
            }
            at += 1;
        }
        found.split_off(1)
    }

    /// Whether the code reads something under a global name that other code changes: what it made before may have been
    /// made of something else.
    fn rests_on_what_changes(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        const CHANGED: Uses = Uses::CHANGED.with(Uses::REBIND);
        let Some(namespace) = self.globals.get(&code) else { return false };
        let is_own =
            |name: &String| names.is_some_and(|names| names.all.contains(&(NameKind::Global, name.clone())));
        let rows = self.by_code.get(&code).into_iter().flatten();
        let read = rows
            .filter(|(kind, name, uses)| *kind == NameKind::Global && !uses.has(CHANGED) && !is_own(name));
        read.map(|(_, name, _)| name).any(|name| {
            let is_here = |code: &ObjectIx| self.globals.get(code) == Some(namespace);
            let known = self.by_name.get(&(NameKind::Global, name.clone())).into_iter().flatten();
            heap.dict_value(*namespace, name).is_some()
                && known.into_iter().any(|(other, uses)| uses.has(CHANGED) && is_here(other))
        })
    }

    fn draws_anew(&self, code: ObjectIx) -> bool {
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        rows.any(|(_, name, _)| DRAWING.contains(&name.as_str()))
    }

    fn draws_itself(&self, heap: &Heap, code: ObjectIx) -> bool {
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        self.draws_anew(code)
            || rows.any(|(kind, _, uses)| *kind == NameKind::Global && uses.has(Uses::TAKE))
            || (name_of_code(heap, code) == "__call__" && self.changing_first.contains(&code))
    }

    /// Whether the code makes what is not there and calls itself for that: the first elements may be somebody else's.
    fn counts_on_first(&self, heap: &Heap, code: ObjectIx) -> bool {
        let name = name_of_code(heap, code);
        [NameKind::Global, NameKind::Attribute, NameKind::Closure]
            .into_iter()
            .filter_map(|kind| self.by_name.get(&(kind, name.to_owned())))
            .any(|rows| rows.iter().any(|(caller, _)| *caller == code))
    }
}

/// A few of each type among the samples, and among what tuples, lists and dicts of these hold.
fn of_each_type(heap: &Heap, samples: &[ObjectIx]) -> Vec<ObjectIx> {
    const MAX_OF_TYPE: usize = 4;
    const MAX_PARTS: usize = 16;
    const PARTED: [&str; 4] = ["tuple", "list", "dict", "set"];
    let mut seen: FxHashMap<_, usize> = FxHashMap::default();
    let mut is_new = |one: &ObjectIx| {
        let n_seen = seen.entry(heap.snapshot().type_ix(*one)).or_default();
        *n_seen += 1;
        *n_seen <= MAX_OF_TYPE
    };
    let mut found: Vec<ObjectIx> = samples.iter().copied().filter(&mut is_new).collect();
    let parted = found.clone().into_iter().filter(|one| PARTED.contains(&heap.type_name(*one)));
    let parts = parted.flat_map(|one| heap.strong_references(one).take(MAX_PARTS)).map(|part| part.to);
    found.extend(parts.filter(is_new));
    found
}

/// What the object itself keeps under a name.
fn field(heap: &Heap, object: ObjectIx, name: &str) -> Option<ObjectIx> {
    [EdgeKind::Attribute, EdgeKind::Slot]
        .into_iter()
        .find_map(|kind| heap.named_referent(object, kind, name))
        .or_else(|| heap.dict_value(heap.attribute_dict(object)?, name))
}

/// Whether a class of the user's made it.
pub(super) fn is_users(heap: &Heap, object: ObjectIx) -> bool {
    heap.is_instance_of_python_class(object)
        && heap.namespaces().origin(&heap.snapshot().type_of(object).module) == Origin::User
}

/// Whether methods of these names leave an object that is not of the user's as it is.
fn is_still<'a>(heap: &Heap, object: ObjectIx, mut names: impl Iterator<Item = &'a str>) -> bool {
    let name = heap.type_name(object);
    let package = name.split('.').next().unwrap_or_default();
    STILL.contains(&name)
        || heap.is_type(object)
        || (DATA.contains(&package) && !names.any(|name| IN_PLACE.contains(&name)))
}

/// The code that runs when a function or a class is called.
fn code_of_call(heap: &Heap, callee: ObjectIx) -> Option<ObjectIx> {
    let function = if heap.is_type(callee) {
        heap.dict_value(heap.attribute_dict(callee)?, "__init__")?
    } else if heap.is_instance_of_python_class(callee) {
        heap.class_attribute(callee, "__call__").flatten()?.value
    } else {
        callee
    };
    heap.named_referent(function, EdgeKind::Slot, "__code__")
}
