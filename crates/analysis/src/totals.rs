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
    pub fn new(heap: &Heap) -> Self {
        let mut totals =
            Self { buffers_size: 0, n_unreachable: 0, unreachable_size: 0, histogram: of_all(heap) };
        for object in heap.objects() {
            if heap.snapshot().flags(object).is_synthetic() {
                totals.buffers_size += heap.shallow_size(object);
            }
            if !heap.is_reachable(object) {
                totals.n_unreachable += 1;
                totals.unreachable_size += heap.shallow_size(object);
            }
        }
        totals
    }
}
