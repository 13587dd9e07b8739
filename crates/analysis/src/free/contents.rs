//! Of a container or a cache that no line lets go: its contents, which may go all the same.

use heapview_graph::PathEdge;
use heapview_snapshot::{EdgeKind, ObjectIx};

use super::ease::{Ease, Eases, is_lru_cache};
use super::effects;
use super::emptying::Emptying;
use super::naming::{Named, named};
use super::statement::{Found, Statement, first_name, is_used_for_many};
use crate::heap::Heap;
use crate::path::python_path;
use crate::reference::Reference;
use crate::roots::HeapRoot;

/// What empties a container where it is.
pub(super) struct Contents {
    pub found: Found,
    /// The elements that go.
    pub references: Vec<Reference>,
    pub edges: Vec<PathEdge>,
}

/// The line that empties `object`; `None` if it is nothing to empty, or if that could take from the program what it
/// counts on: elements of several types, functions, classes, and what code reads.
pub(super) fn contents(heap: &Heap, eases: &Eases<'_>, object: ObjectIx) -> Option<Contents> {
    let (emptying, references, edges) = if is_lru_cache(heap, object) {
        if !is_used_for_many(heap, object) {
            return None;
        }
        let cache = heap.named_referent(object, EdgeKind::Internal, "cache")?;
        let entry = heap.strong_references(object).find(|reference| reference.to == cache)?;
        if !matches!(eases.of_reference(&entry), Ease::Line(_)) {
            return None;
        }
        (None, vec![entry], effects::of_reference(heap, &entry, true))
    } else {
        let container = eases.ownership.container(object)?;
        let is_open = matches!(eases.of_place(object), Some(Ease::Line(_)));
        if !is_open || eases.is_garbage_list(object) || !is_of_one_kind(heap, eases, object) {
            return None;
        }
        let elements: Vec<Reference> =
            heap.strong_references(object).filter(|reference| is_element(reference.kind)).collect();
        let emptying = Emptying::new(heap, object, container, &elements)?;
        (Some(emptying), elements, effects::of_all_elements(heap, object))
    };
    let line = |root: &HeapRoot, steps: &[Reference]| {
        let path = python_path(heap, root, &steps[..steps.len() - 1])?;
        let lines = match &emptying {
            Some(emptying) => emptying.lines(heap, &path.to_string())?,
            None => vec![format!("{path}.cache_clear()")],
        };
        Some(Found::line(Statement::Run(lines), vec![first_name(&path)]))
    };
    match named(heap, (*references.first()?, 0), &|_| false, &line) {
        Named::Line(found, cost) => Some(Contents { found: Found { cost, ..found }, references, edges }),
        _ => None,
    }
}

fn is_element(kind: EdgeKind) -> bool {
    matches!(kind, EdgeKind::Item | EdgeKind::DictKey | EdgeKind::DictValue | EdgeKind::SetMember)
}

/// Whether all elements but `None` are data, of one type or of builtin ones, or so many definitions of one name that
/// the program must have made them one after another.
fn is_of_one_kind(heap: &Heap, eases: &Eases<'_>, container: ObjectIx) -> bool {
    const PLAIN: [&str; 10] =
        ["str", "bytes", "bytearray", "int", "float", "bool", "complex", "tuple", "list", "dict"];
    const CODE: [&str; 4] = ["method", "builtin_function_or_method", "functools.partial", "method-wrapper"];
    let is_data =
        |element: ObjectIx| !eases.is_definition(element) && !CODE.contains(&heap.type_name(element));
    let is_value = |kind| is_element(kind) && kind != EdgeKind::DictKey;
    let elements = heap.strong_references(container).filter(|reference| is_value(reference.kind));
    let elements: Vec<ObjectIx> =
        elements.map(|element| element.to).filter(|one| !heap.is_exactly(*one, "NoneType")).collect();
    let Some(first) = elements.first() else { return false };
    if elements.iter().all(|one| PLAIN.contains(&heap.type_name(*one))) {
        return true;
    }
    let type_ix = heap.snapshot().type_ix(*first);
    if !elements.iter().all(|element| heap.snapshot().type_ix(*element) == type_ix) {
        return false;
    }
    elements.iter().all(|element| is_data(*element)) || are_made_alike(heap, &elements)
}

/// Whether these are many classes of one name.
fn are_made_alike(heap: &Heap, elements: &[ObjectIx]) -> bool {
    const MANY: usize = 8;
    let name = |class: ObjectIx| heap.snapshot().preview(class).map(|preview| preview.text);
    let first = elements.first().and_then(|first| name(*first));
    elements.len() >= MANY
        && first.is_some()
        && elements.iter().all(|class| heap.is_type(*class) && name(*class) == first)
}
