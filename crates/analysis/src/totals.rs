//! Sums over all objects that the first screen shows: worked out once, kept in the index.

use crate::heap::Heap;
use crate::histogram::{Histogram, of_all};

/// What takes a look at every object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Totals {
    /// Bytes of synthetic objects.
    pub buffers_size: u64,
    pub n_unreachable: u64,
    pub unreachable_size: u64,
    pub histogram: Histogram,
}

impl Totals {
    /// O(objects).
    pub(crate) fn new(heap: &Heap) -> Self {
        let mut totals =
            Self { buffers_size: 0, n_unreachable: 0, unreachable_size: 0, histogram: of_all(heap) };
        let snapshot = heap.snapshot();
        for ((object, flags), size) in heap.objects().zip(snapshot.all_flags()).zip(snapshot.shallow_sizes())
        {
            if flags.is_synthetic() {
                totals.buffers_size = totals.buffers_size.saturating_add(size);
            }
            if !heap.is_reachable(object) {
                totals.n_unreachable += 1;
                totals.unreachable_size = totals.unreachable_size.saturating_add(size);
            }
        }
        totals
    }
}
