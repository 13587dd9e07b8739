//! Names that code reads by texts: with `getattr`, with fields of a format, by patterns of classes.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Origin};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Row;
use super::names::Names;
use super::results::is_users as is_made_by_users;
use crate::heap::Heap;
use crate::literal::is_identifier;
use crate::roots::{node, object};

/// Containers around a text that are looked at.
const MAX_DEPTH: usize = 4;
/// Letters of a part of a name that code puts together.
const SHORTEST_PART: usize = 3;
/// Functions that read attributes by texts.
const BY_TEXT: [&str; 5] = ["getattr", "hasattr", "delattr", "attrgetter", "__dict__"];
/// Methods that read the attributes that stand in the fields of a text.
const FORMATTING: [&str; 2] = ["format", "format_map"];
/// The attribute that patterns of classes ask for names without saying them.
const MATCHED: &str = "__match_args__";

/// Texts by which code may read attributes.
#[derive(Default, Debug)]
pub(super) struct Texts {
    /// In code that reads by texts: whole names, or parts of such.
    parts: FxHashSet<String>,
    /// Whole names.
    names: FxHashSet<String>,
    /// Some code has patterns of classes.
    matches: bool,
    /// Code that reads whatever attributes there are.
    of_all: FxHashSet<ObjectIx>,
    /// Words in texts that may be expressions, if some code evaluates such.
    expressions: FxHashSet<String>,
}

impl Texts {
    /// O(code of the user's, and its constants).
    pub(super) fn new(
        heap: &Heap,
        by_code: &FxHashMap<ObjectIx, Vec<Row>>,
        globals: &FxHashMap<ObjectIx, ObjectIx>,
        giving_first: &FxHashSet<ObjectIx>,
    ) -> Self {
        let mut texts = Self::default();
        let evaluates = |(kind, name, _): &Row| match kind {
            NameKind::Global => name == "eval",
            NameKind::Attribute => ["eval", "query"].contains(&name.as_str()),
            _ => false,
        };
        if by_code.values().flatten().any(evaluates) {
            texts.expressions = words_of_expressions(heap);
        }
        for (code, rows) in by_code {
            let reads = |names: &[&str]| rows.iter().any(|(_, name, _)| names.contains(&name.as_str()));
            if reads(&BY_TEXT) {
                let parts: Vec<String> =
                    texts_of_code(heap, *code).flat_map(|text| names_in(text, ".")).collect();
                if parts.is_empty() {
                    // The texts come from elsewhere: from a list of names, if there is one.
                    let named = rows.iter().filter(|(kind, ..)| *kind == NameKind::Global);
                    let global = |name: &String| heap.dict_value(*globals.get(code)?, name);
                    let listed = named.filter_map(|(_, name, _)| global(name));
                    texts.names.extend(listed.flat_map(|listed| texts_among(heap, listed)));
                }
                texts.parts.extend(parts);
            }
            if reads(&FORMATTING) {
                let global = |name: &String| heap.exact_text(heap.dict_value(*globals.get(code)?, name)?);
                let named = rows.iter().filter(|(kind, ..)| *kind == NameKind::Global);
                let formats = texts_of_code(heap, *code).chain(named.filter_map(|(_, name, _)| global(name)));
                let fields = formats.filter(|text| text.contains('{'));
                texts.names.extend(fields.flat_map(|text| names_in(text, "{}.[]!: ")));
            }
            let lists = |(kind, name, _): &Row| match (kind, name.as_str()) {
                (NameKind::Attribute, "__dict__") | (NameKind::Global, "vars") => true,
                // It may be something else that is written.
                (NameKind::Attribute | NameKind::Global, "dumps" | "dump") => giving_first.contains(code),
                _ => false,
            };
            if rows.iter().any(lists) {
                texts.of_all.insert(*code);
            }
            if reads(&[MATCHED]) {
                texts.matches = true;
                texts.names.extend(patterns(heap, *code));
            }
        }
        for getter in heap.objects().filter(|object| heap.type_name(*object) == "operator.attrgetter") {
            let held = heap
                .references(getter)
                .flat_map(|one| std::iter::once(one.to).chain(heap.references(one.to).map(|inner| inner.to)));
            let found = held.filter_map(|text| heap.exact_text(text));
            texts.names.extend(found.flat_map(|text| names_in(text, ".")));
        }
        texts
    }

    /// Whether code may read the container by one of its names as a text, or by one that it puts together.
    pub(super) fn may_name(&self, heap: &Heap, container: ObjectIx, names: &Names) -> bool {
        let is_part =
            |name: &str| self.parts.iter().any(|text| is_fragment(text) && name.contains(text.as_str()));
        let attributes = || names.all.iter().filter(|(kind, _)| *kind == NameKind::Attribute);
        attributes().any(|(_, name)| self.parts.contains(name) || self.names.contains(name) || is_part(name))
            || (self.matches && attributes().any(|(_, name)| is_matched(heap, container, name)))
            || self.is_listed(heap, container)
    }

    /// Whether an expression in a text may read the name.
    pub(super) fn may_evaluate(&self, name: &str) -> bool {
        self.expressions.contains(name)
    }

