//! Sets of objects, and the selectors by which people name them.

use heapview_graph::{NodeSet, retained_set};
use heapview_snapshot::{Address, ObjectIx, TypeIx};

use crate::heap::Heap;
use crate::path::select_path;
use crate::roots::{node, object};

/// Some objects, in an order that means something.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selection {
    pub objects: Vec<ObjectIx>,
}

/// Why a selector names nothing. The message is one sentence; `at` is where in the selector, in bytes, if known.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct SelectorError {
    pub message: String,
    pub at: Option<usize>,
}

impl SelectorError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None }
    }

    pub(crate) fn at(position: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at: Some(position) }
    }
}

/// The objects that `selector` names: `@1a2b`, `0x7f..`, `type:NAME` (largest retained size first), or a path as it
/// is printed: `Out[5]`, `quote.<cache>['k']`, `SESSIONS[*].history` (all objects of the pattern).
pub fn select(heap: &Heap, selector: &str) -> Result<Selection, SelectorError> {
    let selector = selector.trim();
    let one = |object| Ok(Selection { objects: vec![object] });
    if selector.starts_with('@') {
        let ix: ObjectIx = selector.parse().map_err(|_| {
            SelectorError::new(format!("expected an object id such as @1a2b, found {selector}"))
        })?;
        if ix.index() >= heap.n_objects() {
            return Err(SelectorError::new(format!(
                "no object {ix}: the last of this snapshot is @{:x}",
                heap.n_objects().saturating_sub(1)
            )));
        }
        return one(ix);
    }
    if selector.starts_with("0x") || selector.starts_with("0X") {
        let address: Address = selector.parse().map_err(|_| {
            SelectorError::new(format!("expected an address such as 0x7f00aa10, found {selector}"))
        })?;
        return match heap.snapshot().find(address) {
            Some(object) => one(object),
            None => Err(SelectorError::new(format!("no object at address {address} in this snapshot"))),
        };
    }
    if let Some(name) = selector.strip_prefix("type:") {
        return of_type_name(heap, name.trim());
    }
    select_path(heap, selector)
}

/// All objects of one type, largest retained size first. O(n log n).
pub fn of_type(heap: &Heap, type_ix: TypeIx) -> Selection {
    of_types(heap, &[type_ix])
}

fn of_type_name(heap: &Heap, name: &str) -> Result<Selection, SelectorError> {
    let types = heap.snapshot().types().iter().enumerate();
    let positions = |matches: &dyn Fn(&heapview_snapshot::TypeRow) -> bool| -> Vec<TypeIx> {
        types
            .clone()
            .filter(|(_, row)| matches(row))
            .map(|(position, _)| TypeIx::new(position as u32))
            .collect()
    };
    let mut found = positions(&|row| row.name == name);
    if found.is_empty() {
        found = positions(&|row| row.qualname == name || row.qualname.rsplit('.').next() == Some(name));
    }
    let selection = of_types(heap, &found);
    if selection.objects.is_empty() {
        return Err(SelectorError::new(format!("no object of type '{name}' in this snapshot")));
    }
    Ok(selection)
}

fn of_types(heap: &Heap, types: &[TypeIx]) -> Selection {
    let mut objects: Vec<ObjectIx> =
        heap.objects().filter(|object| types.contains(&heap.snapshot().type_ix(*object))).collect();
    objects.sort_by_key(|object| (std::cmp::Reverse(heap.retained_size(*object)), *object));
    Selection { objects }
}

/// Whether an object is in the selection; all are if there is none.
pub(crate) fn membership(heap: &Heap, of: Option<&Selection>) -> impl Fn(ObjectIx) -> bool {
    let selected = of.map(|selection| {
        let mut selected = vec![false; heap.n_objects()];
        for object in &selection.objects {
            selected[object.index()] = true;
        }
        selected
    });
    move |object| selected.as_ref().is_none_or(|selected| selected[object.index()])
}

impl Heap {
    /// Bytes of these objects themselves.
    pub fn shallow_size_of_set(&self, objects: &[ObjectIx]) -> u64 {
        objects.iter().fold(0, |sum: u64, object| sum.saturating_add(self.shallow_size(*object)))
    }

    /// Bytes that would be freed if all these objects became unreachable at once; of those that are already, bytes
    /// that are freed with them. O(objects + references).
    pub fn retained_size_of_set(&self, objects: &[ObjectIx]) -> u64 {
        let mut set = NodeSet::new(self.n_objects());
        for object in objects {
            self.check_in(object.index());
            set.insert(node(*object));
        }
        let has_garbage = objects.iter().any(|object| !self.is_reachable(*object));
        let of_garbage =
            if has_garbage { self.garbage().retained_size_of_set(objects, self.cancel()) } else { 0 };
        let retained =
            retained_set(self.graph(), self.dominator_tree(), &self.root_nodes(), &set, self.cancel());
        self.dominator_tree()
            .preorder()
            .filter(|node| retained.contains(*node))
            .fold(of_garbage, |sum, node| sum.saturating_add(self.shallow_size(object(node))))
    }
}
