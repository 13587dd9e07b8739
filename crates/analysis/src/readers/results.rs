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
/// Parts of names of types that give something else at another time.
const ELSEWHERE: [&str; 4] = ["Queue", "ContextVar", "generator", "iterator"];
/// Functions and methods that show what they are given, or hold others back meanwhile.
const SHOWING: [&str; 13] = [
    "print",
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "critical",
    "log",
    "write",
    "flush",
    "acquire",
    "release",
    "super",
];
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
            && !self.does_more(heap, code, Some(names))
            && functions.into_iter().all(|function| self.changing(heap, *function, &elements).is_none())
    }

    /// Whether the code does something else than to make what it gives: it changes other containers or its arguments, or
    /// calls what it calls for what that does.
    fn does_more(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        let is_own =
            |name: &String| names.is_some_and(|names| names.all.iter().any(|(_, known)| known == name));
        let commands = self.commands.get(&code).into_iter().flatten();
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        let is_global = |kind: NameKind| matches!(kind, NameKind::Global | NameKind::Closure);
        commands.into_iter().any(|name| !SHOWING.contains(&name.as_str()))
            || rows.any(|(kind, name, uses)| {
                (is_global(*kind)
                    && uses.has(Uses::CHANGED)
                    && !(*kind == NameKind::Global && uses.has(Uses::REBIND))
                    && !is_own(name))
                    || (*kind == NameKind::Closure && uses.has(Uses::REBIND) && self.is_inner(heap, code))
            })
            || self
                .unkeyed
                .get(&code)
                .is_some_and(|names| names.iter().any(|name| name == name_of_code(heap, code)))
            || self.calls_changing(heap, code)
            || self.has_changeable_default(heap, code, names)
    }

    /// Whether a function of the code has variables of functions around it.
    fn is_inner(&self, heap: &Heap, code: ObjectIx) -> bool {
        let mut functions = self.functions.get(&code).into_iter().flatten();
        functions.any(|function| heap.named_referent(*function, EdgeKind::Slot, "__closure__").is_some())
    }

    /// Whether a function of the code has a default argument that can be changed, other than what has the names.
    fn has_changeable_default(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        let functions = self.functions.get(&code).into_iter().flatten();
        let defaults = functions.filter_map(|one| heap.named_referent(*one, EdgeKind::Slot, "__defaults__"));
        let mut values = defaults.flat_map(|defaults| heap.references(defaults));
        names.is_none() && values.any(|value| is_changeable(heap, value.to))
    }

    /// Whether an object is made by code that counts, or keeps something elsewhere: in its class, or around it.
    fn makes_more(&self, heap: &Heap, code: ObjectIx) -> bool {
        let name = name_of_code(heap, code);
        if name != "__init__" && name != "__new__" {
            return false;
        }
        let rows = || self.by_code.get(&code).into_iter().flatten();
        let sets = |wanted: &String| {
            rows().any(|(kind, name, uses)| {
                *kind == NameKind::Attribute && name == wanted && uses.has(Uses::REBIND)
            })
        };
        (name == "__new__" && self.changing_first.contains(&code))
            || rows().any(|(kind, name, uses)| match kind {
                NameKind::Called => name == "type" && uses.has(Uses::CHANGED),
                NameKind::Global | NameKind::Closure => uses.has(Uses::CHANGED),
                NameKind::Attribute => {
                    (name == "__class__" && uses.has(Uses::CHANGED))
                        || (uses.has(Uses::CHANGED) && !sets(name))
                }
                _ => false,
            })
    }

    /// Code that changes what the cached function gives, or the function itself if it gives something else each time:
    /// made again the results would be others. O(uses of its names).
    pub(crate) fn changes_results(&self, heap: &Heap, cached: ObjectIx, results: &[ObjectIx]) -> Reading {
        let functions =
            heap.references(cached).map(|one| one.to).filter(|one| heap.is_exactly(*one, "function"));
        let codes: FxHashSet<ObjectIx> =
            functions.filter_map(|one| heap.named_referent(one, EdgeKind::Slot, "__code__")).collect();
        let varies = |code: &ObjectIx| self.draws(heap, *code, None) || self.does_more(heap, *code, None);
        if let Some(drawing) = codes.into_iter().find(varies) {
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
        let asks_elsewhere = || {
            let read = rows().filter(|(kind, ..)| *kind == NameKind::Global);
            let mut values = read.filter_map(|(_, name, _)| heap.dict_value(*self.globals.get(&code)?, name));
            values.any(|value| {
                let name = heap.type_name(value);
                ELSEWHERE.iter().any(|part| name.contains(part))
            }) || rows().any(|(_, name, _)| ["environ", "getenv"].contains(&name.as_str()))
        };
        let tells_time = || {
            names.is_none()
                && rows()
                    .any(|(kind, name, _)| *kind == NameKind::Attribute && CLOCKS.contains(&name.as_str()))
        };
        takes
            || tells_time()
            || asks_elsewhere()
            || self.rests_on_what_changes(heap, code, names)
            || self.draws_anew(code)
            || self.callees(heap, code).into_iter().any(|callee| {
                self.draws_itself(heap, callee)
                    || self.rests_on_what_changes(heap, callee, names)
                    || self.has_changeable_default(heap, callee, names)
            })
    }

    /// The code that calling this one runs, as far as it is called by global names.
    fn callees(&self, heap: &Heap, code: ObjectIx) -> Vec<ObjectIx> {
        const MAX_COUNT: usize = 256;
        let mut found = vec![code];
        let mut at = 0;
        while at < found.len() && found.len() < MAX_COUNT {
            let rows = self.by_code.get(&found[at]).into_iter().flatten();
            let globals = self.globals.get(&found[at]);
            let class = self.class_of(heap, found[at]).and_then(|class| heap.type_attributes(class));
            let called = rows.filter_map(|(kind, name, _)| match kind {
                NameKind::Global => heap.dict_value(*globals?, name),
                NameKind::Attribute => Some(class.as_ref()?.get(name.as_str())?.value),
                _ => None,
            });
            let called: Vec<ObjectIx> = called.flat_map(|callee| codes_of_call(heap, callee)).collect();
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
                && known.into_iter().any(|(other, uses)| {
                    let is_changed =
                        uses.has(CHANGED) || (uses.has(Uses::ESCAPE) && self.calls_changing(heap, *other));
                    is_changed && is_here(other)
                })
        })
    }

    fn draws_anew(&self, code: ObjectIx) -> bool {
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        rows.any(|(_, name, _)| DRAWING.contains(&name.as_str()))
    }

    fn draws_itself(&self, heap: &Heap, code: ObjectIx) -> bool {
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        self.draws_anew(code)
            || self.makes_more(heap, code)
            || rows.any(|(kind, _, uses)| {
                (matches!(kind, NameKind::Global | NameKind::Attribute) && uses.has(Uses::TAKE))
                    || (*kind == NameKind::Closure && uses.has(Uses::REBIND) && self.is_inner(heap, code))
            })
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

/// The code that runs when a function, a class or an object is called.
fn codes_of_call(heap: &Heap, callee: ObjectIx) -> Vec<ObjectIx> {
    let class = if heap.is_type(callee) { Some(callee) } else { heap.type_object(callee) };
    let names: &[&str] = if heap.is_type(callee) { &["__init__", "__new__"] } else { &["__call__"] };
    let of_class = || {
        let attributes = class.and_then(|class| heap.type_attributes(class));
        let found = attributes.into_iter().flat_map(|all| {
            names.iter().filter_map(|name| all.get(*name).map(|found| found.value)).collect::<Vec<_>>()
        });
        found.collect::<Vec<ObjectIx>>()
    };
    let functions = if heap.is_exactly(callee, "function") { vec![callee] } else { of_class() };
    let unwrapped = functions.into_iter().map(|one| {
        let inner = heap.references(one).map(|held| held.to);
        inner
            .into_iter()
            .find(|held| heap.is_exactly(one, "staticmethod") && heap.is_exactly(*held, "function"))
            .unwrap_or(one)
    });
    unwrapped.filter_map(|one| heap.named_referent(one, EdgeKind::Slot, "__code__")).collect()
}
