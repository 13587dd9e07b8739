//! Whether what a function makes when it is asked again is as good as what it made before.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Origin, Uses};
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::Names;
use super::state::is_changeable;
use super::{Readers, Reading, name_of_code};
use crate::heap::Heap;

/// Elements whose types are looked at.
const MAX_SAMPLES: usize = 4096;
/// Types whose methods leave an instance as it is.
const STILL: [&str; 14] = [
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
    heap.type_object(object).is_some_and(|class| heap.is_heap_class(class))
        && heap.namespaces().origin(&heap.snapshot().type_of(object).module) == Origin::User
}

/// Whether methods of these names leave an object that is not of the user's as it is.
fn is_still<'a>(heap: &Heap, object: ObjectIx, mut names: impl Iterator<Item = &'a str>) -> bool {
    let name = heap.type_name(object);
    let package = name.split('.').next().unwrap_or_default();
    // Of containers the changing methods are known.
    STILL.contains(&name)
        || is_changeable(heap, object)
        || heap.is_type(object)
        || (DATA.contains(&package) && !names.any(|name| IN_PLACE.contains(&name)))
}
