//! Labels of references, interned once per name: most attribute names are the same few `str` objects.

use heapview_snapshot::{SnapshotWriter, StrIx};
use rustc_hash::FxHashMap;

use crate::cpython::{self, Clip, Facts, Raw};
use crate::secrets::Secrets;

/// Characters kept of an attribute name.
const MAX_NAME_LEN: usize = 200;

/// From the address of a `str` object to its position in the snapshot's string table.
#[derive(Debug, Default)]
pub(crate) struct Names {
    positions: FxHashMap<usize, StrIx>,
    clip: Clip,
    secrets: Secrets,
}

impl Names {
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets, ..Self::default() }
    }

    /// The position of the name of an attribute that an instance keeps without a dict: what could not stand in source
    /// code counts as a value.
    pub(crate) fn attribute(&mut self, facts: &Facts, writer: &mut SnapshotWriter, name: Raw) -> StrIx {
        if !self.secrets.hides_values() || cpython::is_identifier(facts, name) {
            return self.label(facts, writer, name);
        }
        let mut text = String::new();
        self.secrets.stand_in(facts, name, &mut text);
        writer.intern(&text)
    }

    /// The position of the text of `name`, a `str` that stays alive during the dump. If it is not whole, it says so.
    pub(crate) fn label(&mut self, facts: &Facts, writer: &mut SnapshotWriter, name: Raw) -> StrIx {
        if let Some(known) = self.positions.get(&name.address()) {
            return *known;
        }
        cpython::clip(facts, name, MAX_NAME_LEN, &mut self.clip);
        if self.clip.truncated {
            self.clip.text.push('…');
        }
        let position = writer.intern(&self.clip.text);
        if self.positions.try_reserve(1).is_ok() {
            self.positions.insert(name.address(), position);
        }
        position
    }
}
