//! Interned texts: attribute names, type names, root labels.

use rkyv::{Archive, Serialize};
use rustc_hash::FxHashMap;

use crate::error::SnapshotError;
use crate::ids::StrIx;
use crate::tables::room_for;

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
    pub(crate) fn intern(&mut self, text: &str) -> StrIx {
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

    pub(crate) fn table(&self) -> &StringTable {
        &self.table
    }
}

/// The texts of an open snapshot.
#[derive(Debug)]
pub(crate) struct Strings {
    text: Box<str>,
    ends: Vec<usize>,
}

impl Strings {
    /// Text `i` ends at the `i`th of `ends` and begins where the one before ends.
    pub(crate) fn new(text: &str, ends: impl Iterator<Item = u64>) -> Result<Self, SnapshotError> {
        let mut known = room_for(ends.size_hint().0)?;
        let mut start = 0;
        for end in ends {
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            if text.get(start..end).is_none() {
                return Err(SnapshotError::damaged("a text of the string table ends outside of it"));
            }
            known.push(end);
            start = end;
        }
        let mut owned = room_for(text.len())?;
        owned.extend_from_slice(text.as_bytes());
        // It was a text before.
        let owned = String::from_utf8(owned).unwrap_or_default();
        Ok(Self { text: owned.into_boxed_str(), ends: known })
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, ix: usize) -> Option<&str> {
        let end = *self.ends.get(ix)?;
        let start = ix.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..end)
    }

    /// All texts in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|ix| self.get(ix).unwrap_or_default())
    }
}
