//! Which object a path leads to, read from the snapshot.

use heapview_snapshot::{EdgeKind, ObjectIx};

use super::expr::{Anchor, LOCAL, Part, PathExpr, Words, tame};
use super::parse::{Parsed, parse};
use super::words::{COLLECTIONS, LINK, LRU_LINK, called, collection, root_called};
use crate::closures::variable_called;
use crate::heap::Heap;
use crate::literal::{literal, quoted};
use crate::reference::{Label, Reference};
use crate::selection::SelectorError;

/// Packages in packages that are looked for.
const MAX_MODULE_DEPTH: usize = 32;

/// What a path leads to.
pub(crate) struct Found {
    pub object: ObjectIx,
    /// The reference that the last part follows, if it follows one.
    pub last: Option<Reference>,
    /// All of it reads as Python would read it.
    pub is_python: bool,
}

impl Found {
    fn by(last: Reference) -> Self {
        Self { object: last.to, last: Some(last), is_python: true }
    }
}

/// The object that the path `text` leads to: a global of `__main__`, a module, a builtin or a root in words, and
/// what follows. O(length * references of the objects on the way).
pub(crate) fn evaluate(heap: &Heap, text: &str) -> Result<ObjectIx, SelectorError> {
    find(heap, text).map(|found| found.object)
}

/// The path that `text` is, the last reference on the way to what it names, as [`evaluate`] reads it, and whether the
/// path is Python.
pub(crate) fn last_reference(heap: &Heap, text: &str) -> Result<(PathExpr, Reference, bool), SelectorError> {
    let text = text.trim();
    let parsed = parse(text)?;
    let found = follow(heap, text, &parsed)?;
    let global = || {
        let dict = heap.attribute_dict(heap.module("__main__")?)?;
        heap.strong_references(dict).find(|entry| {
            entry.to == found.object
                && matches!(entry.label, Label::Key(key) if heap.exact_text(key) == Some(text))
        })
    };
    let reference = found.last.or_else(global).ok_or_else(|| {
        SelectorError::at(
            0,
            format!("'{text}' is no reference that can be cut: expected NAME, ...name or ...[key]"),
        )
    })?;
    Ok((parsed.path, reference, found.is_python))
}

/// As [`evaluate`].
pub(crate) fn find(heap: &Heap, text: &str) -> Result<Found, SelectorError> {
    follow(heap, text, &parse(text)?)
}

pub(super) fn follow(heap: &Heap, text: &str, parsed: &Parsed) -> Result<Found, SelectorError> {
    let PathExpr { anchor, parts } = &parsed.path;
    let (object, n_used) = start(heap, anchor, parts)?;
    let mut found = Found { object, last: None, is_python: parsed.path.is_expression() };
    let mut at = n_used;
    while let Some(part) = parts.get(at) {
        let (next, n_used) = match step(heap, found.object, &parts[at..]) {
            Some(step) => step,
            // A submodule need not be an attribute of its package.
            None => match submodule(heap, anchor, &parts[..=at]) {
                Some(module) => (Found { object: module, last: None, is_python: false }, 1),
                None => return Err(missing(heap, found.object, part, text, parsed.starts[at])),
            },
        };
        found = Found { is_python: found.is_python && next.is_python, ..next };
        at += n_used;
    }
    Ok(found)
}

/// Where the path begins, and how many parts belong to that.
fn start(heap: &Heap, anchor: &Anchor, parts: &[Part]) -> Result<(ObjectIx, usize), SelectorError> {
    let name = match anchor {
        Anchor::Words(words) => {
            return root_called(heap, words)
                .map(|root| (root, 0))
                .ok_or_else(|| SelectorError::at(0, format!("no root of this snapshot is called {words}")));
        }
        Anchor::Name(name) => &**name,
    };
    if let Some(call) = name.strip_suffix(')') {
        let called = match call.split_once('(') {
            Some(("get_ipython", "")) => heap
                .main_global("get_ipython")
                .and_then(|method| heap.named_referent(method, EdgeKind::Slot, "__self__")),
            Some(("globals", "")) => heap.module("__main__").and_then(|main| heap.attribute_dict(main)),
            Some(("__import__", module)) => heap.module(module.trim_matches('\'')),
            _ => None,
        };
        return called
            .map(|object| (object, 0))
            .ok_or_else(|| SelectorError::at(0, format!("'{name}' cannot be called in a snapshot")));
    }
    if let Some(global) = heap.main_global(name) {
        return Ok((global, 0));
    }
    // The package may be gone while a module of it is there.
    let module = || {
        (0..=parts.len().min(MAX_MODULE_DEPTH))
            .find_map(|n_parts| Some((dotted_module(heap, name, &parts[..n_parts])?, n_parts)))
    };
    module().or_else(|| heap.builtin(name).map(|builtin| (builtin, 0))).ok_or_else(|| {
        SelectorError::at(
            0,
            format!("no global of __main__, module or builtin is called '{name}' in this snapshot"),
        )
    })
}

