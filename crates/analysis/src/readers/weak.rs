//! Who counts on what weak references lead to.

use heapview_snapshot::{ObjectIx, Uses};

use super::{Readers, WRITING, remakes};
use crate::heap::Heap;

/// What a weak container refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WeakContainer {
    Values,
    /// Keys of a dict, or members of a set.
    Members,
}

impl Readers {
    /// Whether some code counts on what a weak container shows, while somebody keeps it. O(as [`Self::of`]).
    pub(crate) fn counts_on_weak(&self, heap: &Heap, container: ObjectIx, kind: WeakContainer) -> bool {
        let Some(names) = self.names(heap, container) else { return true };
        if !self.is_known
            || !names.outer.is_empty()
            || names.namespaces.iter().any(|namespace| self.is_searched(Some(*namespace)))
        {
            return true;
        }
        self.rows(&names).any(|(_, uses)| match kind {
            WeakContainer::Values => !uses.is_only(WRITING) && !remakes(uses),
            // Whoever asks for one has it, or another that is made in its place.
            WeakContainer::Members => !uses.is_only(WRITING.with(Uses::CONTAINS)),
        })
    }

    /// Whether some code calls a weak reference, or an element of a container of such, and does not look whether it
    /// gave anything. O(as [`Self::of`]).
    pub(crate) fn counts_on_referent(&self, heap: &Heap, of: ObjectIx) -> bool {
        let called = self.names(heap, of).map(|names| self.called(&names)).unwrap_or_default();
        called.iter().any(|(_, uses)| uses.has(Uses::BARE) && !uses.has(Uses::LEN.with(Uses::COUNT)))
    }
}