    /// Whether a method of an object that holds the container reads all attributes there are.
    fn is_listed(&self, heap: &Heap, container: ObjectIx) -> bool {
        let lists = |method: ObjectIx| {
            let code = heap.named_referent(method, EdgeKind::Slot, "__code__");
            code.is_some_and(|code| self.of_all.contains(&code))
        };
        !self.of_all.is_empty()
            && owners(heap, container).into_iter().any(|owner| {
                let class = heap.type_object(owner).filter(|class| heap.is_python_class(*class));
                let attributes = class.and_then(|class| heap.type_attributes(class));
                attributes.is_some_and(|all| all.values().any(|found| lists(found.value)))
            })
    }
}

/// What has the container as an attribute.
pub(super) fn owners(heap: &Heap, container: ObjectIx) -> Vec<ObjectIx> {
    const MAX_HOLDERS: usize = 64;
    let holders = heap.graph().incoming(node(container)).take(MAX_HOLDERS).map(object);
    holders.map(|holder| heap.owner_of_dict(holder).unwrap_or(holder)).collect()
}

/// Whether the class of an object that holds the container names the attribute for patterns.
fn is_matched(heap: &Heap, container: ObjectIx, name: &str) -> bool {
    owners(heap, container).into_iter().any(|owner| {
        let named = heap.class_attribute(owner, MATCHED).flatten();
        named.is_some_and(|found| {
            heap.references(found.value).any(|item| heap.exact_text(item.to) == Some(name))
        })
    })
}

/// The tuples among the constants of a code object.
pub(super) fn tuples_of_code(heap: &Heap, code: ObjectIx) -> impl Iterator<Item = ObjectIx> + '_ {
    constants(heap, code).filter(|constant| heap.is_exactly(*constant, "tuple"))
}

/// The names of attributes in patterns: they stand in tuples among the constants.
fn patterns(heap: &Heap, code: ObjectIx) -> Vec<String> {
    let texts = tuples_of_code(heap, code)
        .flat_map(|tuple| heap.references(tuple))
        .filter_map(|item| heap.exact_text(item.to));
    texts.map(str::to_owned).collect()
}

/// `_cache`, `do_`: what names are put together of.
fn is_fragment(text: &str) -> bool {
    text.len() >= SHORTEST_PART && (text.starts_with('_') || text.ends_with('_'))
}

/// The words of all texts that may be expressions: one line with a space, kept as a value and not by code.
fn words_of_expressions(heap: &Heap) -> FxHashSet<String> {
    const MAX_HOLDERS: usize = 16;
    let is_in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_value = |text: ObjectIx| {
        let mut holders = heap.graph().incoming(node(text)).take(MAX_HOLDERS).map(object);
        holders.any(|holder| match heap.type_name(holder) {
            "list" | "dict" | "set" => !is_history(heap, holder) && is_users(heap, holder, MAX_DEPTH),
            _ => is_made_by_users(heap, holder),
        })
    };
    let mut words = FxHashSet::default();
    for object in heap.objects().filter(|object| heap.is_exactly(*object, "str")) {
        let Some(text) = heap.exact_text(object) else { continue };
        if text.contains(' ') && !text.contains('\n') && is_value(object) {
            let found = text.split(|letter| !is_in_word(letter)).filter(|word| is_identifier(word));
            words.extend(found.map(str::to_owned));
        }
    }
    words
}

/// Whether a module or an object of the user's has the container, or one around it.
fn is_users(heap: &Heap, container: ObjectIx, depth: usize) -> bool {
    const MAX_HOLDERS: usize = 16;
    if heap.namespaces().of_dict(container).is_some() {
        return false;
    }
    let mut holders = heap.graph().incoming(node(container)).take(MAX_HOLDERS).map(object);
    heap.owner_of_dict(container).is_some_and(|owner| is_made_by_users(heap, owner))
        || holders.any(|holder| match heap.namespaces().of_dict(holder) {
            Some((_, origin)) => origin == Origin::User,
            None if ["list", "dict", "tuple"].contains(&heap.type_name(holder)) => {
                depth > 0 && is_users(heap, holder, depth - 1)
            }
            None => is_made_by_users(heap, holder),
        })
}

/// Whether a notebook keeps in it what was typed.
fn is_history(heap: &Heap, list: ObjectIx) -> bool {
    owners(heap, list).into_iter().any(|owner| heap.type_name(owner).starts_with("IPython."))
}

/// Texts among the items of a builtin container.
fn texts_among(heap: &Heap, container: ObjectIx) -> Vec<String> {
    const MAX_ITEMS: usize = 256;
    if !["tuple", "list", "set", "frozenset", "dict"].contains(&heap.type_name(container)) {
        return Vec::new();
    }
    let items = heap.references(container).take(MAX_ITEMS).filter_map(|item| heap.exact_text(item.to));
    items.map(str::to_owned).collect()
}

/// The identifiers in a text, which `marks` part.
fn names_in(text: &str, marks: &str) -> Vec<String> {
    let names = text.split(|letter| marks.contains(letter));
    names.filter(|name| is_identifier(name)).map(str::to_owned).collect()
}

pub(super) fn texts_of_code(heap: &Heap, code: ObjectIx) -> impl Iterator<Item = &str> {
    constants(heap, code).filter_map(|constant| heap.exact_text(constant))
}

fn constants(heap: &Heap, code: ObjectIx) -> impl Iterator<Item = ObjectIx> + '_ {
    let constants = heap.named_referent(code, EdgeKind::Slot, "co_consts");
    constants.into_iter().flat_map(|constants| heap.references(constants)).map(|constant| constant.to)
}