fn submodule(heap: &Heap, anchor: &Anchor, parts: &[Part]) -> Option<ObjectIx> {
    match anchor {
        Anchor::Name(name) => dotted_module(heap, name, parts),
        Anchor::Words(_) => None,
    }
}

/// The module whose name is `name` and the names in `parts`.
fn dotted_module(heap: &Heap, name: &str, parts: &[Part]) -> Option<ObjectIx> {
    let mut dotted = name.to_owned();
    for part in parts {
        let Part::Attribute(next) = part else { return None };
        dotted.extend([".", next]);
    }
    heap.module(&dotted)
}

/// What the first part leads to, or more than one of them; `None` if it leads nowhere.
fn step(heap: &Heap, object: ObjectIx, parts: &[Part]) -> Option<(Found, usize)> {
    let one = |reference: Reference| (Found::by(reference), 1);
    match &parts[0] {
        Part::Attribute(name) => attribute(heap, object, name).map(one).or_else(|| {
            let found = in_words(heap, object, &Words::of(tame(name)))?;
            Some((Found { is_python: false, ..Found::by(found) }, 1))
        }),
        Part::Index(index) => {
            item(heap, object, &index.to_string()).map(|entry| behind_link(heap, entry, parts.get(1)))
        }
        Part::Key(key) => item(heap, object, key).map(|entry| behind_link(heap, entry, parts.get(1))),
        Part::Closure(name) => variable_called(heap, object, name).map(one),
        Part::Local(name) => in_words(heap, object, &Words::of(format!("{LOCAL}{}", quoted(name)))).map(one),
        Part::Entry(words) => entry(heap, object, words).map(|entry| behind_link(heap, entry, parts.get(1))),
        Part::Words(words)
            if words.id.is_none() && parts.len() > 1 && COLLECTIONS.contains(&&*words.text) =>
        {
            in_collection(heap, object, &words.text, &parts[1])
                .map(|reference| (Found::by(reference), 2))
                .or_else(|| in_words(heap, object, words).map(one))
        }
        // A name that Python would answer otherwise.
        Part::Words(words) => in_words(heap, object, words)
            .or_else(|| attribute(heap, object, &words.text).filter(|_| words.id.is_none()))
            .map(one),
        Part::Type => {
            let last = heap.references(object).find(|reference| reference.kind == EdgeKind::Type);
            heap.type_object(object).map(|object| (Found { object, last, is_python: true }, 1))
        }
        Part::AnyKey | Part::Deeper => None,
    }
}

/// Types of class attributes that give an instance something else than themselves.
const COMPUTED: [&str; 6] = [
    "property",
    "getset_descriptor",
    "member_descriptor",
    "collections._tuplegetter",
    "_collections._tuplegetter",
    "functools.cached_property",
];

/// What `object.name` gives: from the instance, its dict, its slots, or its classes, in that order.
fn attribute(heap: &Heap, object: ObjectIx, name: &str) -> Option<Reference> {
    let of_kind = |kind: EdgeKind| {
        heap.references(object).find(|reference| {
            reference.kind == kind
                && matches!(reference.label, Label::Name(label) if heap.snapshot().string(label) == name)
        })
    };
    let in_dict_of = |holder: ObjectIx| {
        heap.references(heap.attribute_dict(holder)?).find(|entry| {
            entry.kind == EdgeKind::DictValue
                && matches!(entry.label, Label::Key(key) if heap.exact_text(key) == Some(name))
        })
    };
    if name == "__dict__" {
        return heap.references(object).find(|reference| reference.kind == EdgeKind::InstanceDict);
    }
    let on_class = || {
        let class = if heap.is_type(object) { object } else { heap.type_object(object)? };
        let found = in_dict_of(heap.type_attributes(class)?.get(name)?.class)?;
        // What these give is worked out when it is asked for.
        let is_computed = !heap.is_type(object) && COMPUTED.contains(&heap.type_name(found.to));
        (!is_computed).then_some(found)
    };
    let in_slot = || of_kind(EdgeKind::Slot).filter(|_| heap.slot_is_plain(object, name));
    in_slot()
        .or_else(|| of_kind(EdgeKind::Attribute))
        .or_else(|| in_dict_of(object))
        .or_else(|| of_kind(EdgeKind::Slot))
        .or_else(on_class)
}

