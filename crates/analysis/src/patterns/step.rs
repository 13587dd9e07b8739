//! One step of a path pattern.

use heapview_snapshot::{EdgeKind, ObjectIx, StrIx};
use rustc_hash::FxHashMap;

use crate::heap::Heap;
use crate::literal::is_identifier;
use crate::reference::{Label, Reference};

/// Dicts with more entries are no records: their keys are data.
const MAX_FIELDS: u64 = 32;
/// Longer tuples are lists.
const MAX_ITEMS: u64 = 8;

/// What stands between a holder and what it holds, as far as patterns tell steps apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum StepLabel {
    None,
    Name(StrIx),
    Index(u32),
    /// A key by its text's number.
    Key(u32),
    /// Any index or key.
    Any,
}

/// A step and the reference it was first seen as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Step {
    pub kind: EdgeKind,
    pub label: StepLabel,
}

/// Numbers for the texts of keys.
#[derive(Default)]
pub(super) struct Keys<'a>(FxHashMap<&'a str, u32>);

impl<'a> Keys<'a> {
    fn number(&mut self, text: &'a str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(text).or_insert(next)
    }

    /// The step of a reference. `is_attribute_dict`: its holder is some object's `__dict__`.
    pub(super) fn step(&mut self, heap: &'a Heap, reference: &Reference, is_attribute_dict: bool) -> Step {
        let n_edges = || heap.snapshot().n_edges_of(reference.from);
        let label = match (reference.kind, reference.label) {
            (EdgeKind::Item, Label::Index(Some(index)))
                if n_edges() <= MAX_ITEMS && heap.is_exactly(reference.from, "tuple") =>
            {
                StepLabel::Index(index)
            }
            (EdgeKind::DictValue, Label::Key(key)) => match heap.exact_text(key) {
                Some(text) if is_attribute_dict => StepLabel::Key(self.number(text)),
                Some(text) if n_edges() <= 2 * MAX_FIELDS && is_identifier(text) => {
                    StepLabel::Key(self.number(text))
                }
                _ => StepLabel::Any,
            },
            (EdgeKind::Item | EdgeKind::Stack | EdgeKind::DictValue, _) => StepLabel::Any,
            (_, Label::Name(name)) => StepLabel::Name(name),
            (_, Label::Offset(Some(word))) => StepLabel::Index(word),
            _ => StepLabel::None,
        };
        Step { kind: reference.kind, label }
    }
}

/// The reference with what the step leaves open taken out.
pub(super) fn opened(step: Step, reference: Reference) -> Reference {
    let label = match (step.label, reference.kind) {
        (StepLabel::Any, EdgeKind::DictValue) => Label::None,
        (StepLabel::Any, _) => Label::Index(None),
        _ => reference.label,
    };
    Reference { label, ..reference }
}

/// Whether instances of the object's type are told apart by their class: a class found again on a path is a
/// structure that holds its own kind.
pub(crate) fn has_class(heap: &Heap, object: ObjectIx) -> bool {
    use heapview_snapshot::TypeFlags;

    let flags = heap.snapshot().type_of(object).flags;
    flags.contains(TypeFlags::HEAP_TYPE) && !flags.contains(TypeFlags::TYPE_SUBCLASS)
}
