//! Whether objects have a state that code changes after they were made: made again they would be others.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Uses};

use super::results::is_users;
use super::texts::{texts_of_code, tuples_of_code};
use super::{Readers, name_of_code};
use crate::heap::Heap;
use crate::literal::is_identifier;
use crate::reference::Label;
use crate::roots::{node, object};

/// Methods in which an object gets what it starts with.
pub(super) const MAKING: [&str; 5] =
    ["__init__", "__new__", "__post_init__", "__setstate__", "__init_subclass__"];
/// Builtin containers that can be changed.
const CHANGEABLE: [&str; 8] = [
    "list",
    "dict",
    "set",
    "bytearray",
    "collections.deque",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
];
/// What stands between a class and a function of it.
const WRAPPERS: [&str; 4] = ["property", "classmethod", "staticmethod", "functools.cached_property"];
/// Parts of parts that are looked at.
const MAX_DEPTH: usize = 3;

impl Readers {
    /// Code that changes objects of this one's class after they were made, or what only such an object holds.
    pub(crate) fn changing_state(&self, heap: &Heap, of: ObjectIx) -> Option<ObjectIx> {
        self.changing_part(heap, of, MAX_DEPTH)
    }

    fn changing_part(&self, heap: &Heap, of: ObjectIx, depth: usize) -> Option<ObjectIx> {
        let class = heap.type_object(of).filter(|_| is_users(heap, of) && depth > 0)?;
        attributes(heap, of).into_iter().find_map(|(name, value)| {
            let is_own = || {
                let above = heap.dominator(value);
                above == Some(of) || above.is_some_and(|above| heap.attribute_dict(of) == Some(above))
            };
            self.changing_attribute(heap, class, name, value)
                .or_else(|| is_own().then(|| self.changing_part(heap, value, depth - 1)).flatten())
        })
    }

    /// Code that sets or changes the attribute.
    fn changing_attribute(
        &self,
        heap: &Heap,
        class: ObjectIx,
        name: &str,
        value: ObjectIx,
    ) -> Option<ObjectIx> {
        let changes = |code: ObjectIx, uses: Uses| {
            uses.has(Uses::CHANGED.with(Uses::REBIND))
                || (uses.has(Uses::METHOD) && self.has_changing_method(heap, code, value))
                || (uses.has(Uses::ESCAPE)
                    && (fills(heap, code)
                        || (is_changeable(heap, value) && self.hands_to_changing(heap, code))))
        };
        let rows = self.by_name.get(&(NameKind::Attribute, name.to_owned())).into_iter().flatten();
        let changing = rows.filter(|(code, uses)| changes(*code, *uses)).map(|(code, _)| *code);
        let setting = self.setting.iter().copied().filter(|code| self.may_set(heap, *code, class, name));
        let is_later = |code: &ObjectIx| !MAKING.contains(&name_of_code(heap, *code));
        changing.chain(setting).find(|code| is_later(code) && !self.is_of_another(heap, *code, class, name))
    }

    /// Whether code that sets attributes by texts may set this one.
    fn may_set(&self, heap: &Heap, code: ObjectIx, class: ObjectIx, name: &str) -> bool {
        let mut texts = texts_of_code(heap, code).filter(|text| is_identifier(text)).peekable();
        if texts.peek().is_some() {
            return texts.any(|text| text == name);
        }
        self.class_of(heap, code).is_none_or(|other| is_related(heap, class, other))
    }

    /// Whether the code is a method of a class that has an attribute of this name for itself.
    fn is_of_another(&self, heap: &Heap, code: ObjectIx, class: ObjectIx, name: &str) -> bool {
        let Some(other) = self.class_of(heap, code) else { return false };
        let has_itself = || {
            let attributes = heap.type_attributes(other)?;
            let made = MAKING.iter().filter_map(|making| attributes.get(*making));
            let mut codes =
                made.filter_map(|found| heap.named_referent(found.value, EdgeKind::Slot, "__code__"));
            let sets = |code: ObjectIx| {
                let rows = self.by_code.get(&code).into_iter().flatten();
                rows.filter(|(kind, known, _)| *kind == NameKind::Attribute && known == name)
                    .any(|(.., uses)| uses.has(Uses::REBIND))
            };
            (attributes.contains_key(name) || codes.any(sets)).then_some(())
        };
        !is_related(heap, class, other) && has_itself().is_some()
    }