/// What the object keeps under a key in canonical form.
fn item(heap: &Heap, object: ObjectIx, key: &str) -> Option<Reference> {
    let index = key.parse::<u32>().ok();
    heap.references(object).find(|reference| match (reference.kind, reference.label) {
        (EdgeKind::Item, Label::Index(Some(found))) => index == Some(found),
        (EdgeKind::DictValue, Label::Key(found)) => literal(heap, found).as_deref() == Some(key),
        _ => false,
    })
}

/// What the object keeps under a key of that type with that id, or under a literal key.
fn entry(heap: &Heap, object: ObjectIx, words: &Words) -> Option<Reference> {
    let Some(id) = words.id else { return item(heap, object, &words.text) };
    heap.strong_references(object).find(|reference| match (reference.kind, reference.label) {
        (EdgeKind::DictValue, Label::Key(key)) => key == id && *tame(heap.type_name(key)) == *words.text,
        (EdgeKind::Item | EdgeKind::DictValue, Label::Index(None) | Label::None) => {
            reference.to == id && matches!(&*words.text, "item" | "value")
        }
        _ => false,
    })
}

/// One of the object's keys, members or temporaries.
fn in_collection(heap: &Heap, object: ObjectIx, name: &str, key: &Part) -> Option<Reference> {
    let is_it = |reference: &Reference| match key {
        Part::Index(index) => match reference.label {
            Label::Index(position) => position == Some(*index),
            _ => literal(heap, reference.to).is_some_and(|key| key == index.to_string()),
        },
        Part::Key(key) => {
            !matches!(reference.label, Label::Index(_)) && literal(heap, reference.to).as_deref() == Some(key)
        }
        Part::Entry(words) => words.id.is_some_and(|id| {
            reference.to == id
                && (*tame(heap.type_name(id)) == *words.text
                    || (&*words.text == "item" && reference.label == Label::Index(None)))
        }),
        _ => false,
    };
    heap.strong_references(object).filter(|reference| collection(reference.kind) == Some(name)).find(is_it)
}

/// An entry; behind a link of an `lru_cache` its result, unless the next part says that the link is meant.
fn behind_link(heap: &Heap, entry: Reference, next: Option<&Part>) -> (Found, usize) {
    if heap.type_name(entry.to) != LRU_LINK {
        return (Found::by(entry), 1);
    }
    if matches!(next, Some(Part::Words(words)) if &*words.text == LINK && words.id.is_none()) {
        return (Found::by(entry), 2);
    }
    let result = called(heap, entry.to, &Words::of("result")).next();
    (Found::by(result.unwrap_or(entry)), 1)
}

/// What the object holds in these words; up to CPython 3.10 a coroutine's variables are in its frame object.
fn in_words(heap: &Heap, object: ObjectIx, words: &Words) -> Option<Reference> {
    let found = called(heap, object, words).next();
    found.or_else(|| {
        let frame = heap.named_referent(object, EdgeKind::Slot, "cr_frame")?;
        called(heap, frame, words).next()
    })
}

fn missing(heap: &Heap, object: ObjectIx, part: &Part, text: &str, start: usize) -> SelectorError {
    let before = text[..start].trim();
    let what = match part {
        Part::Attribute(name) => format!("has no attribute '{name}'"),
        Part::Index(_) | Part::Key(_) => format!("has no item {part}"),
        Part::Closure(name) => format!("has no closure over a variable '{name}'"),
        Part::Local(name) => format!("has no local variable '{name}'"),
        Part::Entry(words) => format!("has no item [{words}]"),
        Part::Words(words) => format!("holds nothing as {words}"),
        Part::Type => "has a type that is not".to_owned(),
        Part::AnyKey | Part::Deeper => {
            "is the beginning of a pattern, which names no single object".to_owned()
        }
    };
    SelectorError::at(start, format!("'{before}' ({}) {what} in this snapshot", heap.type_name(object)))
}
