//! Interned texts: attribute names, type names, root labels.

use rkyv::{Archive, Serialize};
use rustc_hash::FxHashMap;

use crate::ids::StrIx;

/// All texts end to end; text `i` ends at `ends[i]` and begins where the one before ends.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct StringTable {
    pub ends: Vec<u64>,
    pub text: Vec<u8>,
}

/// Gives equal texts equal positions.
#[derive(Default, Debug)]
pub(crate) struct Interner {
    /// Some texts found no memory; they have the position of the empty one.
    pub is_incomplete: bool,
    table: StringTable,
    positions: FxHashMap<Box<str>, StrIx>,
}

impl Interner {
    /// The position of `text`, which is added when it is new. `u32::MAX` texts at most.
    pub fn intern(&mut self, text: &str) -> StrIx {
        if let Some(&known) = self.positions.get(text) {
            return known;
        }
        if !self.has_room_for(text) {
            self.is_incomplete = true;
            return StrIx::new(0);
        }
        let position = StrIx::new(self.table.ends.len() as u32);
        self.table.text.extend_from_slice(text.as_bytes());
        self.table.ends.push(self.table.text.len() as u64);
        self.positions.insert(text.into(), position);
        position
    }

    fn has_room_for(&mut self, text: &str) -> bool {
        self.table.text.try_reserve(text.len()).is_ok()
            && self.table.ends.try_reserve(1).is_ok()
            && self.positions.try_reserve(1).is_ok()
    }

    pub fn table(&self) -> &StringTable {
        &self.table
    }
}
