//! What Python's lookups on the objects of one path give: the same for all of one type, and asked once for each.

use heapview_snapshot::{ObjectIx, TypeIx};
use rustc_hash::FxHashMap;

use crate::heap::Heap;
use crate::literal::{is_identifier, literal};

/// A question whose answer depends on an object's type alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Lookup<'a> {
    Instance(&'a str),
    Slot(&'a str),
    Subscript(&'static str),
}

/// What a path has a word for, besides its references.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    Task,
    Traceback,
}

/// Whether the object is a task of asyncio's or a traceback.
pub(crate) fn special(heap: &Heap, object: ObjectIx) -> Special {
    match heap.type_name(object) {
        "traceback" => Special::Traceback,
        name if name.ends_with("asyncio.Task") || name == "asyncio.tasks.Task" => Special::Task,
        _ => Special::None,
    }
}

/// Answers given so far. A chain of a million nodes has few types.
pub(crate) struct Lookups<'a> {
    heap: &'a Heap,
    known: FxHashMap<(TypeIx, Lookup<'a>), bool>,
    /// The answer given last: nodes of a chain ask the same again and again.
    last_answer: Option<((TypeIx, Lookup<'a>), bool)>,
    last_special: Option<(TypeIx, Special)>,
    /// The key asked about last: nodes of a chain share theirs.
    last_key: Option<(ObjectIx, Option<String>)>,
}

impl<'a> Lookups<'a> {
    pub(crate) fn new(heap: &'a Heap) -> Self {
        Self { heap, known: FxHashMap::default(), last_answer: None, last_special: None, last_key: None }
    }

    /// Whether `obj.name` can be written, and gives what the instance itself keeps under `name`.
    pub(crate) fn instance_attribute_is_plain(&mut self, object: ObjectIx, name: &'a str) -> bool {
        self.answer(object, Lookup::Instance(name), |heap| {
            is_identifier(name) && heap.instance_attribute_is_plain(object, name)
        })
    }

    /// Whether `obj.name` can be written, and reads a member or getter of the type.
    pub(crate) fn slot_is_plain(&mut self, object: ObjectIx, name: &'a str) -> bool {
        self.answer(object, Lookup::Slot(name), |heap| {
            is_identifier(name) && heap.slot_is_plain(object, name)
        })
    }

    /// Whether subscription is that of the builtin container `container`.
    pub(crate) fn subscript_is_plain(&mut self, object: ObjectIx, container: &'static str) -> bool {
        self.answer(object, Lookup::Subscript(container), |heap| heap.subscript_is_plain(object, container))
    }

    /// Whether the object is a task of asyncio's or a traceback.
    pub(crate) fn special(&mut self, object: ObjectIx) -> Special {
        let type_ix = self.heap.snapshot().type_ix(object);
        match self.last_special {
            Some((last, special)) if last == type_ix => special,
            _ => {
                let special = special(self.heap, object);
                self.last_special = Some((type_ix, special));
                special
            }
        }
    }

    /// The key as a literal, if it has one.
    pub(crate) fn literal(&mut self, key: ObjectIx) -> Option<&str> {
        if self.last_key.as_ref().is_none_or(|(last, _)| *last != key) {
            self.last_key = Some((key, literal(self.heap, key)));
        }
        self.last_key.as_ref().and_then(|(_, text)| text.as_deref())
    }

    fn answer(&mut self, object: ObjectIx, lookup: Lookup<'a>, ask: impl FnOnce(&Heap) -> bool) -> bool {
        let key = (self.heap.snapshot().type_ix(object), lookup);
        if let Some((last, answer)) = self.last_answer
            && last == key
        {
            return answer;
        }
        let answer = *self.known.entry(key).or_insert_with(|| ask(self.heap));
        self.last_answer = Some((key, answer));
        answer
    }
}
