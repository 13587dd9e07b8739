//! What the collector has to be told before it takes what nothing holds: the one place that knows.

use heapview_snapshot::{ObjectFlags, ObjectIx};

use crate::heap::Heap;

/// `gc.DEBUG_SAVEALL`.
const SAVE_ALL: u32 = 32;

/// What stands between some garbage and its collection.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Collection {
    /// `gc.disable()`: it runs only when called.
    pub is_disabled: bool,
    /// `gc.freeze()` has set some of it apart: no collection looks at that.
    pub is_frozen: bool,
    /// `gc.DEBUG_SAVEALL`: what a collection finds goes to `gc.garbage` and stays.
    pub saves_all: bool,
}

impl Collection {
    /// Whether the next collection takes it, with nobody doing anything.
    pub fn is_automatic(self) -> bool {
        self == Self::default()
    }

    /// What the collection of these objects needs.
    pub fn of(heap: &Heap, garbage: impl IntoIterator<Item = ObjectIx>) -> Self {
        let collector = heap.snapshot().ledger().and_then(|ledger| ledger.collector.as_ref());
        let is_frozen = |object| {
            let flags = heap.snapshot().flags(object);
            flags.is_tracked() && flags.generation() == ObjectFlags::FROZEN
        };
        Self {
            is_disabled: collector.is_some_and(|collector| !collector.is_enabled),
            is_frozen: garbage.into_iter().any(is_frozen),
            saves_all: collector.is_some_and(|collector| collector.debug_flags & SAVE_ALL != 0),
        }
    }

    /// The lines after which the garbage is gone. They need `gc`.
    pub fn lines(self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.saves_all {
            lines.push("gc.set_debug(gc.get_debug() & ~gc.DEBUG_SAVEALL)");
            lines.push("gc.garbage.clear()");
        }
        if self.is_frozen {
            lines.push("gc.unfreeze()");
        }
        lines.push("gc.collect()");
        lines.into_iter().map(str::to_owned).collect()
    }
}
