//! Labels of references, interned once per name: most attribute names are the same few `str` objects.

use heapview_snapshot::{SnapshotWriter, StrIx};
use rustc_hash::FxHashMap;

use crate::cpython::{self, Clip, Facts, Raw};

/// Characters kept of an attribute name.
const LONGEST_NAME: usize = 200;

/// From the address of a `str` object to its position in the snapshot's string table.
#[derive(Debug, Default)]
pub struct Names {
    positions: FxHashMap<usize, StrIx>,
    clip: Clip,
}

impl Names {
    /// The position of the text of `name`, a `str` that stays alive during the dump.
    pub fn label(&mut self, facts: &Facts, writer: &mut SnapshotWriter, name: Raw) -> StrIx {
        if let Some(known) = self.positions.get(&name.address()) {
            return *known;
        }
        cpython::clip(facts, name, LONGEST_NAME, &mut self.clip);
        let position = writer.intern(&self.clip.text);
        if self.positions.try_reserve(1).is_ok() {
            self.positions.insert(name.address(), position);
        }
        position
    }
}
