//! Which free variable of a function a cell stands for.

use heapview_snapshot::{EdgeKind, ObjectIx};

use crate::heap::Heap;
use crate::reference::{Label, Reference};
use crate::roots::{node, object};

/// The variable's name, if `reference` leads from the closure of a function to one of its cells.
/// O(holders of the closure + names in the function's code).
pub fn free_variable<'a>(heap: &'a Heap, reference: &Reference) -> Option<&'a str> {
    let Label::Index(Some(index)) = reference.label else { return None };
    if !heap.is_exactly(reference.to, "cell") || !heap.is_exactly(reference.from, "tuple") {
        return None;
    }
    let holders = heap.graph().incoming(node(reference.from)).map(object);
    let mut functions =
        holders.filter(|holder| field(heap, *holder, &["__closure__"]) == Some(reference.from));
    variable_at(heap, functions.next()?, index as usize)
}

/// The name of the free variable at a place in a function's closure. O(names in the function's code).
pub(crate) fn variable_at(heap: &Heap, function: ObjectIx, place: usize) -> Option<&str> {
    let code = field(heap, function, &["__code__"])?;
    // Since 3.11 all local variables are in one tuple, the free ones last.
    let names: Vec<ObjectIx> =
        items(heap, field(heap, code, &["co_freevars", "co_localsplusnames"])?).collect();
    let n_cells = items(heap, field(heap, function, &["__closure__"])?).count();
    let first = names.len().checked_sub(n_cells)?;
    heap.exact_text(*names.get(first + place)?)
}

/// The reference from a cell to what a function keeps of its free variable `name`.
pub(crate) fn variable_called(heap: &Heap, function: ObjectIx, name: &str) -> Option<Reference> {
    let closure = field(heap, function, &["__closure__"])?;
    let (_, cell) = items(heap, closure)
        .enumerate()
        .find(|(place, _)| variable_at(heap, function, *place) == Some(name))?;
    let is_contents = |reference: &Reference| matches!(reference.label, Label::Name(name) if heap.snapshot().string(name) == "cell_contents");
    heap.strong_references(cell).find(is_contents)
}

fn field(heap: &Heap, holder: ObjectIx, names: &[&str]) -> Option<ObjectIx> {
    let is_wanted = |reference: &Reference| match reference.label {
        Label::Name(name) => {
            matches!(reference.kind, EdgeKind::Slot | EdgeKind::Internal)
                && names.contains(&heap.snapshot().string(name))
        }
        _ => false,
    };
    heap.references(holder).find(is_wanted).map(|reference| reference.to)
}

fn items(heap: &Heap, tuple: ObjectIx) -> impl Iterator<Item = ObjectIx> + '_ {
    heap.references(tuple).filter(|reference| reference.kind == EdgeKind::Item).map(|reference| reference.to)
}
