//! Whether what code makes is the same each time that it makes it, and whether it does nothing else on the way.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Uses};

use super::names::Names;
use super::state::{MAKING, is_changeable};
use super::{Readers, name_of_code, remakes};
use crate::heap::Heap;

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
    /// Whether the code does something else than to make what it gives: it changes other containers or its arguments, or
    /// calls what it calls for what that does.
    pub(super) fn does_more(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
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

    /// Whether the code takes from somewhere else than from what has `names`, or draws something new; and what it
    /// calls, one step on.
    pub(super) fn draws(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        let rows = || self.by_code.get(&code).into_iter().flatten();
        let takes = rows().any(|(kind, name, uses)| {
            *kind != NameKind::Called && uses.has(Uses::TAKE) && !is_own(names, *kind, name)
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
            || self.rests_on_attributes(heap, code, names)
            || self.sets_what_is_read(heap, code, names)
            || self.draws_anew(code)
            || self.callees(heap, code).into_iter().any(|callee| {
                self.draws_itself(heap, callee)
                    || self.acts(heap, callee)
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
            let called = rows.flat_map(|(kind, name, _)| {
                let value = match kind {
                    NameKind::Global => globals.and_then(|globals| heap.dict_value(*globals, name)),
                    NameKind::Attribute => {
                        class.as_ref().and_then(|class| class.get(name.as_str())).map(|found| found.value)
                    }
                    _ => None,
                };
                let codes = value.map(|callee| codes_of_call(heap, callee)).unwrap_or_default();
                let of_others = || self.named.get(name).cloned().unwrap_or_default();
                if codes.is_empty() && *kind == NameKind::Attribute { of_others() } else { codes }
            });
            let called: Vec<ObjectIx> = called.collect();
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
        let is_own = |name: &String| is_own(names, NameKind::Global, name);
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

    /// Whether calling the code changes something that stays, or gives what rests on attributes that change. Constructors
    /// only make what is their own, and a function that remembers what it made changes nothing.
    fn acts(&self, heap: &Heap, code: ObjectIx) -> bool {
        if MAKING.contains(&name_of_code(heap, code)) {
            return false;
        }
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        rows.any(|(kind, _, uses)| match kind {
            NameKind::Attribute => uses.has(Uses::CHANGED.with(Uses::REBIND)) && !remakes(*uses),
            NameKind::Global | NameKind::Closure => {
                uses.has(Uses::REBIND) || (uses.has(Uses::CHANGED) && !remakes(*uses))
            }
            _ => false,
        }) || self.rests_on_attributes(heap, code, None)
    }

    /// Whether the code reads attributes that other code sets or changes after their objects were made.
    fn rests_on_attributes(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        const CHANGED: Uses = Uses::CHANGED.with(Uses::REBIND);
        let is_own = |name: &String| is_own(names, NameKind::Attribute, name);
        let rows = self.by_code.get(&code).into_iter().flatten();
        let mut read = rows.filter(|(kind, name, uses)| {
            *kind == NameKind::Attribute && !uses.is_only(Uses::REBIND) && !is_own(name)
        });
        read.any(|(_, name, _)| {
            let known = self.by_name.get(&(NameKind::Attribute, name.clone())).into_iter().flatten();
            known.into_iter().any(|(other, uses)| {
                *other != code && uses.has(CHANGED) && !MAKING.contains(&name_of_code(heap, *other))
            })
        })
    }

    /// Whether the method sets an attribute, other than what has the names, that other code reads.
    fn sets_what_is_read(&self, heap: &Heap, code: ObjectIx, names: Option<&Names>) -> bool {
        let is_own = |name: &String| is_own(names, NameKind::Attribute, name);
        let mut rows = self.by_code.get(&code).into_iter().flatten();
        self.class_of(heap, code).is_some()
            && rows.any(|(kind, name, uses)| {
                let known = || self.by_name.get(&(NameKind::Attribute, name.clone())).into_iter().flatten();
                *kind == NameKind::Attribute
                    && uses.has(Uses::REBIND)
                    && !is_own(name)
                    && (!uses.is_only(Uses::REBIND.with(Uses::ADD))
                        || known().any(|(other, uses)| *other != code && !uses.is_only(Uses::REBIND)))
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
    pub(super) fn counts_on_first(&self, heap: &Heap, code: ObjectIx) -> bool {
        let name = name_of_code(heap, code);
        [NameKind::Global, NameKind::Attribute, NameKind::Closure]
            .into_iter()
            .filter_map(|kind| self.by_name.get(&(kind, name.to_owned())))
            .any(|rows| rows.iter().any(|(caller, _)| *caller == code))
    }
}

/// Whether it is one of the names.
fn is_own(names: Option<&Names>, kind: NameKind, name: &str) -> bool {
    names.is_some_and(|names| names.all.contains(&(kind, name.to_owned())))
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
