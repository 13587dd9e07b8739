//! What goes along with what was asked about, though nobody asked.

use heapview_snapshot::{ObjectIx, TypeIx};
use rustc_hash::{FxHashMap, FxHashSet};

use super::costs::only_leads_on;
use crate::heap::Heap;

/// What keeps so many times the bytes asked about is not given up for them.
const MAX_TIMES: u64 = 4;
/// Bytes that are always too few to matter.
const LITTLE: u64 = 4096;
/// Instances of a class: of so many one may go.
const SEVERAL: u32 = 3;
/// Dominators of what was asked about are looked at this far up.
const HIGHEST: usize = 64;
/// Of more objects asked about, nobody reckons who keeps what.
const MAX_WANTED: usize = 200_000;

/// How much of what was asked about each object keeps, and how many objects there are of each type.
pub(super) struct Along {
    /// Bytes, by what dominates them.
    below: FxHashMap<ObjectIx, u64>,
    /// Bytes of the largest object asked about.
    largest: u64,
    n_instances: FxHashMap<TypeIx, u32>,
}

impl Along {
    /// O(objects), and 64 steps for each object asked about.
    pub(super) fn new(heap: &Heap, wanted: &FxHashSet<ObjectIx>) -> Self {
        let mut below: FxHashMap<ObjectIx, u64> = FxHashMap::default();
        for object in wanted.iter().take(MAX_WANTED) {
            let size = heap.retained_size(*object);
            let mut at = heap.dominator(*object);
            for _ in 0..HIGHEST {
                let Some(keeper) = at else { break };
                *below.entry(keeper).or_default() += size;
                at = heap.dominator(keeper);
            }
        }
        let mut n_instances: FxHashMap<TypeIx, u32> = FxHashMap::default();
        for object in heap.objects() {
            *n_instances.entry(heap.snapshot().type_ix(object)).or_default() += 1;
        }
        let largest = wanted.iter().map(|object| heap.retained_size(*object)).max().unwrap_or(0);
        Self { below, largest, n_instances }
    }

    pub(super) fn may_go(&self, heap: &Heap, object: ObjectIx) -> bool {
        if only_leads_on(heap, object) {
            return true;
        }
        let n_alike = self.n_instances.get(&heap.snapshot().type_ix(object)).copied().unwrap_or(0);
        if heap.is_instance_of_python_class(object) && n_alike < SEVERAL {
            return false;
        }
        let below = self.below.get(&object).copied().unwrap_or(0).max(self.largest);
        heap.retained_size(object) <= below.saturating_mul(MAX_TIMES).saturating_add(LITTLE)
    }
}