    /// The class that has a function of this code.
    pub(super) fn class_of(&self, heap: &Heap, code: ObjectIx) -> Option<ObjectIx> {
        let functions = self.functions.get(&code).into_iter().flatten();
        functions.into_iter().find_map(|function| class_with(heap, *function))
    }

    /// Whether the code calls something of the user's that changes what it is given, or keeps things for its instance.
    pub(super) fn hands_to_changing(&self, heap: &Heap, code: ObjectIx) -> bool {
        self.changing_first.contains(&code) || self.calls_changing(heap, code)
    }

    /// Whether the code calls something of the user's that changes what it is given.
    pub(super) fn calls_changing(&self, heap: &Heap, code: ObjectIx) -> bool {
        let rows = self.by_code.get(&code).into_iter().flatten();
        let mut names = rows.filter(|(kind, ..)| matches!(kind, NameKind::Global | NameKind::Attribute));
        names.any(|(_, name, _)| {
            self.changing.get(name).is_some_and(|codes| {
                codes.iter().any(|(code, is_first)| !is_first || self.class_of(heap, *code).is_none())
            })
        })
    }
}

/// Whether the code has results written into what it gives: `np.add(a, 1, out=a)`.
fn fills(heap: &Heap, code: ObjectIx) -> bool {
    let mut words = tuples_of_code(heap, code).flat_map(|tuple| heap.references(tuple));
    words.any(|word| heap.exact_text(word.to) == Some("out"))
}

/// The attributes that the object itself has.
fn attributes(heap: &Heap, of: ObjectIx) -> Vec<(&str, ObjectIx)> {
    let own = heap.references(of).filter_map(|one| match (one.kind, one.label) {
        (EdgeKind::Attribute | EdgeKind::Slot, Label::Name(name)) => {
            Some((heap.snapshot().string(name), one.to))
        }
        _ => None,
    });
    let dict = heap.attribute_dict(of).into_iter().flat_map(|dict| heap.references(dict));
    let of_dict = dict.filter_map(|one| match one.label {
        Label::Key(key) => Some((heap.exact_text(key)?, one.to)),
        _ => None,
    });
    own.chain(of_dict).collect()
}

/// Whether it is a builtin container that can be changed.
pub(super) fn is_changeable(heap: &Heap, object: ObjectIx) -> bool {
    CHANGEABLE.contains(&heap.type_name(object))
}

/// Whether one of the classes is a base of the other.
fn is_related(heap: &Heap, one: ObjectIx, other: ObjectIx) -> bool {
    let is_base = |base: ObjectIx, class: ObjectIx| {
        let mro = heap.named_referent(class, EdgeKind::Slot, "__mro__");
        mro.is_some_and(|mro| heap.references(mro).any(|item| item.to == base))
    };
    one == other || is_base(one, other) || is_base(other, one)
}

/// The class that has the function for a method, a property or the like.
fn class_with(heap: &Heap, function: ObjectIx) -> Option<ObjectIx> {
    const MAX_HOLDERS: usize = 64;
    let holders = |of| heap.graph().incoming(node(of)).take(MAX_HOLDERS).map(object);
    let class_of_dict = |dict| heap.owner_of_dict(dict).filter(|owner| heap.is_type(*owner));
    holders(function).find_map(|holder| {
        if WRAPPERS.contains(&heap.type_name(holder)) {
            return holders(holder).find_map(class_of_dict);
        }
        class_of_dict(holder)
    })
}
