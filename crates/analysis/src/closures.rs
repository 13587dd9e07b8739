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
    let code = field(heap, functions.next()?, &["__code__"])?;
    // Since 3.11 all local variables are in one tuple, the free ones last.
    let names: Vec<ObjectIx> =
        items(heap, field(heap, code, &["co_freevars", "co_localsplusnames"])?).collect();
    let n_cells = items(heap, reference.from).count();
    let first = names.len().checked_sub(n_cells)?;
    heap.exact_text(*names.get(first + index as usize)?)
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
