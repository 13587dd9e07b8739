//! Retained sizes of all objects, four bytes each: few objects retain four gigabytes.

use std::collections::HashMap;

use heapview_graph::{Column, DominatorTree, memory, sweep};
use heapview_snapshot::{ObjectIx, Snapshot};
use rustc_hash::FxHashMap;

use crate::garbage::Garbage;

const WIDE: u32 = u32::MAX;

/// Retained size of each object, in bytes.
#[derive(Debug)]
pub(crate) struct RetainedSizes {
    narrow: Column<u32>,
    /// Sizes that do not fit.
    wide: FxHashMap<u32, u64>,
}

impl RetainedSizes {
    /// The sum of shallow sizes in each subtree of the dominator tree; of garbage, what it retains. O(objects).
    pub(crate) fn new(snapshot: &Snapshot, tree: &DominatorTree, garbage: &Garbage) -> Self {
        let mut sizes = Self { narrow: Column::from(Vec::new()), wide: HashMap::default() };
        let mut narrow = memory::filled(0u32, snapshot.n_objects());
        for ((object, size), shallow) in (0u32..).zip(narrow.iter_mut()).zip(snapshot.shallow_sizes()) {
            *size = sizes.narrowed(object, shallow);
        }
        sweep(tree, |object, dominator| {
            let size = sizes.full(object.get(), narrow[object.index()]);
            let sum = sizes.full(dominator.get(), narrow[dominator.index()]).saturating_add(size);
            narrow[dominator.index()] = sizes.narrowed(dominator.get(), sum);
        });
        for (object, size) in garbage.retained_sizes() {
            narrow[object.index()] = sizes.narrowed(object.get(), size);
        }
        sizes.narrow = narrow.into();
        sizes
    }

    /// Sizes that were computed before; `None` if they are not those of `n_objects`.
    pub(crate) fn from_parts(
        narrow: Column<u32>,
        objects: &[u32],
        sizes: &[u64],
        n_objects: usize,
    ) -> Option<Self> {
        let wide = objects.iter().copied().zip(sizes.iter().copied()).collect();
        (narrow.len() == n_objects && objects.len() == sizes.len()).then_some(Self { narrow, wide })
    }

    pub(crate) fn get(&self, object: ObjectIx) -> u64 {
        self.full(object.get(), self.narrow.get(object.index()).unwrap_or(0))
    }

    pub(crate) fn narrow(&self) -> &[u32] {
        self.narrow.all()
    }

    /// Objects whose size is not among the narrow ones, and their sizes.
    pub(crate) fn wide(&self) -> (Vec<u32>, Vec<u64>) {
        self.wide.iter().unzip()
    }

    /// The object's size, of which the column has `narrow`.
    fn full(&self, object: u32, narrow: u32) -> u64 {
        match narrow {
            WIDE => self.wide.get(&object).copied().unwrap_or(u64::from(WIDE)),
            size => u64::from(size),
        }
    }

    fn narrowed(&mut self, object: u32, size: u64) -> u32 {
        match u32::try_from(size) {
            Ok(narrow) if narrow != WIDE => narrow,
            _ => {
                self.wide.insert(object, size);
                WIDE
            }
        }
    }
}
