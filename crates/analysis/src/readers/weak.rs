//! Who counts on what weak references lead to.

use heapview_snapshot::{ObjectIx, Uses};

use super::{Readers, WRITING, remakes};
use crate::heap::Heap;
use crate::mentions::inner_code;

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

    /// Whether some code asks a dict for elements. O(as [`Self::of`]).
    pub(crate) fn asks_by_key(&self, heap: &Heap, container: ObjectIx) -> bool {
        const ASKING: Uses = Uses::READ.with(Uses::GET).with(Uses::TAKE).with(Uses::DROP).with(Uses::ADD);
        let Some(names) = self.names(heap, container) else { return true };
        self.rows(&names).any(|(_, uses)| uses.has(ASKING))
    }

    /// Whether some code calls a weak reference and does not look whether it gave anything, or goes through a container of
    /// such and uses what they lead to: that is to be there as long as somebody keeps it.
    /// O(as [`Self::of`]).
    pub(crate) fn counts_on_referent(&self, heap: &Heap, of: ObjectIx) -> bool {
        const LOOKING: Uses = Uses::LEN.with(Uses::COUNT);
        const ASKING: Uses = Uses::ITERATE.with(Uses::READ).with(Uses::GET).with(Uses::TAKE);
        let Some(names) = self.names(heap, of) else { return false };
        let calls_elements = |code: ObjectIx| {
            let mut codes = vec![code];
            while let Some(code) = codes.pop() {
                if self.calling_locals.contains(&code) {
                    return true;
                }
                codes.extend(inner_code(heap, code));
            }
            false
        };
        self.called(&names).iter().any(|(_, uses)| uses.has(Uses::BARE) && !uses.has(LOOKING))
            || self.rows(&names).any(|(code, uses)| uses.has(ASKING) && calls_elements(code))
    }
}
