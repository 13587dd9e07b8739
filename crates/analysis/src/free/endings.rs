//! Objects whose end has effects elsewhere: `weakref.finalize`, temporary files, a `__del__` that changes what is global.

use heapview_snapshot::{NameKind, ObjectIx, TypeIx, Uses};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

use super::ownership::Ownership;
use super::weak::WeakReference;
use crate::heap::Heap;

/// Instances of one type that are looked at.
const MOST_OF_TYPE: u32 = 8;
/// Objects that are looked at for one that goes.
const MOST_LOOKED_AT: usize = 64;
/// Files that go from the disk with their objects.
const TEMPORARY: [&str; 2] = ["tempfile._TemporaryFileCloser", "tempfile.TemporaryDirectory"];

pub(super) struct Endings<'a> {
    heap: &'a Heap,
    /// What `weakref.finalize` waits for.
    finalized: FxHashSet<ObjectIx>,
    /// How many of a type were looked at, and whether one of them has effects.
    known: RefCell<FxHashMap<TypeIx, (u32, bool)>>,
}

impl<'a> Endings<'a> {
    /// O(weak references).
    pub(super) fn new(heap: &'a Heap, weak: &[WeakReference]) -> Self {
        let is_finalizing = |one: &&WeakReference| {
            heap.references(one.reference).any(|held| heap.type_name(held.to) == "weakref.finalize")
        };
        let finalized = weak.iter().filter(is_finalizing).map(|one| one.referent).collect();
        Self { heap, finalized, known: RefCell::default() }
    }

    /// Whether something elsewhere changes when the object goes. O(64).
    pub(super) fn has_effects(&self, ownership: &Ownership<'_>, object: ObjectIx) -> bool {
        let type_ix = self.heap.snapshot().type_ix(object);
        let (n_seen, found) = self.known.borrow().get(&type_ix).copied().unwrap_or_default();
        if found || n_seen >= MOST_OF_TYPE {
            return found;
        }
        let found = self.looks_so(ownership, object);
        self.known.borrow_mut().insert(type_ix, (n_seen + 1, found));
        found
    }

    fn looks_so(&self, ownership: &Ownership<'_>, object: ObjectIx) -> bool {
        let heap = self.heap;
        let mut seen = vec![object];
        let mut at = 0;
        while at < seen.len() {
            let here = seen[at];
            at += 1;
            let name = heap.type_name(here);
            let is_finalized = self.finalized.contains(&here) || TEMPORARY.contains(&name);
            if is_finalized || ownership.ends_by_changing(here) {
                return true;
            }
            for held in heap.strong_references(here) {
                let goes_along = heap.dominator(held.to).is_some_and(|above| seen.contains(&above));
                if seen.len() < MOST_LOOKED_AT && goes_along && !seen.contains(&held.to) {
                    seen.push(held.to);
                }
            }
        }
        false
    }
}

impl Ownership<'_> {
    /// Whether the class has a `__del__` of the user's that changes what has a global name.
    fn ends_by_changing(&self, object: ObjectIx) -> bool {
        self.uses_of_method(object, "__del__")
            .iter()
            .any(|(kind, uses)| *kind == NameKind::Global && uses.has(Uses::CHANGED))
    }
}
